// SPDX-License-Identifier: GPL-2.0-or-later
#include "comparison.h"

#include "edge/kernel/nft_json.h"

#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace gate25::compare {
namespace {

// Fewer than the burst of resets that one subscriber may earn (deny_reset in gate25.nft).
constexpr unsigned packets_per_turn = 35;
constexpr unsigned packets_per_scene = 2 * packets_per_turn;

constexpr const char* empty_dynamic_sets =
	"flush set inet gate25 limits4; flush set inet gate25 limits6; flush set inet gate25 resets4;"
	"flush set inet gate25 resets6; flush set inet gate25 cut4; flush set inet gate25 cut6";

bool tracks_connections(const Config& config) {
	return uses_redirect(config) || config.garden.portal_ipv4 || config.garden.portal_ipv6;
}

} // namespace

RulesSource read_rules(const std::string& directory) {
	RulesSource source;
	for (const auto& entry : std::filesystem::directory_iterator(directory)) {
		if (entry.path().extension() != ".nft") continue;
		std::ostringstream text;
		text << std::ifstream(entry.path()).rdbuf();
		source[entry.path().filename()] = text.str();
	}
	return source;
}

std::string rules_of(const RulesSource& source, const Config& config) {
	auto rules = rules_text(source, Policy(config));
	if (!rules) throw std::runtime_error(rules.error().text);
	return *rules;
}

std::string load_by_agent( const std::string& rules, const Scene& scene) {
	return Firewall::run("table inet gate25 {\n}\ndelete table inet gate25\n" + rules +
	                    elements_text(scene.config.network, scene.decisions.standings({}), {}));
}

std::string load_export(const std::string& rules, const Scene& scene) {
	return Firewall::run_program("", standalone_text(rules, scene.config.network, scene.decisions.standings({}), {}));
}

std::string load_export_as_json(const std::string& rules, const Scene& scene) {
	const auto json = ruleset_as_json(standalone_text(rules, scene.config.network, scene.decisions.standings({}), {}));
	return json ? Firewall::run_program("-j", *json) : json.error().text;
}

Comparison::Comparison(Lab& lab, Firewall& firewall, RulesSource source, Loader loader)
	: lab_(lab), firewall_(firewall), source_(std::move(source)), load_(std::move(loader)) {}

void Comparison::run(Dice& dice, std::uint64_t cases) {
	while (tally_.cases < cases && is_worth_going_on()) {
		const Scene scene = random_scene(dice);
		run_scene(dice, scene, std::min<std::uint64_t>(packets_per_scene, cases - tally_.cases));
	}
}

void Comparison::run_scene(Dice& dice, const Scene& scene, std::uint64_t cases) {
	++tally_.scenes;
	const std::string wrong = load_(rules_of(source_, scene.config), scene);
	if (!wrong.empty()) return disagree(scene, "the kernel does not take the rules: " + wrong);
	firewall_.forget_connections();
	talkers_.clear();
	firewall_.take_counters();
	Oracle oracle(scene);
	Frame frame;
	for (std::uint64_t i = 0; i < cases && is_worth_going_on(); ++i) {
		if (i == packets_per_turn) {
			Firewall::run(empty_dynamic_sets);
			oracle.forget();
		}
		const auto id = static_cast<std::uint32_t>(i + 1);
		const bool dials = frame.flags == flag_syn && frame.packet.destination_port != port_http; // again, to meet its limit
		frame = i != 0 && dice.chance(dials ? 45 : 15) ? repeated(dice, frame, id) : random_frame(dice, scene, id);
		send(frame, scene, oracle);
	}
	if (!tracks_connections(scene.config)) check_no_tracking(scene);
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
	if (tracks_connections(scene.config)) make_room_for(frame);
	const Expected expected = oracle.expect(frame);
	const std::vector<Seen> seen = lab_.send(frame);
	const Moved moved = firewall_.take_counters();
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
