// SPDX-License-Identifier: GPL-2.0-or-later
#include "oracle.h"

#include <algorithm>
#include <fmt/format.h>

namespace gate25::compare {
namespace {

bool has_ports(const Packet& packet) { return packet.protocol == protocol_tcp || packet.protocol == protocol_udp; }

// The chains of gate25.nft and garden.nft that end a live session of a quarantined subscriber: $deny_live.
bool ends_live_sessions(const Decided& decided) { return decided.step == 2 && decided.chain.ends_with("_from"); }

bool is_mid_stream(const Frame& frame) {
	return frame.packet.protocol == protocol_tcp && (frame.flags & (flag_syn | flag_ack | flag_rst | flag_fin)) == flag_ack;
}

std::string with_digit(std::string_view counter, const Packet& packet) {
	return std::string(counter) + (packet.source.family() == Family::ipv4 ? '4' : '6');
}

std::string counters_text(const Moved& moved) {
	std::string text;
	for (const auto& [name, packets] : moved) text += fmt::format(" {}={}", name, packets);
	return text.empty() ? " none" : text;
}

std::string wrong_passage(const Frame& frame, const Expected& expected, const std::vector<Seen>& seen) {
	if (seen.size() != 1) return fmt::format("{} packets came out instead of one", seen.size());
	const Frame& out = seen[0].frame;
	const std::uint8_t flags = expected.fate == Fate::is_cut ? flag_rst : frame.flags;
	if (out.id != frame.id || out.packet.source != frame.packet.source || out.packet.protocol != frame.packet.protocol)
		return "another packet came out";
	if (out.packet.destination != expected.to) return "it went to another destination";
	if (has_ports(frame.packet) && out.packet.destination_port != expected.to_port) return "it went to another port";
	if (has_ports(frame.packet) && out.packet.source_port != frame.packet.source_port) return "its source port changed";
	if (out.flags != flags) return "its TCP flags are wrong";
	if (out.hops != sent_hops - 1) return "its hop count is wrong";
	if (!out.has_good_sum) return "its checksum is wrong";
	return seen[0].leg == Lab::leg_of(expected.to) ? "" : "it came out on the wrong side";
}

// The reset must look as if it came from where the packet was sent to, or the sender's TCP ignores it.
std::string wrong_answer(const Frame& frame, const std::vector<Seen>& seen) {
	const bool is_reset = (frame.flags & flag_rst) != 0; // is never answered with another
	if (seen.size() != (is_reset ? 0 : 1)) return fmt::format("{} packets came out instead of one reset", seen.size());
	if (is_reset) return {};
	const Packet& answer = seen[0].frame.packet;
	const bool is_back = answer.source == frame.packet.destination && answer.destination == frame.packet.source &&
	                     answer.source_port == frame.packet.destination_port &&
	                     answer.destination_port == frame.packet.source_port;
	if (!is_back || (seen[0].frame.flags & flag_rst) == 0) return "what came out is no reset for the sender";
	return seen[0].leg == Lab::leg_of(frame.packet.source) ? "" : "the reset went to the wrong side";
}

std::string wrong_fate(const Frame& frame, const Expected& expected, const std::vector<Seen>& seen) {
	switch (expected.fate) {
	case Fate::passes:
	case Fate::is_cut: return wrong_passage(frame, expected, seen);
	case Fate::answered: return wrong_answer(frame, seen);
	case Fate::vanishes: break;
	}
	return seen.empty() ? "" : "something came out";
}

Config garden_less(Config config) {
	config.garden.enabled = false;
	return config;
}

// Of rules/notice.nft: so many in a row for each subscriber.
constexpr unsigned notice_burst = 10;

Config notice_less(Config config) {
	if (config.port25.deny == Deny::notice) config.port25.deny = Deny::reset;
	return config;
}

// What the guard holds.
Config without_translation(Config config) {
	config = notice_less(std::move(config));
	config.volume.enabled = false;
	const auto refuse = [](PolicyAction& action) {
		if (action == PolicyAction::redirect) action = PolicyAction::block;
	};
	refuse(config.port25.policy);
	for (PrefixPolicy& policy : config.prefixes) refuse(policy.action);
	config.garden.allow = garden_destinations(config.garden);
	config.garden.portal_ipv4.reset();
	config.garden.portal_ipv6.reset();
	return config;
}

} // namespace

Oracle::Oracle(const Scene& scene, Judge judge)
	: judge_(judge), policy_(judge.is_guard ? without_translation(scene.config) : scene.config),
	  without_garden_(garden_less(scene.config)), without_notice_(notice_less(policy_.config())),
	  meters_(needed_meters(policy_.config(), {})), decisions_(scene.decisions) {}

Decided Oracle::decide(const Packet& packet) {
	Decided decided = policy_.decide(packet, decisions_);
	if (!is_notice(decided)) return decided;
	unsigned& noticed = noticed_[subscriber_of(policy_.config().network, packet.source)];
	return noticed++ < notice_burst ? decided : without_notice_.decide(packet, decisions_);
}

// The meters are asked in turn until one refuses; those before it have taken a token then. What none refuses may come
// again.
bool Oracle::is_over_volume(const Packet& packet) {
	const Prefix subscriber = subscriber_of(policy_.config().network, packet.source);
	const std::tuple first_packet(packet.source, packet.source_port, packet.destination);
	if (known_first_packets_.contains(first_packet)) return false;
	for (const Meter& meter : meters_) {
		const auto holds = [&](const Prefix& prefix) { return prefix.contains(packet.source); };
		if (std::none_of(meter.match.begin(), meter.match.end(), holds)) continue;
		const bool by_destination = is_second(meter.limit.quantity);
		const std::tuple pair(meter.name, subscriber, packet.destination);
		if (by_destination && known_destinations_.contains(pair)) continue;
		unsigned& metered = metered_[{meter.name, subscriber}];
		if (metered >= meter.limit.most) return true;
		++metered;
		if (by_destination) known_destinations_.insert(pair);
	}
	known_first_packets_.insert(first_packet);
	return false;
}

bool Oracle::is_over_limit(const Packet& packet) {
	unsigned& opened = opened_[subscriber_of(policy_.config().network, packet.source)];
	if (opened >= policy_.config().quarantine.limit) return true;
	++opened;
	return false;
}

// The chain notify_from counts whom it lets on.
bool Oracle::counts_notify(const Packet& packet, const Decided& decided) const {
	const bool is_tunnel = policy_.config().port25.tunnels == Tunnels::drop &&
	                       (packet.protocol == 4 || packet.protocol == 41 || packet.protocol == 47);
	const std::uint16_t port = packet.destination_port;
	const bool is_mail = packet.protocol == protocol_tcp && (port == 25 || port == 465 || port == 587);
	return decided.level == "notify" && (is_mail || is_tunnel) && policy_.is_subscriber(packet.source);
}

Verdict Oracle::usual_refusal() const {
	return policy_.config().port25.deny == Deny::drop ? Verdict::drop : Verdict::reset;
}

void Oracle::refuse(const Frame& frame, Verdict verdict, bool is_live, Expected& expected) {
	const Packet& p = frame.packet;
	if (verdict == Verdict::drop) {
		expected.fate = Fate::vanishes;
		++expected.counters[with_digit("drop", p)];
	} else if (judge_.is_guard && is_live && (frame.flags & flag_rst) != 0) {
		expected.fate = Fate::passes;
		if (expected.decided.chain == "garden_end_from") judge_farewell(p, expected);
	} else if (!judge_.is_guard && is_live && is_mid_stream(frame) &&
	           cut_.emplace(p.source, p.source_port, p.destination, p.destination_port).second) {
		expected.fate = Fate::is_cut;
		++expected.counters[with_digit("cut_", p)];
		if (expected.decided.chain == "garden_end_from") judge_farewell(p, expected);
	} else {
		expected.fate = Fate::answered;
		++expected.counters[with_digit("reset", p)];
	}
}

// The chain `garden` has let a reset go; `forward` still looks at it when it comes from a mail port.
void Oracle::judge_farewell(Packet packet, Expected& expected) const {
	packet.opens = packet.is_trackable = false;
	const Decided decided = without_garden_.decide(packet, decisions_);
	if (!decided.counter.empty()) ++expected.counters[with_digit(decided.counter, packet)];
	if (decided.verdict != Verdict::reset) return;
	expected.fate = Fate::vanishes; // a reset is not answered with another
	++expected.counters[with_digit("reset", packet)];
}

Expected Oracle::expect(const Frame& frame) {
	Expected expected;
	const Packet& p = frame.packet;
	const Decided& decided = expected.decided = decide(p);
	expected.to = decided.to.value_or(p.destination);
	expected.to_port = decided.to ? decided.to_port : p.destination_port;
	expected.fate = Fate::passes;
	const bool is_limited = decided.may_be_limited && is_over_limit(p);
	if (!is_limited || decided.verdict == Verdict::redirect) // a translation comes before the limit
		for (std::string_view counter : {decided.counter, decided.also_counted})
			if (!counter.empty()) ++expected.counters[with_digit(counter, p)];
	if (is_notice(decided)) { // nobody listens there: the router resets it in the name of the host that was dialled
		expected.fate = Fate::answered;
		return expected;
	}
	if (counts_notify(p, decided)) ++expected.counters[with_digit("notify", p)];
	if (is_limited) {
		++expected.counters[with_digit("limit", p)];
		refuse(frame, usual_refusal(), false, expected);
	} else if (decided.may_be_over_volume && is_over_volume(p)) {
		++expected.counters[with_digit("volume", p)];
		refuse(frame, usual_refusal(), false, expected);
	} else if (decided.verdict == Verdict::reset || decided.verdict == Verdict::drop) {
		refuse(frame, decided.verdict, ends_live_sessions(decided), expected);
	}
	return expected;
}

std::string difference(const Frame& frame, const Expected& expected, const std::vector<Seen>& seen, const Moved& moved) {
	std::string wrong = wrong_fate(frame, expected, seen);
	if (wrong.empty() && moved != expected.counters) wrong = "other counters moved";
	if (wrong.empty()) return {};
	const Decided& d = expected.decided;
	wrong += fmt::format("\n  packet    {}\n  model     {} at step {} in {}, to {}:{}, counters{}\n  kernel    counters{}\n", frame.text(),
	                     verdict_text(d.verdict), d.step, chain_text(d, frame.packet.source.family()), expected.to.text(),
	                     expected.to_port, counters_text(expected.counters), counters_text(moved));
	for (const Seen& one : seen) wrong += "  came out  " + one.frame.text() + "\n";
	return wrong;
}

} // namespace gate25::compare
