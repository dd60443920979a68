// SPDX-License-Identifier: GPL-2.0-or-later
//
// Random lives of sessions, their packets out of order, repeated and replayed: in the end everybody holds what he holds.
#include "core/assignment_book.h"
#include "flow/radius_accounting.h"
#include "radius_packets.h"

#include <doctest/doctest.h>

#include <array>
#include <random>

using namespace gate25;
using namespace gate25::test;

namespace {

constexpr const char* secret = "a secret";
constexpr std::int64_t begin = 1'800'000'000;
constexpr std::size_t lines = 12;

// Straight into the book.
class BookTaker : public ClaimTaker {
public:
	void take(std::vector<AssignmentClaim> claims, std::function<void(Result<void>)> done) override {
		for (const AssignmentClaim& claim : claims) stale += book.take(claim).stale;
		done({});
	}
	void heard(SourceRank) override {}
	SourceCounters& counters(SourceRank) override { return counted; }
	void each_of(SourceRank, const std::function<void(const Assignment&)>&) const override {}
	AssignmentBook book;
	SourceCounters counted;
	std::uint64_t stale = 0;
};

struct Sent {
	RadiusBytes bytes;
	std::uint16_t port = 0;
};

// An access server with some lines; sessions come and go on them.
class AccessServer {
public:
	explicit AccessServer(unsigned seed) : random_(seed) {}
	// What it sends at this time.
	std::vector<RadiusBytes> live(std::int64_t now) {
		const std::size_t line = pick(lines);
		std::size_t& session = sessions_[line];
		std::vector<RadiusBytes> out;
		if (session != 0 && pick(3) == 0) {
			out.push_back(record(3, line, session, now));
			return out;
		}
		if (session != 0) out.push_back(record(2, line, session, now - 1));
		session = session != 0 && pick(3) == 0 ? 0 : ++last_session_;
		if (session != 0) out.push_back(record(1, line, session, now));
		return out;
	}
	std::size_t pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }
	std::string holder(std::size_t line) const { return sessions_[line] == 0 ? "" : name(sessions_[line]); }

private:
	static std::string name(std::size_t session) { return "subscriber-" + std::to_string(session % 40); }
	RadiusBytes record(std::uint32_t status, std::size_t line, std::size_t session, std::int64_t at) {
		const auto number = static_cast<std::uint8_t>(line);
		RadiusRequest request(++identifier_);
		request.status(status).session("s" + std::to_string(session)).user(name(session)).text(32, "bras").stamp(at);
		request.add(8, {100, 64, 1, number}).add(123, {0, 56, 0x20, 0x01, 0x0d, 0xb8, 0x10, 0, number});
		return request.signed_with(secret);
	}
	std::mt19937 random_;
	std::array<std::size_t, lines> sessions_{};
	std::size_t last_session_ = 0;
	std::uint8_t identifier_ = 0;
};

struct Outcome {
	std::uint64_t repeated = 0, stale = 0;
};

Outcome run(unsigned seed, unsigned events) {
	AccessServer server(seed);
	BookTaker taker;
	Now now{UnixTime{Seconds{begin}}, Milliseconds{1'000'000}};
	RadiusAccounting accounting({taker, [&] { return now; }, [](LogLevel, const std::string&) {}, [](const std::vector<RadiusAnswer>&) {}});
	RadiusRules rules;
	rules.clients = {{"bras", {*Prefix::parse("192.0.2.10")}, "", secret}};
	accounting.configure(rules, 0);
	const auto deliver = [&](const Sent& sent) {
		const RadiusDatagram datagram{{*Address::parse("192.0.2.10"), sent.port, *Address::parse("192.0.2.1"), 0, 0}, sent.bytes};
		accounting.take({&datagram, 1});
	};
	std::vector<Sent> all, late;
	for (unsigned event = 0; event < events; ++event) {
		now.wall += Seconds{10};
		now.boot += Seconds{10};
		for (RadiusBytes& bytes : server.live(now.wall.time_since_epoch().count())) {
			all.push_back({std::move(bytes), static_cast<std::uint16_t>(server.pick(3))});
			if (server.pick(5) == 0) late.push_back(all.back()); // overtaken
			else deliver(all.back());
		}
		if (server.pick(4) == 0) deliver({all[server.pick(all.size())].bytes, static_cast<std::uint16_t>(server.pick(9))});
		while (!late.empty() && server.pick(3) == 0) {
			const std::size_t which = server.pick(late.size());
			deliver(late[which]);
			late.erase(late.begin() + static_cast<std::ptrdiff_t>(which));
		}
	}
	for (const Sent& sent : late) deliver(sent);
	for (std::size_t line = 0; line < lines; ++line) {
		const Address v4 = Address::from_bytes(std::array<std::uint8_t, 4>{100, 64, 1, static_cast<std::uint8_t>(line)});
		const Address v6 = Address::from_bytes(
		    std::array<std::uint8_t, 16>{0x20, 0x01, 0x0d, 0xb8, 0x10, 0, static_cast<std::uint8_t>(line), 0x77, 0, 0, 0, 0, 0, 0, 0, 1});
		for (const Address& address : {v4, v6}) {
			const auto found = taker.book.find(address);
			CHECK_MESSAGE((found ? found->subscriber : "") == server.holder(line), "seed " << seed << ", line " << line);
		}
	}
	return {taker.counted.repeated, taker.stale};
}

} // namespace

TEST_CASE("accounting: packets that overtake each other, come again and are replayed change nothing in the end") {
	Outcome sum;
	for (unsigned seed = 1; seed <= 40; ++seed) {
		const Outcome one = run(seed, 200);
		sum.repeated += one.repeated;
		sum.stale += one.stale;
	}
	CHECK(sum.repeated > 200); // it has been tried
	CHECK(sum.stale > 40);
}
