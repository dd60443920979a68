// SPDX-License-Identifier: GPL-2.0-or-later
#include "scene.h"

#include "lab.h"

#include <algorithm>
#include <fmt/format.h>

namespace gate25::compare {
namespace {

Address address_of(const char* text) { return Address::parse(text).value(); }

// Another address that shares a random part of its bits with this one.
Address near(Dice& dice, const Address& address) {
	const unsigned bits = address_bits(address.family());
	std::array<std::uint8_t, 16> bytes{};
	std::copy(address.bytes().begin(), address.bytes().end(), bytes.begin());
	const std::size_t from = dice.between(bits == 32 ? 20 : 44, bits - 1);
	bytes[from / 8] = static_cast<std::uint8_t>(bytes[from / 8] ^ 0x80 >> from % 8);
	for (std::size_t i = from / 8 + 1; i < bits / 8; ++i)
		bytes[i] = dice.chance(50) ? dice.byte() : dice.of<std::uint8_t>({0, 0, 1, 25, 254, 255});
	return Address::from_bytes(std::span(bytes).first(bits / 8));
}

Places random_places(Dice& dice, bool v4) {
	Places places;
	places.subscribers.push_back(address_of(v4 ? "100.64.8.7" : "2001:db8:1000:100::7"));
	while (places.subscribers.size() < 6) places.subscribers.push_back(near(dice, dice.of(places.subscribers)));
	places.subscribers.push_back(address_of(v4 ? "198.18.3.3" : "2001:db8:8000:300::3"));
	const std::vector<const char*> outside4{"192.0.2.25", "192.0.2.80", "198.51.100.25", "203.0.113.255", "1.0.0.0", "223.255.255.255"};
	const std::vector<const char*> outside6{"2001:db8:25::25", "2001:db8:25::80", "2001:db8:f00::25", "2001::", "2a00::ffff:25", "3fff:ffff::ffff"};
	for (const char* text : v4 ? outside4 : outside6) places.outsiders.push_back(address_of(text));
	const auto one = [&] { return dice.chance(30) ? places.subscriber(dice) : dice.of(places.outsiders); };
	for (std::size_t count = dice.between(1, 3); count > 0; --count) places.relays.push_back(one());
	for (std::size_t count = dice.between(1, 3); count > 0; --count) places.garden.push_back(one());
	return places;
}

void add_edges(Places& places, const Prefix& prefix) {
	for (const Address& edge : {prefix.first(), prefix.last(), prefix.first().previous(), prefix.last().next()})
		if (Lab::is_usable(edge)) places.edges.push_back(edge);
}

std::vector<Prefix> all_prefixes(const Scene& scene) {
	std::vector<Prefix> all = scene.config.network.subscribers;
	const auto add = [&](const std::vector<Prefix>& more) { all.insert(all.end(), more.begin(), more.end()); };
	add(scene.config.network.relays);
	add(scene.config.garden.allow);
	for (const PrefixPolicy& policy : scene.config.prefixes) all.push_back(policy.match);
	for (const Standing& standing : scene.decisions.standings({})) all.push_back(standing.prefix);
	return all;
}

Decisions::Row random_row(Dice& dice, std::uint64_t id) {
	Decisions::Row row{id, std::nullopt, std::nullopt};
	if (dice.chance(75)) row.level = dice.of({Level::notify, Level::limit, Level::limit, Level::port25, Level::mail, Level::garden, Level::garden});
	if (dice.chance(60)) row.duration = Seconds{dice.between(3600, 90 * 86400)};
	return row;
}

// Mostly for lengths that the configuration knows; the agent would refuse some of these prefixes, but a
// change of the configuration can leave them behind. Often several for one address, at several lengths.
void add_decisions(Dice& dice, Scene& scene) {
	const Network& network = scene.config.network;
	std::uint64_t id = 0;
	for (std::size_t count = dice.between(0, 14); count > 0; --count) {
		const bool v4 = dice.chance(50);
		std::vector<unsigned> lengths = v4 ? network.further_lengths_ipv4 : network.further_lengths_ipv6;
		lengths.insert(lengths.end(), lengths.size() / 2 + 1, v4 ? 32 : network.subscriber_prefix_ipv6);
		if (dice.chance(3)) lengths = {v4 ? 23U : 63U};
		const Places& places = scene.places[v4 ? 0 : 1];
		const std::size_t die = dice.below(100);
		const Address& address = die < 20 ? places.subscribers.front() : die < 90 ? places.subscriber(dice) : places.any(dice);
		do scene.decisions.add(Prefix::of(address, dice.of(lengths)), random_row(dice, ++id));
		while (dice.chance(60));
	}
}

} // namespace

std::optional<DecisionIndex::Found> Decisions::quarantine(const Prefix& exact) const {
	const auto found = quarantines_.find(exact);
	if (found == quarantines_.end()) return std::nullopt;
	return Found{*found->second.level, found->second.id};
}

std::optional<std::uint64_t> Decisions::exemption(const Prefix& exact) const {
	const auto found = exemptions_.find(exact);
	if (found == exemptions_.end()) return std::nullopt;
	return found->second.id;
}

std::vector<Standing> Decisions::standings(const Now& now) const {
	std::vector<Standing> all;
	for (const auto* rows : {&quarantines_, &exemptions_})
		for (const auto& [prefix, row] : *rows)
			all.push_back({prefix, row.level, row.duration ? std::optional(deadline_after(now, *row.duration)) : std::nullopt});
	return all;
}

const Address& Places::any(Dice& dice) const {
	const std::size_t die = dice.below(100);
	if (die < 35) return dice.of(subscribers);
	if (die < 55) return dice.of(outsiders);
	if (die < 70) return dice.of(relays);
	if (die < 80) return dice.of(garden);
	return edges.empty() ? dice.of(outsiders) : dice.of(edges);
}

Scene random_scene(Dice& dice, const Wish& wish) {
	Scene scene;
	scene.places[0] = random_places(dice, true);
	scene.places[1] = random_places(dice, false);
	scene.config = random_config(dice, scene.places, wish);
	add_decisions(dice, scene);
	for (const Prefix& prefix : all_prefixes(scene)) add_edges(scene.places[prefix.family() == Family::ipv4 ? 0 : 1], prefix);
	return scene;
}

std::string Scene::text() const {
	const auto list = [](const std::vector<Prefix>& prefixes) {
		std::string out;
		for (const Prefix& prefix : prefixes) out += " " + prefix.text();
		return out;
	};
	const Network& network = config.network;
	std::string out = fmt::format("subscribers{}\nrelays{}\ngarden {}{} portals {} {}\nlengths 32 {} and {} {}\n", list(network.subscribers),
	                              list(network.relays), config.garden.enabled, list(config.garden.allow),
	                              config.garden.portal_ipv4 ? config.garden.portal_ipv4->text() : "-",
	                              config.garden.portal_ipv6 ? config.garden.portal_ipv6->text() : "-",
	                              fmt::join(network.further_lengths_ipv4, " "), network.subscriber_prefix_ipv6,
	                              fmt::join(network.further_lengths_ipv6, " "));
	out += fmt::format("policy {} deny {} redirect to {}, tunnels {}, limit {}\n", policy_text(config.port25.policy),
	                   config.port25.deny == Deny::drop ? "drop" : config.port25.deny == Deny::reset ? "reset" : "notice",
	                   config.port25.redirect_to == RedirectTo::relay ? "relay" : "same-host",
	                   config.port25.tunnels == Tunnels::drop ? "drop" : "allow", config.quarantine.limit);
	for (const VolumeLimit& each : config.volume.limits)
		out += fmt::format("limit {} for{}, refuses {}\n", each.limit.text(), list(each.match), is_refusing_connections(config.volume, each));
	if (config.volume.enabled) out += fmt::format("volume, relays {}, verdicts {}\n", config.volume.relays, static_cast<int>(config.volume.verdicts));
	for (const PrefixPolicy& policy : config.prefixes) out += fmt::format("{} is {}\n", policy.match.text(), policy_text(policy.action));
	for (const Standing& s : decisions.standings({}))
		out += fmt::format("{} {}\n", s.prefix.text(), s.level ? level_text(*s.level) : "exempt");
	return out;
}

} // namespace gate25::compare
