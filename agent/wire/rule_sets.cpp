// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/rule_sets.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <sstream>

namespace gate25 {
namespace {

const char* const configured_names[] = {"subscribers4", "subscribers6", "relays4",   "relays6",   "garden_allow4",
                                        "garden_allow6", "policy4",     "policy6",   "redirect4", "redirect6",
                                        "blocked4",      "blocked6"};

// meter.nft, once for each limit.
bool is_configured(const std::string& set) {
	return std::find(std::begin(configured_names), std::end(configured_names), set) != std::end(configured_names) ||
	       set.starts_with("match4_") || set.starts_with("match6_");
}

template <class Value, class Text>
std::string fill(std::string_view set, const IntervalMap<Value>& map, Text&& value_text) {
	std::vector<std::string> elements;
	for (const auto& interval : map.intervals()) {
		std::string element = interval.first.text();
		if (interval.first != interval.last) element += "-" + interval.last.text();
		elements.push_back(element + value_text(interval.value));
	}
	if (elements.empty()) return {};
	return fmt::format("add element inet gate25 {} {{ {} }}\n", set, fmt::join(elements, ", "));
}

IntervalMap<bool> members(const std::vector<Prefix>& prefixes, Family family) {
	std::vector<std::pair<Prefix, bool>> pairs;
	for (const Prefix& prefix : prefixes)
		if (prefix.family() == family) pairs.emplace_back(prefix, true);
	return IntervalMap<bool>::longest_match(std::move(pairs));
}

// The policy of every address of the family: the longest [[prefix]], and the default where there is none. A
// subscriber prefix is no [[prefix]]: it must not hide a shorter one.
IntervalMap<PolicyAction> effective_policies(const Config& config, Family family) {
	const Address zero = family == Family::ipv4 ? Address::ipv4(0) : Address::from_bytes(std::array<std::uint8_t, 16>{});
	std::vector<std::pair<Prefix, PolicyAction>> pairs{{Prefix::of(zero, 0), config.port25.policy}};
	for (const PrefixPolicy& policy : config.prefixes)
		if (policy.match.family() == family) pairs.emplace_back(policy.match, policy.action);
	return IntervalMap<PolicyAction>::longest_match(std::move(pairs));
}

// The subscribers whose policy this is.
std::string subscribers_text(const Config& config, Family family, PolicyAction action, std::string_view set) {
	std::vector<std::string> elements;
	const IntervalMap<bool> subscribers = members(config.network.subscribers, family);
	const IntervalMap<PolicyAction> policies = effective_policies(config, family);
	for (const auto& subscriber : subscribers.intervals())
		for (const auto& policy : policies.intervals()) {
			const Address first = std::max(subscriber.first, policy.first), last = std::min(subscriber.last, policy.last);
			if (policy.value == action && first <= last) elements.push_back(first.text() + "-" + last.text());
		}
	if (elements.empty()) return {};
	return fmt::format("add element inet gate25 {} {{ {} }}\n", set, fmt::join(elements, ", "));
}

} // namespace

std::string configured_sets_text(const Policy& policy, const Declared& declared) {
	const Config& config = policy.config();
	const auto nothing = [](const auto&) { return std::string(); };
	const auto verdict = [](const PrefixPolicy& p) { return fmt::format(" : goto policy_{}", policy_text(p.action)); };
	std::string text;
	for (Family family : {Family::ipv4, Family::ipv6}) {
		const auto name = [&](const char* base) { return fmt::format("{}{}", base, family == Family::ipv4 ? 4 : 6); };
		text += fill(name("subscribers"), members(config.network.subscribers, family), nothing);
		text += fill(name("relays"), members(config.network.relays, family), nothing);
		text += fill(name("garden_allow"), members(garden_destinations(config.garden), family), nothing);
		text += fill(name("policy"), policy.policies(family), verdict);
		if (declared.sets.contains(name("redirect"))) text += subscribers_text(config, family, PolicyAction::redirect, name("redirect"));
		if (declared.sets.contains(name("blocked"))) text += subscribers_text(config, family, PolicyAction::block, name("blocked"));
	}
	return text;
}

std::string meters_text(const std::vector<Meter>& meters) {
	std::string text;
	for (const Meter& meter : meters)
		for (Family family : {Family::ipv4, Family::ipv6})
			text += fill(fmt::format("match{}_{}", family == Family::ipv4 ? 4 : 6, meter.name), members(meter.match, family),
			             [](bool) { return std::string(); });
	return text;
}

Declared declared_in(const std::string& rules) {
	Declared declared;
	std::istringstream lines(rules);
	for (std::string line; std::getline(lines, line);) {
		if (!line.starts_with('\t') || line.starts_with("\t\t")) continue;
		std::istringstream words(line);
		std::string kind, name;
		words >> kind >> name;
		if (kind == "chain") declared.chains.insert(name);
		if (kind == "set" || kind == "map") declared.sets.insert(name);
	}
	for (const std::string& name : declared.sets)
		if (is_configured(name)) declared.configured_sets.push_back(name);
	return declared;
}

} // namespace gate25
