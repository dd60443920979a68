// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/plan.h"

#include <algorithm>

namespace gate25 {
namespace {

// Up, and never to zero: the kernel takes a timeout of zero for "never".
Milliseconds timeout_for(const Deadline& until, const Now& now) {
	return std::max(until.boot - now.boot, Milliseconds{1});
}

bool is_over(const Standing& standing, const Now& now) {
	return standing.until && standing.until->boot <= now.boot;
}

std::string known_lengths(const Network& network, Family family) {
	std::string text;
	const auto& further = family == Family::ipv4 ? network.further_lengths_ipv4 : network.further_lengths_ipv6;
	for (unsigned length : further) text += ", /" + std::to_string(length);
	return "/" + std::to_string(family == Family::ipv4 ? 32U : network.subscriber_prefix_ipv6) + text;
}

Error refusal(const Prefix& prefix, std::string_view what, const std::string& reason) {
	return Error{ErrorKind::bad_input, prefix.text() + " cannot be " + std::string(what) + ": " + reason};
}

// Addresses that are nobody's subscriber, whatever a configuration says.
struct Special {
	Prefix prefix;
	const char* name;
};

const std::vector<Special>& special_prefixes() {
	static const std::vector<Special> all = [] {
		std::vector<Special> list;
		for (auto [text, name] : std::initializer_list<std::pair<const char*, const char*>>{
				 {"0.0.0.0/8", "\"this network\" (RFC 1122)"}, {"127.0.0.0/8", "loopback"},
				 {"169.254.0.0/16", "link-local"}, {"224.0.0.0/4", "multicast"},
				 {"255.255.255.255", "broadcast"}, {"::", "the unspecified address"}, {"::1", "loopback"},
				 {"fe80::/10", "link-local"}, {"ff00::/8", "multicast"}})
			list.push_back({*Prefix::parse(text), name});
		return list;
	}();
	return all;
}

} // namespace

std::optional<Standing> standing(const Quarantine& quarantine) {
	if (quarantine.is_monitored) return std::nullopt;
	return Standing{quarantine.prefix, quarantine.level, quarantine.until};
}

Standing standing(const Exemption& exemption) { return {exemption.prefix, std::nullopt, exemption.until}; }

std::optional<DecisionSet> set_of(const Network& network, const Prefix& prefix, std::optional<Level> level) {
	if (!is_decision_length(network, prefix.family(), prefix.length())) return std::nullopt;
	const unsigned own = prefix.family() == Family::ipv4 ? 32 : network.subscriber_prefix_ipv6;
	return DecisionSet{level, prefix.family(), prefix.length() == own ? 0 : prefix.length()};
}

std::vector<DecisionSet> decision_sets(const Network& network) {
	std::vector<DecisionSet> sets;
	for (Family family : {Family::ipv4, Family::ipv6}) {
		std::vector<unsigned> lengths =
			family == Family::ipv4 ? network.further_lengths_ipv4 : network.further_lengths_ipv6;
		lengths.push_back(0);
		for (unsigned length : lengths) {
			for (Level level : all_levels) sets.push_back({level, family, length});
			sets.push_back({std::nullopt, family, length});
		}
	}
	return sets;
}

Prefix prefix_of(const Network& network, const DecisionSet& set, const Address& key) {
	const unsigned own = set.family == Family::ipv4 ? 32 : network.subscriber_prefix_ipv6;
	return Prefix::of(key, set.length == 0 ? own : set.length);
}

std::vector<ElementChange> plan_change(const Network& network, const std::optional<Standing>& before,
                                       const std::optional<Standing>& after, const Now& now) {
	std::vector<ElementChange> changes;
	const auto old_set = before ? set_of(network, before->prefix, before->level) : std::nullopt;
	const auto new_set = after && !is_over(*after, now) ? set_of(network, after->prefix, after->level) : std::nullopt;
	if (new_set) {
		ElementChange change;
		change.op = old_set == new_set ? ElementChange::Op::renew : ElementChange::Op::add;
		change.set = *new_set;
		change.key = after->prefix.address();
		if (after->until) change.timeout = timeout_for(*after->until, now);
		changes.push_back(change);
	}
	if (old_set && old_set != new_set)
		changes.push_back({ElementChange::Op::remove, *old_set, before->prefix.address(), std::nullopt});
	return changes;
}

std::vector<ElementChange> plan_settled(const Network& network, const Prefix& prefix, bool is_exemption,
                                        const std::optional<Standing>& now_stands, const Now& now) {
	std::vector<ElementChange> changes;
	const auto wanted = now_stands && !is_over(*now_stands, now) ? set_of(network, prefix, now_stands->level) : std::nullopt;
	if (wanted) {
		ElementChange change{ElementChange::Op::renew, *wanted, prefix.address(), std::nullopt};
		if (now_stands->until) change.timeout = timeout_for(*now_stands->until, now);
		changes.push_back(change);
	}
	const auto leave = [&](std::optional<Level> level) {
		const auto set = set_of(network, prefix, level);
		if (set && set != wanted) changes.push_back({ElementChange::Op::remove, *set, prefix.address(), std::nullopt});
	};
	if (is_exemption) leave(std::nullopt);
	else
		for (const Level level : all_levels) leave(level);
	return changes;
}

std::optional<Error> objection_to(const Network& network, const Prefix& prefix, std::string_view what) {
	if (prefix.length() == 0) return refusal(prefix, what, "it is the whole Internet, not a subscriber");
	for (const Special& special : special_prefixes())
		if (special.prefix.overlaps(prefix)) return refusal(prefix, what, std::string("it is ") + special.name);
	for (const Prefix& relay : network.relays)
		if (relay.overlaps(prefix))
			return refusal(prefix, what, "relay " + relay.text() + " is " + (relay == prefix ? "this address" : "in it"));
	for (const Prefix& router : network.routers)
		if (router.contains(prefix)) return refusal(prefix, what, "it is the router's own address");
	const auto contains = [&](const Prefix& subscribers) { return subscribers.contains(prefix); };
	if (std::none_of(network.subscribers.begin(), network.subscribers.end(), contains))
		return refusal(prefix, what, "it is not in a subscriber prefix ([network] subscribers)");
	if (!is_decision_length(network, prefix.family(), prefix.length()))
		return refusal(prefix, what, "decisions are made for prefixes of length " +
		                                 known_lengths(network, prefix.family()) +
		                                 "; give an address, or name further_lengths in the configuration");
	return std::nullopt;
}

std::optional<Error> objection_to_reported(const Network& network, const Address& address) {
	for (const Prefix& router : network.routers)
		if (router.contains(address)) return refusal(Prefix::host(address), "reported", "it is the router's own address");
	return objection_to(network, subscriber_of(network, address), "reported");
}

} // namespace gate25
