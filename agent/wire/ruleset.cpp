// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/ruleset.h"

#include "core/jenkins.h"
#include "wire/rule_sets.h"
#include "wire/ruleset_text.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <sstream>

namespace gate25 {
namespace {

using Defines = std::map<std::string, std::string>;

constexpr std::string_view define_word = "define ";

std::string mask_text(Family family, unsigned length) {
	std::array<std::uint8_t, 16> ones{};
	ones.fill(0xff);
	return Address::from_bytes(std::span(ones).first(address_bits(family) / 8)).masked(length).text();
}

Defines defines_of(const Config& config) {
	const bool resets = config.port25.deny != Deny::drop;
	Defines defines{
		{"subscriber_mask6", mask_text(Family::ipv6, config.network.subscriber_prefix_ipv6)},
		{"deny", resets ? "deny_reset" : "deny_drop"},
		{"deny_to", resets ? "deny_reset_to" : "deny_drop"},
		{"deny_live", resets ? "cut_reset" : "deny_drop"},
		{"default_policy", fmt::format("policy_{}", policy_text(config.port25.policy))},
		{"limit_chain", fmt::format("limit_{}", config.quarantine.limit)},
		{"redirect_to", config.port25.redirect_to == RedirectTo::relay ? "redirect_relay" : "redirect_same_host"},
		{"to_relay", config.volume.enabled && config.volume.relays ? "accepted" : "accepted_unseen"},
		{"notice_port", std::to_string(config.port25.notice_port)},
		{"queue_chain", fmt::format("queue_{}_{}", config.volume.fail == Fail::open ? "open" : "closed", config.volume.queues)},
	};
	for (const char* digit : {"4", "6"}) {
		const auto& portal = *digit == '4' ? config.garden.portal_ipv4 : config.garden.portal_ipv6;
		if (portal) defines[fmt::format("portal{}", digit)] = portal->text();
		else defines[fmt::format("portal_chain{}", digit)] = "portal_none";
	}
	for (Family family : {Family::ipv4, Family::ipv6}) {
		std::vector<Address> relays;
		for (const Address& relay : config.port25.redirect_relays)
			if (relay.family() == family) relays.push_back(relay);
		for (unsigned place = 0; place < redirect_places && !relays.empty(); ++place)
			defines[fmt::format("relay{}_{}", family == Family::ipv4 ? 4 : 6, place)] =
				relays[place % relays.size()].text();
	}
	return defines;
}

// length6.nft speaks of /64: "quarantine6_64_port25", "mask6_64", chains "longer_from6".
std::string for_length(std::string text, const Network& network, Family family, unsigned length) {
	const char digit = family == Family::ipv4 ? '4' : '6';
	const unsigned written = family == Family::ipv4 ? 24 : 64;
	replace_all(text, fmt::format("{}_{}", digit, written), fmt::format("{}_{}", digit, length));
	if (family == Family::ipv6 && length < network.subscriber_prefix_ipv6) replace_all(text, "longer", "shorter");
	return text;
}

// Splits a part into its define lines, which go into `names` once with the configured value, and the rest.
std::string without_defines(const std::string& text, const Defines& configured, std::set<std::string>& names,
                            std::string& defines_out) {
	std::istringstream lines(text);
	std::string rest;
	for (std::string line; std::getline(lines, line);) {
		if (!line.starts_with(define_word)) {
			rest += line + '\n';
			continue;
		}
		std::string name = line.substr(define_word.size(), line.find_first_of(" =", define_word.size()) - define_word.size());
		if (!names.insert(name).second) continue;
		const auto value = configured.find(name);
		defines_out += value == configured.end() ? line + '\n'
		                                         : fmt::format("{}{} = {}\n", define_word, name, value->second);
	}
	return rest;
}

Result<std::string> composed(const RulesSource& source, const Policy& policy, const std::vector<std::string>& parts,
                             const std::vector<Meter>& meters, Defines configured) {
	const Network& network = policy.config().network;
	std::set<std::string> names;
	std::string defines, body;
	const auto take = [&](const std::string& file, auto&& change) -> Result<void> {
		const auto text = source.find(file);
		if (text == source.end()) return fail(ErrorKind::not_found, "the rules file " + file + " is missing");
		body += without_defines(change(text->second), configured, names, defines);
		return {};
	};
	for (const std::string& part : parts)
		if (auto taken = take(part, [](std::string text) { return text; }); !taken) return fail(taken.error());
	for (const Meter& meter : meters)
		if (auto taken = take(meter.file, [&](std::string text) { return for_meter(text, meter); }); !taken)
			return fail(taken.error());
	for (Family family : {Family::ipv4, Family::ipv6}) {
		const bool v4 = family == Family::ipv4;
		for (unsigned length : v4 ? network.further_lengths_ipv4 : network.further_lengths_ipv6) {
			configured[fmt::format("mask{}_{}", v4 ? 4 : 6, length)] = mask_text(family, length);
			const auto change = [&](std::string text) { return for_length(text, network, family, length); };
			if (auto taken = take(v4 ? "length4.nft" : "length6.nft", change); !taken) return fail(taken.error());
		}
	}
	return defines + '\n' + body + '\n' + configured_sets_text(policy, declared_in(body)) + meters_text(meters);
}

} // namespace

Result<std::string> rules_text(const RulesSource& source, const Policy& policy, KernelAbilities kernel) {
	const Config& config = policy.config();
	if (verdicts_by(config.volume, kernel) == Verdicts::queue && !kernel.can_queue)
		return fail(ErrorKind::kernel, "verdicts = \"queue\" needs a kernel that knows queue in nftables (nft_queue), and this one "
		                               "does not: \"auto\" or \"meters\" work here");
	return composed(source, policy, needed_parts(config, kernel), needed_meters(config, kernel), defines_of(config));
}

Result<std::string> standalone_rules(const RulesSource& source, const Policy& policy) {
	const Policy alone(without_agent(policy.config()));
	std::vector<std::string> parts = needed_parts(alone.config());
	std::erase(parts, "attempts.nft"); // nobody reads the log
	std::erase(parts, "connections_log.nft");
	return composed(source, alone, parts, needed_meters(alone.config(), {}), defines_of(alone.config()));
}

Result<std::string> guard_text(const RulesSource& source, const Policy& policy, KernelAbilities kernel) {
	std::vector<std::string> parts = guarded_parts(needed_parts(policy.config(), kernel));
	parts.insert(parts.begin(), "guard.nft"); // gate25.nft jumps into it
	Defines defines = defines_of(policy.config());
	if (policy.config().port25.deny != Deny::drop) defines["deny_live"] = "cut_guard";
	auto text = composed(source, policy, parts, {}, std::move(defines));
	if (!text) return text;
	replace_all(*text, "inet gate25 ", "inet gate25_guard ");
	replace_all(*text, "table inet gate25_guard {\n", "table inet gate25_guard {\n\tflags owner\n");
	// After the main table, whose counters are the ones that people read.
	replace_all(*text, "hook forward priority filter - 1;", "hook forward priority filter + 9;");
	replace_all(*text, "hook forward priority filter + 1;", "hook forward priority filter + 11;");
	replace_all(*text, "hook forward priority filter;", "hook forward priority filter + 10;");
	return text;
}

std::string replacement_text(const std::string& rules, const TableShape& live) {
	const Declared wanted = declared_in(rules);
	std::string text = "table inet gate25 {\n}\n";
	if (live.exists) {
		text += "flush table inet gate25\n"; // rules only: sets keep their elements, counters their numbers
		for (const std::string& set : wanted.configured_sets)
			if (std::count(live.sets.begin(), live.sets.end(), set) != 0)
				text += fmt::format("flush {} inet gate25 {}\n", set.starts_with("policy") ? "map" : "set", set);
		for (const std::string& set : live.sets)
			if (!wanted.sets.contains(set)) text += fmt::format("delete set inet gate25 {}\n", set);
		for (const std::string& chain : live.chains)
			if (!wanted.chains.contains(chain)) text += fmt::format("delete chain inet gate25 {}\n", chain);
	}
	return text + rules;
}

std::string standalone_text(const std::string& rules, const Network& network, const std::vector<Standing>& standings,
                            const Now& now) {
	return "table inet gate25 {\n}\ndelete table inet gate25\n" + rules + elements_text(network, standings, now);
}

std::string elements_text(const Network& network, const std::vector<Standing>& standings, const Now& now) {
	constexpr std::size_t per_command = 5000;
	std::map<DecisionSet, std::vector<std::string>> by_set;
	for (const Standing& standing : standings) {
		const auto set = set_of(network, standing.prefix, standing.level);
		if (!set) continue;
		std::string element = standing.prefix.address().text();
		if (standing.until) {
			const Seconds left = remaining(*standing.until, now);
			if (left <= Seconds::zero()) continue;
			element += fmt::format(" timeout {}s", left.count());
		}
		by_set[*set].push_back(std::move(element));
	}
	std::string text;
	for (const auto& [set, elements] : by_set)
		for (std::size_t at = 0; at < elements.size(); at += per_command) {
			const auto end = elements.begin() + static_cast<std::ptrdiff_t>(std::min(elements.size(), at + per_command));
			text += fmt::format("add element inet gate25 {} {{ {} }}\n", set.name(),
			                    fmt::join(elements.begin() + static_cast<std::ptrdiff_t>(at), end, ", "));
		}
	return text;
}

} // namespace gate25
