// SPDX-License-Identifier: GPL-2.0-or-later
#include "stage.h"

#include <fmt/format.h>

namespace gate25::compare {
namespace {

std::string& directory() {
	static std::string name;
	return name;
}

Lab& lab() {
	static Lab the_lab;
	return the_lab;
}

Firewall& firewall() {
	lab(); // in whose namespace it is made
	static Firewall the_firewall;
	return the_firewall;
}

std::string fate_of(const Frame& frame, const std::vector<Seen>& seen) {
	if (seen.empty()) return "nothing";
	const Frame& out = seen[0].frame;
	if (seen.size() != 1) return fmt::format("{} packets", seen.size());
	const bool is_same = out.packet.destination == frame.packet.destination &&
	                     out.packet.destination_port == frame.packet.destination_port;
	if (out.id == frame.id && out.packet.source == frame.packet.source) {
		if (!out.has_good_sum) return "a bad checksum";
		if (!is_same) return fmt::format("redirect {} {}", out.packet.destination_port, out.packet.destination.text());
		return out.flags == frame.flags ? "passes" : (out.flags & flag_rst) != 0 ? "reset" : "other flags";
	}
	const bool is_answer = out.packet.source == frame.packet.destination && out.packet.destination == frame.packet.source &&
	                       out.packet.source_port == frame.packet.destination_port && (out.flags & flag_rst) != 0;
	return is_answer ? "answered" : fmt::format("out came {}", out.text());
}

} // namespace

void set_rules_directory(std::string name) { directory() = std::move(name); }

const RulesSource& rules_source() {
	static const RulesSource source = read_rules(directory());
	return source;
}

Stage::Stage(const Config& config)
	: Stage([&] {
		  Scene scene;
		  scene.config = config;
		  return scene;
	  }()) {}

Stage::Stage(const Scene& scene) : config_(scene.config) {
	firewall();
	REQUIRE(load_by_agent(rules_of(rules_source(), config_), scene) == "");
	firewall().forget_connections();
	firewall().take_counters();
}

void Stage::change(const char* verb, const char* prefix, std::optional<Level> level) {
	const Prefix parsed = Prefix::parse(prefix).value();
	const auto set = set_of(config_.network, parsed, level);
	REQUIRE(set.has_value());
	REQUIRE(Firewall::run(fmt::format("{} element inet gate25 {} {{ {} }}", verb, set->name(), parsed.address().text())) == "");
}
void Stage::quarantine(const char* prefix, Level level) { change("add", prefix, level); }
void Stage::exempt(const char* prefix) { change("add", prefix, std::nullopt); }
void Stage::release(const char* prefix, std::optional<Level> level) { change("delete", prefix, level); }

Outcome Stage::send(Frame frame) {
	frame.id = ++id_;
	Outcome outcome;
	outcome.sent = frame;
	outcome.seen = lab().send(frame);
	outcome.moved = firewall().take_counters();
	outcome.fate = fate_of(frame, outcome.seen);
	return outcome;
}

Outcome Stage::tcp(const char* from, std::uint16_t port, const char* to, std::uint16_t to_port, std::uint8_t flags) {
	Frame frame;
	frame.packet.source = Address::parse(from).value();
	frame.packet.destination = Address::parse(to).value();
	frame.packet.source_port = port;
	frame.packet.destination_port = to_port;
	frame.flags = flags;
	return send(frame);
}

Config plain_config() {
	Config config;
	for (const char* text : {"100.64.0.0/10", "2001:db8:1000::/36"}) config.network.subscribers.push_back(Prefix::parse(text).value());
	for (const Names& names : both_families) {
		config.network.relays.push_back(Prefix::parse(names.relay).value());
		config.port25.redirect_relays.push_back(Address::parse(names.relay).value());
	}
	return config;
}

std::string text_of(const Moved& moved) {
	std::string text;
	for (const auto& [name, packets] : moved) text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, packets);
	return text;
}

} // namespace gate25::compare
