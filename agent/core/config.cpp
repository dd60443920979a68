// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/config.h"

#include <algorithm>

namespace gate25 {

std::string_view policy_text(PolicyAction action) {
	switch (action) {
	case PolicyAction::redirect: return "redirect";
	case PolicyAction::open: return "open";
	case PolicyAction::block: break;
	}
	return "block";
}

std::string_view verdicts_text(Verdicts verdicts) {
	switch (verdicts) {
	case Verdicts::automatic: return "auto";
	case Verdicts::queue: return "queue";
	case Verdicts::meters: return "meters";
	case Verdicts::external: break;
	}
	return "external";
}

bool uses_redirect(const Config& config) {
	return config.port25.policy == PolicyAction::redirect ||
	       std::any_of(config.prefixes.begin(), config.prefixes.end(),
	                   [](const PrefixPolicy& prefix) { return prefix.action == PolicyAction::redirect; });
}

bool is_refusing_connections(const VolumeRules& volume, const VolumeLimit& limit) {
	return volume.enabled && activity_of(limit.limit.quantity) == Activity::connections && limit.mode == Mode::enforce &&
	       limit.then != Then::alert;
}

bool is_for(const VolumeLimit& limit, const Address& address) {
	return limit.match.empty() || std::any_of(limit.match.begin(), limit.match.end(),
	                                          [&](const Prefix& prefix) { return prefix.contains(address); });
}

bool needs_verdicts(const VolumeRules& volume) {
	return std::any_of(volume.limits.begin(), volume.limits.end(),
	                   [&](const VolumeLimit& each) { return is_refusing_connections(volume, each); });
}

Prefix subscriber_of(const Network& network, const Address& address) {
	return Prefix::of(address, address.family() == Family::ipv4 ? 32 : network.subscriber_prefix_ipv6);
}

std::vector<Prefix> decision_prefixes(const Network& network, const Address& address) {
	const bool v4 = address.family() == Family::ipv4;
	std::vector<unsigned> lengths = v4 ? network.further_lengths_ipv4 : network.further_lengths_ipv6;
	lengths.push_back(v4 ? 32 : network.subscriber_prefix_ipv6);
	std::sort(lengths.rbegin(), lengths.rend());
	std::vector<Prefix> prefixes;
	for (unsigned length : lengths) prefixes.push_back(Prefix::of(address, length));
	return prefixes;
}

Mode mode_of(const Config& config, const Prefix& subscriber) {
	const auto longest = std::find_if(config.modes.begin(), config.modes.end(),
	                                  [&](const PrefixMode& each) { return each.match.contains(subscriber); });
	return longest == config.modes.end() ? config.alerts.mode : longest->mode;
}

bool is_decision_length(const Network& network, Family family, unsigned length) {
	if (length == (family == Family::ipv4 ? 32 : network.subscriber_prefix_ipv6)) return true;
	const auto& further = family == Family::ipv4 ? network.further_lengths_ipv4 : network.further_lengths_ipv6;
	return std::find(further.begin(), further.end(), length) != further.end();
}

bool is_shared_address(const Config& config, const Address& address) {
	const auto& nat = config.assignments.nat;
	return std::any_of(nat.begin(), nat.end(), [&](const Prefix& prefix) { return prefix.contains(address); });
}

} // namespace gate25
