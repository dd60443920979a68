// SPDX-License-Identifier: GPL-2.0-or-later
//
// The files in rules/ by themselves, in every combination, and exchanged under a live table.
#include "listing.h"
#include "stage.h"
#include "wire/rule_sets.h"

#include <fmt/format.h>
#include <regex>
#include <sstream>

using namespace gate25;
using namespace gate25::compare;

namespace {

constexpr std::uint64_t pairs_seed = 25;
constexpr int pairs = 60;

// Lines of elements_text() whose sets the rules declare.
std::string fitting(const std::string& elements, const std::string& rules) {
	const Declared declared = declared_in(rules);
	std::istringstream lines(elements);
	std::string out;
	for (std::string line; std::getline(lines, line);) {
		std::istringstream words(line);
		std::string add, element, inet, table, set;
		words >> add >> element >> inet >> table >> set;
		if (declared.sets.contains(set)) out += line + '\n';
	}
	return out;
}

// Counters stay when their part goes; nothing else may.
Listing without_idle_counters(Listing listing, const std::string& rules) {
	std::erase_if(listing, [&](const auto& entry) {
		return entry.first.starts_with("counter ") && rules.find("\t" + entry.first + " {") == std::string::npos;
	});
	return listing;
}

void check_same(const Listing& is, const Listing& wanted) {
	for (const auto& [title, block] : wanted) {
		CAPTURE(title);
		const auto found = is.find(title);
		CHECK(found != is.end());
		if (found != is.end()) CHECK(found->second == block);
	}
	for (const auto& [title, block] : is) {
		CAPTURE(title);
		CHECK(wanted.contains(title));
	}
}

std::string fresh(const std::string& text) { return "table inet gate25 {\n}\ndelete table inet gate25\n" + text; }

// Each combination with one of these in turn.
void vary_volume(VolumeRules& volume, std::size_t turn) {
	volume.enabled = turn % 4 != 0;
	volume.relays = turn % 8 > 4;
	volume.verdicts = turn % 4 == 3 ? Verdicts::external : Verdicts::automatic;
	VolumeLimit each;
	each.mode = turn % 4 == 1 ? Mode::monitor : Mode::enforce;
	for (const Quantity quantity : {Quantity::connections, Quantity::destinations})
		for (const Window window : all_windows) {
			each.limit = {quantity, static_cast<std::uint32_t>(turn * 97 % most_limit + 1), window};
			volume.limits.push_back(each);
		}
	volume.limits.front().match = {Prefix::parse("100.64.8.0/24").value(), Prefix::parse("100.64.0.0/16").value()};
	volume.limits.back().match = {Prefix::parse("2001:db8:1000::/40").value()};
}

std::vector<Config> all_combinations() {
	std::vector<Config> all;
	for (const PolicyAction policy : {PolicyAction::block, PolicyAction::redirect, PolicyAction::open})
		for (const Deny deny : {Deny::reset, Deny::drop, Deny::notice})
			for (const RedirectTo to : {RedirectTo::same_host, RedirectTo::relay})
				for (const Tunnels tunnels : {Tunnels::allow, Tunnels::drop})
					for (const unsigned garden : {0U, 1U, 3U, 5U, 7U})
						for (const bool further : {false, true}) {
							Config config = plain_config();
							config.port25.policy = policy, config.port25.deny = deny;
							config.port25.redirect_to = to, config.port25.tunnels = tunnels;
							config.garden.enabled = garden != 0;
							if ((garden & 2) != 0) config.garden.portal_ipv4 = Address::parse("192.0.2.80").value();
							if ((garden & 4) != 0) config.garden.portal_ipv6 = Address::parse("2001:db8::80").value();
							if (further) config.network.further_lengths_ipv4 = {29, 24};
							if (further) config.network.further_lengths_ipv6 = {128, 64, 48};
							vary_volume(config.volume, all.size());
							all.push_back(config);
						}
	return all;
}

} // namespace

// Elsewhere (tests/vm) it is loaded as it is.
std::string as_this_kernel_can(const std::string& text) {
	static const bool can_queue = Firewall::run_program("-c", "table inet probe {\nchain c {\nqueue to 25\n}\n}\n").empty();
	if (can_queue) return text;
	const std::string changed = std::regex_replace(text, std::regex("\n\t\tqueue [^\n]*"), "\n\t\taccept");
	if (changed != text) MESSAGE("this kernel knows no queue: accept stands for it");
	return changed;
}

TEST_CASE("every file of rules/ is valid and loads by itself, as text and as JSON") {
	for (const auto& [file, written] : rules_source()) {
		CAPTURE(file);
		const std::string text = as_this_kernel_can(written);
		CHECK(Firewall::run_program("-c", text) == "");
		REQUIRE(Firewall::run_program("", "flush ruleset\n" + text) == "");
		const std::string listed = Firewall::list("list ruleset");
		const std::string json = Firewall::output_of("nft -j list ruleset");
		REQUIRE(Firewall::run_program("", "flush ruleset") == "");
		CHECK(Firewall::run_program("", listed) == "");
		CHECK(Firewall::list("list ruleset") == listed);
		REQUIRE(Firewall::run_program("", "flush ruleset") == "");
		CHECK(Firewall::run_program("-j", json) == "");
		CHECK(Firewall::list("list ruleset") == listed);
	}
}

TEST_CASE("the files load one after another, as an operator may do it") {
	Stage base(plain_config());
	REQUIRE(Firewall::run("delete table inet gate25") == "");
	for (const char* file : {"gate25.nft", "redirect.nft", "garden.nft", "portal.nft", "tunnels.nft", "notice.nft", "attempts.nft",
	                         "connections_log.nft", "connections_queue.nft", "volume_mark.nft", "meters.nft", "meter.nft",
	                         "meter_destinations.nft", "length4.nft", "length6.nft"}) {
		CAPTURE(file);
		CHECK(Firewall::run_program("", as_this_kernel_can(rules_source().at(file))) == "");
	}
}

TEST_CASE("every combination of parts loads") {
	const auto all = all_combinations();
	for (const Config& config : all) {
		const std::string rules = rules_of(rules_source(), config);
		const std::string said = Firewall::run(fresh(rules));
		CAPTURE(rules);
		REQUIRE(said == "");
	}
	MESSAGE(all.size(), " combinations");
}

TEST_CASE("without redirect and portal no rule asks for connection tracking") {
	for (const Config& config : all_combinations()) {
		if (uses_redirect(config) || config.port25.deny == Deny::notice || config.garden.portal_ipv4 || config.garden.portal_ipv6) continue;
		REQUIRE(Firewall::run(fresh(rules_of(rules_source(), config))) == "");
		const std::string listed = Firewall::list("list ruleset");
		for (const char* word : {" ct ", "dnat", "snat", "masquerade", "redirect to", "type nat"})
			CHECK(listed.find(word) == std::string::npos);
	}
}

TEST_CASE("a reload keeps decisions with their times and leaves what a fresh load would give") {
	Dice dice(pairs_seed);
	for (int pair = 0; pair < pairs; ++pair) {
		CAPTURE(pair);
		const Scene before = random_scene(dice), after = random_scene(dice);
		const std::string rules = rules_of(rules_source(), before.config), wanted = rules_of(rules_source(), after.config);
		REQUIRE(load_by_agent(rules, before) == "");
		const auto times = seconds_left();
		REQUIRE(Firewall::run(replacement_text(wanted, shape_of(live_listing()))) == "");
		const auto times_now = seconds_left();
		const Listing live = without_idle_counters(live_listing(), wanted);

		const std::string elements = elements_text(before.config.network, before.decisions.standings({}), {});
		REQUIRE(Firewall::run(fresh(wanted + fitting(elements, wanted))) == "");
		check_same(live, live_listing());
		for (const auto& [element, left] : times_now) {
			CAPTURE(element);
			REQUIRE(times.contains(element));
			CHECK(left <= times.at(element));
			CHECK(left >= times.at(element) - 5);
		}
	}
}

TEST_CASE("a reload into nothing is a fresh load") {
	Stage stage(plain_config());
	const Listing wanted = live_listing();
	REQUIRE(Firewall::run("delete table inet gate25") == "");
	REQUIRE(Firewall::run(replacement_text(rules_of(rules_source(), plain_config()), TableShape{})) == "");
	check_same(live_listing(), wanted);
}

TEST_CASE("a reload keeps the numbers of the counters") {
	Stage stage(plain_config());
	REQUIRE(Firewall::run("add rule inet gate25 from4 counter name block4; delete counter inet gate25 open4;"
	                      "add counter inet gate25 open4 { packets 7 bytes 700 }") != ""); // still in use
	REQUIRE(Firewall::run("flush chain inet gate25 policy_open; delete counter inet gate25 open4;"
	                      "add counter inet gate25 open4 { packets 7 bytes 700 }") == "");
	REQUIRE(Firewall::run(replacement_text(rules_of(rules_source(), plain_config()), shape_of(live_listing()))) == "");
	CHECK(Firewall::list("list counter inet gate25 open4").find("packets 7 bytes 700") != std::string::npos);
}
