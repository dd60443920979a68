// SPDX-License-Identifier: GPL-2.0-or-later
//
// compare --rules DIR [--way agent|export|json|guard|guard-alone] [--seed N] [--cases N]
#include "comparison.h"

#include <chrono>
#include <cstring>
#include <fmt/format.h>
#include <sstream>
#include <stdexcept>

using namespace gate25;
using namespace gate25::compare;

namespace {

constexpr int exit_skipped = 77; // meson's word for it

struct Options {
	std::string rules;
	std::string way = "agent";
	std::uint64_t seed = std::random_device{}();
	std::uint64_t cases = 20'000;
};

Options parse_options(int argc, char** argv) {
	Options options;
	for (int i = 1; i + 1 < argc; i += 2) {
		const std::string_view name = argv[i];
		if (name == "--rules") options.rules = argv[i + 1];
		else if (name == "--way") options.way = argv[i + 1];
		else if (name == "--seed") options.seed = std::stoull(argv[i + 1]);
		else if (name == "--cases") options.cases = std::stoull(argv[i + 1]);
		else throw std::runtime_error(fmt::format("unknown option {}", name));
	}
	return options;
}

// So that the cases have not quietly become harmless: in a full run each counter must have moved, for one family
// at least, since some are rare.
std::uint64_t idle_counters(const RulesSource& source, const Tally& tally) {
	std::uint64_t idle = 0;
	for (const char* file : {"gate25.nft", "redirect.nft", "notice.nft", "garden.nft", "portal.nft"}) {
		std::istringstream lines(source.at(file));
		for (std::string line; std::getline(lines, line);) {
			if (!line.starts_with("\tcounter ")) continue;
			const std::string name = line.substr(9, line.find(' ', 9) - 9);
			if (name.starts_with("redirected")) continue; // cases_session.cpp
			const std::string base = name.substr(0, name.size() - 1);
			if (tally.counters.contains(base + '4') || tally.counters.contains(base + '6')) continue;
			fmt::print("no case moved {} of {}\n", name, file);
			++idle;
		}
	}
	return idle;
}

int run(const Options& options) {
	const auto start = std::chrono::steady_clock::now();
	Lab lab;
	Firewall firewall;
	Dice dice(options.seed);
	fmt::print("way {}, seed {}\n", options.way, options.seed);
	const RulesSource source = read_rules(options.rules);
	Comparison comparison(lab, firewall, source, way_of(options.way, source));
	comparison.run(dice, options.cases);
	const Tally& tally = comparison.tally();
	const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
	fmt::print("{} cases in {} scenes, {} disagreements, {:.1f} s\n", tally.cases, tally.scenes, tally.disagreements, took.count());
	for (const auto& [verdict, count] : tally.verdicts) fmt::print("  step {}: {}\n", verdict, count);
	for (const auto& [counter, count] : tally.counters) fmt::print("  {} {}", counter, count);
	fmt::print("\n");
	const bool is_full = options.cases >= 10'000 && options.way == "agent";
	return tally.disagreements == 0 && (!is_full || idle_counters(source, tally) == 0) ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
	if (const std::string objection = lab_objection(); !objection.empty()) {
		fmt::print("skipped: {}\n", objection);
		return exit_skipped;
	}
	try {
		return run(parse_options(argc, argv));
	} catch (const std::exception& error) {
		fmt::print(stderr, "compare: {}\n", error.what());
		return 1;
	}
}
