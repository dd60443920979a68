// SPDX-License-Identifier: GPL-2.0-or-later
//
// add_bench FIRST TURNS METHOD...: how long one addition takes by each method, in microseconds, as one JSON object.
// The methods take turns of a few additions each. FIRST: the number of the first subscriber that is not in the sets.
#include "bare.h"
#include "edge/kernel/element_batch.h"
#include "edge/kernel/element_engine.h"
#include "stopwatch.h"
#include "subscriber.h"

#include <cstdlib>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <memory>
#include <nftables/libnftables.h>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

using namespace gate25;
using bench::Bare;

namespace {

constexpr unsigned adds_of_a_turn = 20, execs_of_a_turn = 3;

struct Method {
	std::function<void(std::uint32_t)> add;
	unsigned each_turn = adds_of_a_turn;
	std::vector<double> microseconds{};
};

[[noreturn]] void give_up(const std::string& what) {
	fmt::print(stderr, "add_bench: {}\n", what);
	std::exit(1);
}

template <class T> T value_of(Result<T> result) {
	if (!result) give_up(result.error().text);
	return std::move(*result);
}

Method bare(Family family) {
	auto kernel = std::make_shared<Bare>();
	const char* set = family == Family::ipv4 ? "quarantine4_port25" : "quarantine6_port25";
	return {[=](std::uint32_t n) { kernel->add("gate25", set, bench::subscriber(family, n), std::chrono::hours(1)); }};
}

// As the agent does it for a decision; with its guard, into two tables.
Method engine(Family family, std::span<const char* const> tables) {
	auto netlink = std::make_shared<Netlink>(value_of(Netlink::open()));
	auto engine = std::make_shared<ElementEngine>(*netlink, tables);
	return {[=, keep = netlink](std::uint32_t n) {
		const ElementChange change{ElementChange::Op::add, {Level::port25, family, 0}, bench::subscriber(family, n),
		                           Milliseconds(std::chrono::hours(1))};
		if (const auto failures = engine->apply({&change, 1}); !failures.empty()) give_up(failures.front().error.text);
	}};
}

Method libnftables() {
	std::shared_ptr<nft_ctx> context(nft_ctx_new(NFT_CTX_DEFAULT), nft_ctx_free);
	return {[=](std::uint32_t n) {
		const auto text = fmt::format("add element inet plain q4 {{ {} timeout 1h }}", bench::subscriber4(n).text());
		if (nft_run_cmd_from_buffer(context.get(), text.c_str()) != 0) give_up("libnftables refused " + text);
	}};
}

void execute(std::vector<std::string> words) {
	std::vector<char*> argv;
	for (std::string& word : words) argv.push_back(word.data());
	argv.push_back(nullptr);
	pid_t child = 0;
	int status = 0;
	if (posix_spawnp(&child, argv[0], nullptr, nullptr, argv.data(), environ) != 0) give_up("cannot execute " + words[0]);
	if (waitpid(child, &status, 0) < 0 || status != 0) give_up(words[0] + " failed");
}

Method nft() {
	return {[](std::uint32_t n) {
		execute({"nft", "add", "element", "inet", "plain", "q4",
		         fmt::format("{{ {} timeout 1h }}", bench::subscriber4(n).text())});
	}, execs_of_a_turn};
}

Method ipset() {
	return {[](std::uint32_t n) { execute({"ipset", "-exist", "add", "q4", bench::subscriber4(n).text(), "timeout", "3600"}); },
	        execs_of_a_turn};
}

const std::map<std::string, std::function<Method()>> known{
	{"bare4", [] { return bare(Family::ipv4); }},
	{"bare6", [] { return bare(Family::ipv6); }},
	{"engine4", [] { return engine(Family::ipv4, main_table); }},
	{"engine6", [] { return engine(Family::ipv6, main_table); }},
	{"guarded4", [] { return engine(Family::ipv4, both_tables); }},
	{"guarded6", [] { return engine(Family::ipv6, both_tables); }},
	{"libnftables", libnftables},
	{"nft", nft},
	{"ipset", ipset},
};

void take_turn(Method& method, std::uint32_t& next, bool is_timed) {
	for (unsigned i = 0; i < method.each_turn; ++i) {
		const auto begun = bench::wall_ns();
		method.add(next++);
		if (is_timed) method.microseconds.push_back(static_cast<double>(bench::wall_ns() - begun) / 1e3);
	}
}

} // namespace

int main(int argc, char** argv) {
	if (argc < 4) give_up("usage: add_bench FIRST TURNS METHOD...");
	auto next = static_cast<std::uint32_t>(std::strtoul(argv[1], nullptr, 10));
	std::map<std::string, Method> methods;
	for (int i = 3; i < argc; ++i) {
		const auto found = known.find(argv[i]);
		if (found == known.end()) give_up(std::string("unknown method ") + argv[i]);
		methods[argv[i]] = found->second();
	}
	for (long turn = -1; turn < std::strtol(argv[2], nullptr, 10); ++turn) // the first one warms up
		for (auto& [name, method] : methods) take_turn(method, next, turn >= 0);
	std::string out;
	for (const auto& [name, method] : methods)
		out += fmt::format("{}\"{}\":{{\"p50\":{:.3f},\"p99\":{:.3f}}}", out.empty() ? "{" : ",", name,
		                   bench::quantile(method.microseconds, 0.5), bench::quantile(method.microseconds, 0.99));
	fmt::print("{},\"next\":{}}}\n", out, next);
}
