// SPDX-License-Identifier: GPL-2.0-or-later
//
// assignment_bench SUBSCRIBERS: the book of assignments without any source. So many subscribers get an assignment each, half of
// them an IPv4 address and half an IPv6 /56, with names of 12 to 24 bytes; all are refreshed, move to another prefix and end, each
// time in an order that no cache knows; then as many get one of both families in one session, and one of sixteen access servers
// starts anew. Prints bytes for each assignment (by the allocator, by the kernel, by the book itself), nanoseconds of CPU for each
// claim, and microseconds of the slowest 64 claims, which a table that grows at once would show; and what to hold all that
// against: nanoseconds of one wait for a place in memory that is in no cache.
#include "stopwatch.h"

#include "core/assignment_book.h"

#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <malloc.h>
#include <string>
#include <unistd.h>

using namespace gate25;
using Kind = AssignmentClaim::Kind;

namespace {

constexpr std::uint32_t stride = 7'368'787; // a prime: each comes once
constexpr std::size_t batch_claims = 64;

double resident_bytes() {
	std::ifstream file("/proc/self/statm");
	std::uint64_t all = 0, resident = 0;
	file >> all >> resident;
	return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double allocated_bytes() {
	const auto info = mallinfo2();
	return static_cast<double>(info.uordblks + info.hblkhd);
}

// What they hold; `turn` makes it another one.
Prefix ipv4_of(std::uint32_t n, unsigned turn) {
	return Prefix::host(Address::ipv4(0x64400000U + (turn << 21U) + n));
}
Prefix ipv6_of(std::uint32_t n, unsigned turn) {
	std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0d, 0xb8};
	const std::uint32_t net = turn << 23U | n;
	for (unsigned i = 0; i < 3; ++i) bytes[4 + i] = static_cast<std::uint8_t>(net >> (16 - 8 * i));
	return Prefix::of(Address::from_bytes(bytes), 56);
}

std::string name_of(std::uint32_t n) {
	static constexpr std::array<std::string_view, 4> realms{"@a.n", "@dsl.net", "@fibre.example", "@cable.example"};
	return fmt::format("u{:07}{}", n, realms[n % realms.size()]).append(n % 5 % 3, '.');
}

// As a source would hand it over: built before, its memory is near.
AssignmentClaim claim_of(Kind kind, std::uint32_t n, unsigned turn, std::int64_t seconds, bool has_both = false) {
	AssignmentClaim claim;
	claim.kind = kind;
	claim.source = 1;
	claim.at = UnixTime(Seconds(1'700'000'000 + seconds));
	claim.session = (std::uint64_t{n} + 1) * 0x9e3779b97f4a7c15U;
	claim.server = 1 + n % 16;
	if (kind == Kind::end_server) claim.server = 1 + n;
	if (kind != Kind::hold) return claim;
	claim.subscriber = name_of(n);
	if (has_both || n % 2 == 0) claim.prefixes.push_back(ipv4_of(n, turn));
	if (has_both || n % 2 == 1) claim.prefixes.push_back(ipv6_of(n, turn));
	return claim;
}

struct Spent {
	double ns = 0;      // for each, CPU
	double longest = 0; // of a batch, us
};

void check(const AssignmentClaim& claim, const ClaimOutcome& outcome, std::size_t changes) {
	if (outcome.changes.size() == changes && (changes > 0 || outcome.refreshed == claim.prefixes.size())) return;
	fmt::print(stderr, "a claim of {} brought {} changes, expected {}\n", claim.subscriber, outcome.changes.size(), changes);
	std::exit(1);
}

// All of them, in batches that are made before the clock runs. `changes`: that each must bring, or the figure means nothing.
template <class Make> Spent take_all(AssignmentBook& book, std::uint32_t subscribers, std::size_t changes, Make&& make) {
	std::vector<AssignmentClaim> batch;
	std::int64_t all = 0, longest = 0;
	std::uint32_t n = 0;
	for (std::uint32_t done = 0; done < subscribers;) {
		batch.clear();
		for (; batch.size() < batch_claims && done < subscribers; ++done) batch.push_back(make(n = (n + stride) % subscribers));
		const auto begun = bench::thread_ns();
		for (const AssignmentClaim& claim : batch) check(claim, book.take(claim), changes);
		const auto ns = bench::thread_ns() - begun;
		all += ns;
		longest = std::max(longest, ns);
	}
	return {static_cast<double>(all) / subscribers, static_cast<double>(longest) / 1000};
}

// Each place says which is the next, in an order that nothing foresees.
double far_ns() {
	struct Place {
		std::uint64_t next = 0;
		std::array<std::uint64_t, 7> rest{};
	};
	constexpr std::size_t places = std::size_t{1} << 21U; // 128 MiB, as much as the book of a million
	std::vector<Place> all(places);
	for (std::size_t i = 0; i < places; ++i) all[i].next = (i * 1'664'525 + 1'013'904'223) % places; // one round through all
	const auto begun = bench::thread_ns();
	std::uint64_t at = 0;
	for (std::size_t i = 0; i < places; ++i) at = all[at].next;
	const auto ns = bench::thread_ns() - begun;
	return at == 0 ? static_cast<double>(ns) / places : 0; // back where it began
}

// As at start: all that one book has into an empty one, in the order of its slots.
double put_ns(const AssignmentBook& from) {
	AssignmentBook book;
	std::int64_t all = 0;
	std::vector<Assignment> batch;
	const auto put = [&] {
		const auto begun = bench::thread_ns();
		for (const Assignment& each : batch) book.put(each);
		all += bench::thread_ns() - begun;
		batch.clear();
	};
	from.each([&](const Assignment& each) {
		batch.push_back(each);
		if (batch.size() == batch_claims) put();
	});
	put();
	return book.size() == from.size() ? static_cast<double>(all) / static_cast<double>(from.size()) : 0;
}

struct Restart {
	std::size_t ended = 0;
	double ms = 0, longest_ms = 0; // of all parts, and of one
};

Restart end_server(AssignmentBook& book, const AssignmentClaim& claim) {
	Restart told;
	std::uint32_t place = 0;
	do {
		const auto begun = bench::thread_ns();
		told.ended += book.take_part(claim, place).changes.size();
		const double ms = static_cast<double>(bench::thread_ns() - begun) / 1e6;
		told.ms += ms;
		told.longest_ms = std::max(told.longest_ms, ms);
	} while (place != 0);
	return told;
}

struct Memory {
	double allocated = allocated_bytes(), resident = resident_bytes();
	std::string since(const Memory& before, double own, double count) const {
		return fmt::format(R"({{"allocated":{:.1f},"resident":{:.1f},"own":{:.1f}}})", (allocated - before.allocated) / count,
		                   (resident - before.resident) / count, own / count);
	}
};

} // namespace

int main(int argc, char** argv) {
	const auto subscribers = static_cast<std::uint32_t>(argc == 2 ? std::strtoul(argv[1], nullptr, 10) : 0);
	if (subscribers == 0 || subscribers > 2'000'000) {
		fmt::print(stderr, "usage: assignment_bench SUBSCRIBERS (at most 2000000)\n");
		return 2;
	}
	std::string out = fmt::format(R"("far_ns":{:.0f},)", far_ns());
	const auto tell = [&](const char* name, const Spent& spent) {
		out += fmt::format(R"("{}":{{"ns":{:.0f},"longest_us":{:.0f}}},)", name, spent.ns, spent.longest);
	};
	const Memory before;
	AssignmentBook book;
	tell("begin", take_all(book, subscribers, 1, [](std::uint32_t n) { return claim_of(Kind::hold, n, 0, 0); }));
	const std::string one = Memory().since(before, static_cast<double>(book.memory()), subscribers);
	tell("refresh", take_all(book, subscribers, 0, [](std::uint32_t n) { return claim_of(Kind::hold, n, 0, 100); }));
	tell("move", take_all(book, subscribers, 2, [](std::uint32_t n) { return claim_of(Kind::hold, n, 1, 200); }));
	tell("end", take_all(book, subscribers, 1, [](std::uint32_t n) { return claim_of(Kind::end, n, 1, 300); }));
	tell("begin_both", take_all(book, subscribers, 2, [](std::uint32_t n) { return claim_of(Kind::hold, n, 0, 400, true); }));
	const std::string both = Memory().since(before, static_cast<double>(book.memory()), 2.0 * subscribers);
	tell("refresh_both", take_all(book, subscribers, 0, [](std::uint32_t n) { return claim_of(Kind::hold, n, 0, 500, true); }));
	out += fmt::format(R"("put":{{"ns":{:.0f}}},)", put_ns(book));
	const Restart restart = end_server(book, claim_of(Kind::end_server, 2, 0, 600));
	fmt::print(R"({{{}"end_server":{{"ended":{},"ms":{:.1f},"longest_ms":{:.1f}}},"bytes":{},"bytes_both":{}}})" "\n", out, restart.ended,
	           restart.ms, restart.longest_ms, one, both);
}
