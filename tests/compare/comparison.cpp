// SPDX-License-Identifier: GPL-2.0-or-later
#include "comparison.h"

#include <fmt/format.h>

namespace gate25::compare {
namespace {

// Fewer than the burst of resets that one subscriber may earn (deny_reset in gate25.nft).
constexpr std::uint64_t packets_per_scene = 35;

bool tracks_connections(const Config& config) {
	return uses_redirect(config) || config.port25.deny == Deny::notice || config.garden.portal_ipv4 || config.garden.portal_ipv6;
}

} // namespace

Comparison::Comparison(Lab& lab, Firewall& firewall, RulesSource source, Way way)
	: lab_(lab), firewall_(firewall), source_(std::move(source)), way_(std::move(way)) {}

void Comparison::run(Dice& dice, std::uint64_t cases) {
	while (tally_.cases < cases && is_worth_going_on()) {
		run_scene(dice, random_scene(dice), std::min(packets_per_scene, cases - tally_.cases));
	}
}

void Comparison::run_scene(Dice& dice, const Scene& scene, std::uint64_t cases) {
	++tally_.scenes;
	const std::string wrong = way_.load(rules_of(source_, scene.config), scene);
	if (!wrong.empty()) return disagree(scene, "the kernel does not take the rules: " + wrong);
	firewall_.forget_connections();
	talkers_.clear();
	firewall_.take_counters(way_.judge.is_guard ? "gate25_guard" : "gate25");
	Oracle oracle(scene, way_.judge);
	Frame frame;
	for (std::uint64_t i = 0; i < cases && is_worth_going_on(); ++i) {
		const auto id = static_cast<std::uint32_t>(i + 1);
		const bool dials = frame.flags == flag_syn && frame.packet.destination_port != port_http; // again, to meet its limit
		frame = i != 0 && dice.chance(dials ? 45 : 15) ? repeated(dice, frame, id) : random_frame(dice, scene, id);
		send(frame, scene, oracle);
	}
	if (!tracks_connections(oracle.policy().config())) check_no_tracking(scene);
}

// Each packet must be the first of its connection, or connection tracking knows it already.
void Comparison::make_room_for(const Frame& frame) {
	const Packet& p = frame.packet;
	const bool has_ports = p.protocol == protocol_tcp || p.protocol == protocol_udp;
	const auto end = [&](const Address& address, std::uint16_t port) {
		return std::tuple(p.protocol, address, has_ports ? port : std::uint16_t{0});
	};
	const auto from = end(p.source, p.source_port), to = end(p.destination, p.destination_port);
	if (talkers_.contains(from) || talkers_.contains(to)) {
		firewall_.forget_connections();
		talkers_.clear();
	}
	talkers_.insert(from);
}

void Comparison::send(const Frame& frame, const Scene& scene, Oracle& oracle) {
	if (tracks_connections(oracle.policy().config())) make_room_for(frame);
	const Expected expected = oracle.expect(frame);
	const std::vector<Seen> seen = lab_.send(frame);
	const Moved moved = firewall_.take_counters(way_.judge.is_guard ? "gate25_guard" : "gate25");
	++tally_.cases;
	++tally_.verdicts[fmt::format("{} {}", expected.decided.step, verdict_text(expected.decided.verdict))];
	for (const auto& [counter, packets] : moved) tally_.counters[counter] += packets;
	const std::string wrong = difference(frame, expected, seen, moved);
	if (!wrong.empty()) disagree(scene, wrong);
}

void Comparison::check_no_tracking(const Scene& scene) {
	if (Firewall::connections() != 0) disagree(scene, "connection tracking is on without redirect and portal");
}

void Comparison::disagree(const Scene& scene, const std::string& how) {
	++tally_.disagreements;
	fmt::print("DISAGREEMENT in scene {}: {}{}\n", tally_.scenes, how, scene.text());
}

} // namespace gate25::compare
