// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/policy.h"

#include "core/jenkins.h"

#include <algorithm>

namespace gate25 {
namespace {

constexpr std::size_t index(Family family) { return family == Family::ipv4 ? 0 : 1; }

bool is_submission(std::uint16_t port) { return port == port_submission || port == port_submissions; }
bool is_mail(std::uint16_t port) { return port == port_smtp || is_submission(port); }
bool is_refusal(const Decided& decided) {
	return decided.verdict == Verdict::reset || decided.verdict == Verdict::drop;
}
// Protocols that carry other packets past a rule about ports: IP in IP, 6in4, GRE.
bool is_tunnel(std::uint8_t protocol) { return protocol == 4 || protocol == 41 || protocol == 47; }

IntervalMap<bool> membership(const std::vector<Prefix>& prefixes, Family family) {
	std::vector<std::pair<Prefix, bool>> pairs;
	for (const Prefix& prefix : prefixes)
		if (prefix.family() == family) pairs.emplace_back(prefix, true);
	return IntervalMap<bool>::longest_match(std::move(pairs));
}

IntervalMap<Prefix> named(const std::vector<Prefix>& prefixes, Family family) {
	std::vector<std::pair<Prefix, Prefix>> pairs;
	for (const Prefix& prefix : prefixes)
		if (prefix.family() == family) pairs.emplace_back(prefix, prefix);
	return IntervalMap<Prefix>::longest_match(std::move(pairs));
}

std::vector<unsigned> decision_lengths(const Network& network, Family family) {
	std::vector<unsigned> lengths =
		family == Family::ipv4 ? network.further_lengths_ipv4 : network.further_lengths_ipv6;
	lengths.push_back(family == Family::ipv4 ? 32 : network.subscriber_prefix_ipv6);
	std::sort(lengths.rbegin(), lengths.rend());
	return lengths;
}

} // namespace

std::vector<Prefix> garden_destinations(const Garden& garden) {
	std::vector<Prefix> all = garden.allow;
	if (garden.portal_ipv4) all.push_back(Prefix::host(*garden.portal_ipv4));
	if (garden.portal_ipv6) all.push_back(Prefix::host(*garden.portal_ipv6));
	return all;
}

bool is_notice(const Decided& decided) { return decided.counter == "notice"; }

std::string_view verdict_text(Verdict verdict) {
	switch (verdict) {
	case Verdict::accept: return "accept";
	case Verdict::reset: return "reset";
	case Verdict::drop: return "drop";
	case Verdict::redirect: return "redirect";
	case Verdict::not_ours: return "not-ours";
	}
	return "not-ours";
}

Policy::Policy(const Config& config) : config_(config) {
	for (Family family : {Family::ipv4, Family::ipv6}) {
		const std::size_t i = index(family);
		subscribers_[i] = membership(config.network.subscribers, family);
		relays_[i] = named(config.network.relays, family);
		garden_[i] = membership(garden_destinations(config.garden), family);
		lengths_[i] = decision_lengths(config.network, family);
		portals_[i] = family == Family::ipv4 ? config.garden.portal_ipv4 : config.garden.portal_ipv6;
		for (const Address& relay : config.port25.redirect_relays)
			if (relay.family() == family) redirect_relays_[i].push_back(relay);
		std::vector<std::pair<Prefix, PrefixPolicy>> policies;
		for (const PrefixPolicy& policy : config.prefixes)
			if (policy.match.family() == family) policies.emplace_back(policy.match, policy);
		policies_[i] = IntervalMap<PrefixPolicy>::longest_match(std::move(policies));
	}
}

const IntervalMap<PrefixPolicy>& Policy::policies(Family family) const { return policies_[index(family)]; }
bool Policy::is_subscriber(const Address& a) const { return subscribers_[index(a.family())].contains(a); }
bool Policy::is_relay(const Address& a) const { return relays_[index(a.family())].contains(a); }

// The view of one end: the subscriber whose decisions count, the other side, and how the packet is refused.
struct Policy::Side {
	const Address& subscriber;
	const Address& other;
	bool is_from; // the packet comes from the subscriber
	bool is_port25;
};

Decided Policy::refused(const Packet& packet, unsigned step, std::string_view chain,
                        std::string_view counter) const {
	const bool resets = config_.port25.deny != Deny::drop && packet.protocol == protocol_tcp;
	Decided decided;
	decided.verdict = resets ? Verdict::reset : Verdict::drop;
	decided.step = step;
	decided.chain = chain;
	decided.counter = counter;
	return decided;
}

Decided Policy::refused_from(const Packet& packet, const Side& side, unsigned step, std::string_view chain,
                             std::string_view counter) const {
	const bool is_first = packet.protocol == protocol_tcp && packet.destination_port == port_smtp && packet.opens;
	if (config_.port25.deny != Deny::notice || !side.is_from || !is_first) return refused(packet, step, chain, counter);
	Decided decided = refused(packet, step, "notice_give", "notice");
	decided.verdict = Verdict::redirect;
	decided.to_port = config_.port25.notice_port;
	return decided;
}

// Step 2: the decision of the longest prefix stands, whatever shorter ones say.
std::optional<Policy::Held> Policy::held(const Address& subscriber, const DecisionIndex& decisions) const {
	for (unsigned length : lengths_[index(subscriber.family())]) {
		const Prefix prefix = Prefix::of(subscriber, length);
		if (auto found = decisions.quarantine(prefix)) return Held{*found, prefix};
	}
	return std::nullopt;
}

Decided Policy::accepted(unsigned step, std::string_view chain, std::string_view counter) const {
	Decided decided;
	decided.verdict = Verdict::accept;
	decided.step = step;
	decided.chain = chain;
	decided.counter = counter;
	return decided;
}

Decided Policy::restricted(const Packet& packet, const Side& side, Level level) const {
	const IntervalMap<Prefix>& relays = relays_[index(side.other.family())];
	if (level == Level::port25) {
		const std::string_view chain = side.is_from ? "port25_from" : "port25_to";
		if (!side.is_port25) return accepted(2, chain, "");
		if (relays.contains(side.other)) return accepted(2, chain, "relay");
		return refused_from(packet, side, 2, chain, "port25_");
	}
	if (level == Level::mail) {
		const std::string_view chain = side.is_from ? "mail_from" : "mail_to";
		if (relays.contains(side.other)) return accepted(2, chain, "relay");
		return refused_from(packet, side, 2, chain, "mail");
	}
	const std::string_view chain = side.is_from ? "garden_from" : "garden_to";
	if (garden_[index(side.other.family())].contains(side.other)) return accepted(2, chain, "");
	return refused(packet, 2, chain, "garden");
}

// Steps 3 to 6; `side.is_port25` also for tunnels.
Decided Policy::resumed(const Packet& packet, const Side& side, const DecisionIndex& decisions) const {
	const std::string_view chain = side.is_from ? "resume_from" : "resume_to";
	const std::size_t i = index(side.subscriber.family());
	if (!side.is_port25) return accepted(2, chain, "");
	if (const auto* relay = relays_[i].find(side.other)) {
		Decided decided = accepted(3, chain, "relay");
		decided.match = relay->value;
		return decided;
	}
	for (unsigned length : lengths_[i]) {
		const Prefix prefix = Prefix::of(side.subscriber, length);
		if (auto id = decisions.exemption(prefix)) {
			Decided decided = accepted(4, chain, "exempt");
			decided.decision = *id;
			decided.match = prefix;
			return decided;
		}
	}
	const auto* found = policies_[i].find(side.subscriber);
	Decided decided = by_policy(packet, side, found ? found->value.action : config_.port25.policy, found ? 5 : 6);
	if (found) decided.match = found->value.match;
	return decided;
}

Decided Policy::by_policy(const Packet& packet, const Side& side, PolicyAction action, unsigned step) const {
	if (action == PolicyAction::open) return accepted(step, "policy_open", "open");
	if (!side.is_from) return refused(packet, step, "inbound", "inbound");
	const bool redirects = action == PolicyAction::redirect && packet.protocol == protocol_tcp &&
	                       packet.is_trackable;
	if (action == PolicyAction::block) return refused_from(packet, side, step, "policy_block", "block");
	if (!redirects) return refused(packet, step, "policy_block", "block");
	Decided decided = refused(packet, step, "redirect_same_host", "redirect");
	decided.verdict = Verdict::redirect;
	decided.to = packet.destination;
	decided.to_port = port_submission;
	if (config_.port25.redirect_to == RedirectTo::relay) {
		decided.chain = "redirect_relay";
		decided.to = relay_of(side.subscriber);
	}
	return decided;
}

Address Policy::relay_of(const Address& subscriber) const {
	const std::vector<Address>& relays = redirect_relays_[index(subscriber.family())];
	if (relays.empty()) return {};
	const Address key = subscriber_of(config_.network, subscriber).address();
	return relays[redirect_place(key) % relays.size()];
}

Decided Policy::judged(const Packet& packet, const Side& side, const DecisionIndex& decisions) const {
	const auto quarantine = held(side.subscriber, decisions);
	if (!quarantine) return resumed(packet, side, decisions);
	const Level level = quarantine->found.level;
	Decided decided;
	if (level == Level::notify || level == Level::limit) {
		decided = resumed(packet, side, decisions);
		const bool counts = level == Level::limit && side.is_from && packet.opens &&
		                    packet.protocol == protocol_tcp;
		decided.may_be_limited = counts && decided.verdict != Verdict::not_ours && !is_notice(decided);
	} else {
		decided = restricted(packet, side, level);
	}
	decided.level = level_text(level);
	if (decided.step == 2) {
		decided.decision = quarantine->found.id;
		decided.match = quarantine->prefix;
	}
	return decided;
}

// What garden.nft and portal.nft say about any packet of a subscriber in the garden.
Decided Policy::garden_only(const Packet& packet, const Side& side) const {
	const std::size_t i = index(side.other.family());
	const std::string_view chain = side.is_from ? "garden_end_from" : "garden_end_to";
	if (garden_[i].contains(side.other)) return accepted(2, chain, "");
	const bool is_web = packet.protocol == protocol_tcp && packet.destination_port == port_http && packet.is_trackable;
	if (!side.is_from || !is_web || !portals_[i]) return refused(packet, 2, chain, "garden");
	Decided decided = accepted(2, "portal_to", "portal");
	decided.verdict = Verdict::redirect;
	decided.to = portals_[i];
	decided.to_port = port_http;
	return decided;
}

std::optional<Decided> Policy::in_garden(const Packet& packet, const Side& side, const DecisionIndex& decisions) const {
	if (!is_subscriber(side.subscriber)) return std::nullopt;
	const auto quarantine = held(side.subscriber, decisions);
	if (!quarantine || quarantine->found.level != Level::garden) return std::nullopt;
	Decided decided = garden_only(packet, side);
	decided.level = level_text(Level::garden);
	decided.decision = quarantine->found.id;
	decided.match = quarantine->prefix;
	return decided;
}

// With garden.nft a packet passes the garden of its source (mail meets it later), then that of the destination
// it was translated to.
Decided Policy::through_garden(const Packet& packet, const DecisionIndex& decisions) const {
	std::optional<Decided> from;
	if (packet.protocol != protocol_tcp || !is_mail(packet.destination_port))
		from = in_garden(packet, {packet.source, packet.destination, true, false}, decisions);
	if (from && is_refusal(*from)) return *from;
	Packet translated = packet;
	if (from && from->to) translated.destination = *from->to;
	Decided decided = by_mail(translated, decisions);
	if (is_notice(decided)) return decided;
	if (decided.to) translated.destination = *decided.to;
	const std::string_view counted = from ? from->counter : decided.to ? decided.counter : std::string_view();

	auto to = in_garden(packet, {translated.destination, packet.source, false, false}, decisions);
	if (to && is_refusal(*to)) decided = *to;
	if (is_refusal(decided)) {
		decided.also_counted = counted;
		return decided;
	}
	if (from && (from->to || decided.verdict == Verdict::not_ours)) {
		Decided allowed = *from;
		allowed.also_counted = decided.counter;
		return allowed;
	}
	return to && decided.verdict == Verdict::not_ours ? *to : decided;
}

// What the chain `forward` of gate25.nft, tunnels.nft and redirect.nft say.
Decided Policy::by_mail(const Packet& packet, const DecisionIndex& decisions) const {
	const bool is_tcp = packet.protocol == protocol_tcp;
	const bool tunnel = is_tunnel(packet.protocol) && config_.port25.tunnels == Tunnels::drop;
	if ((is_tcp && is_mail(packet.destination_port)) || tunnel) {
		const Side side{packet.source, packet.destination, true, !is_submission(packet.destination_port) || tunnel};
		if (is_subscriber(packet.source)) return judged(packet, side, decisions);
	}
	if (is_tcp && is_mail(packet.source_port)) {
		const Side side{packet.destination, packet.source, false, !is_submission(packet.source_port)};
		if (is_subscriber(packet.destination)) return judged(packet, side, decisions);
	}
	return {};
}

Decided Policy::decide(const Packet& packet, const DecisionIndex& decisions) const {
	Decided decided = config_.garden.enabled ? through_garden(packet, decisions) : by_mail(packet, decisions);
	decided.may_be_over_volume = is_over_volume_possible(packet, decided);
	return decided;
}

// The chain `let_out` of gate25.nft sees it.
bool Policy::is_over_volume_possible(const Packet& packet, const Decided& decided) const {
	if (decided.verdict != Verdict::accept || packet.protocol != protocol_tcp || !packet.opens) return false;
	if (packet.destination_port != port_smtp || !is_subscriber(packet.source)) return false;
	const bool is_seen = decided.counter == "open" || decided.counter == "exempt" ||
	                     (decided.counter == "relay" && config_.volume.relays);
	return is_seen && !limits_for(packet.source).empty();
}

std::vector<Limit> Policy::limits_for(const Address& subscriber) const {
	std::vector<Limit> limits;
	for (const VolumeLimit& each : config_.volume.limits)
		if (is_refusing_connections(config_.volume, each) && is_for(each, subscriber)) limits.push_back(each.limit);
	return limits;
}

std::string chain_text(const Decided& decided, Family family) {
	std::string name(decided.chain);
	if (name.ends_with("_from") || name.ends_with("_to") || name == "notice_give") name += family == Family::ipv4 ? '4' : '6';
	return name;
}

std::string counter_text(const Decided& decided, Family family) {
	if (decided.counter.empty()) return {};
	return std::string(decided.counter) + (family == Family::ipv4 ? '4' : '6');
}

} // namespace gate25
