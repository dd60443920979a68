// SPDX-License-Identifier: GPL-2.0-or-later
#include "scene.h"

#include <algorithm>

namespace gate25::compare {
namespace {

Prefix prefix_of(const char* text) { return Prefix::parse(text).value(); }

std::vector<Prefix> random_subscribers(Dice& dice, const Places& places, bool v4) {
	std::vector<Prefix> out;
	if (dice.chance(6)) return out; // a network of the other family alone
	out.push_back(prefix_of(v4 ? dice.of({"100.64.0.0/10", "100.64.0.0/16", "100.64.8.0/22"})
	                           : dice.of({"2001:db8:1000::/36", "2001:db8:1000::/40", "2001:db8:1000::/44"})));
	if (dice.chance(30)) out.push_back(prefix_of(v4 ? "198.18.0.0/15" : "2001:db8:8000::/33"));
	if (dice.chance(30)) { // one inside the other, or beside it
		const unsigned length = static_cast<unsigned>(v4 ? dice.between(16, 32) : dice.between(40, 64));
		out.push_back(Prefix::of(places.subscriber(dice), length));
	}
	return out;
}

std::vector<Prefix> random_relays(Dice& dice, const Places& places, bool v4) {
	std::vector<Prefix> out;
	for (const Address& relay : places.relays) {
		const bool is_host = dice.chance(70);
		const auto length = static_cast<unsigned>(v4 ? dice.between(24, 31) : dice.between(48, 127));
		out.push_back(is_host ? Prefix::host(relay) : Prefix::of(relay, length));
	}
	return out;
}

void add_policies(Dice& dice, const Places& places, bool v4, std::vector<PrefixPolicy>& out) {
	for (std::size_t count = dice.below(6); count > 0; --count) {
		const unsigned length = v4 ? dice.of({8U, 10U, 12U, 16U, 20U, 22U, 23U, 24U, 25U, 28U, 30U, 31U, 32U})
		                           : dice.of({32U, 36U, 40U, 44U, 48U, 52U, 56U, 60U, 63U, 64U, 96U, 127U, 128U});
		const Prefix match = Prefix::of(dice.chance(80) ? places.subscriber(dice) : places.any(dice), length);
		const auto same = [&](const PrefixPolicy& policy) { return policy.match == match; };
		if (std::any_of(out.begin(), out.end(), same)) continue;
		out.push_back({match, dice.of({PolicyAction::block, PolicyAction::redirect, PolicyAction::open})});
	}
}

void random_lengths(Dice& dice, Network& network) {
	network.subscriber_prefix_ipv6 = dice.of({48U, 52U, 56U, 56U, 60U, 64U, 64U, 128U});
	if (dice.chance(70)) network.further_lengths_ipv4 = dice.some<unsigned>({31, 30, 29, 28, 27, 26, 25, 24}, 30);
	if (dice.chance(70)) network.further_lengths_ipv6 = dice.some<unsigned>({128, 64, 60, 56, 48, 40}, 40);
	std::erase(network.further_lengths_ipv6, network.subscriber_prefix_ipv6);
}

void random_garden(Dice& dice, const Places (&places)[2], const Wish& wish, Garden& garden) {
	garden.enabled = dice.chance(60);
	if (!garden.enabled) return;
	for (const Places& here : places)
		for (const Address& place : here.garden) {
			const unsigned bits = address_bits(place.family());
			garden.allow.push_back(Prefix::of(place, dice.chance(70) ? bits : bits - static_cast<unsigned>(dice.below(9))));
		}
	if (wish.stateless) return;
	if (dice.chance(70)) garden.portal_ipv4 = dice.of(places[0].garden);
	if (dice.chance(70)) garden.portal_ipv6 = dice.of(places[1].garden);
}

void random_port25(Dice& dice, const Places (&places)[2], const Wish& wish, Port25& port25) {
	port25.policy = wish.policy ? *wish.policy
	                            : dice.of({PolicyAction::block, PolicyAction::redirect, PolicyAction::redirect, PolicyAction::open});
	port25.deny = wish.deny ? *wish.deny : dice.of({Deny::reset, Deny::reset, Deny::drop, wish.stateless ? Deny::reset : Deny::notice});
	port25.tunnels = dice.of({Tunnels::allow, Tunnels::drop});
	port25.redirect_to = dice.of({RedirectTo::same_host, RedirectTo::relay});
	for (const Places& here : places)
		for (std::size_t count = dice.between(1, 5); count > 0; --count)
			port25.redirect_relays.push_back(dice.chance(50) ? dice.of(here.relays) : dice.of(here.outsiders));
}

// Held by the kernel: nothing else can be compared with what it does.
void random_volume(Dice& dice, const Places (&places)[2], VolumeRules& volume) {
	volume.enabled = dice.chance(75);
	volume.relays = dice.chance(50);
	volume.verdicts = dice.of({Verdicts::automatic, Verdicts::automatic, Verdicts::meters, Verdicts::meters, Verdicts::external});
	for (std::size_t count = dice.below(4); count > 0; --count) {
		VolumeLimit& each = volume.limits.emplace_back();
		each.limit.quantity = dice.of({Quantity::connections, Quantity::connections, Quantity::destinations, Quantity::attempts});
		each.limit.most = dice.of({1U, 1U, 1U, 2U, 3U});
		each.limit.per = dice.of({Window::hour, Window::day});
		each.mode = dice.chance(80) ? Mode::enforce : Mode::monitor;
		each.then = dice.of({Then::refuse, Then::refuse, Then::refuse_and_alert, Then::alert});
		if (dice.chance(50)) continue;
		for (std::size_t match = dice.between(1, 3); match > 0; --match) {
			const bool v4 = dice.chance(50);
			const auto length = static_cast<unsigned>(v4 ? dice.between(10, 32) : dice.between(32, 64));
			each.match.push_back(Prefix::of(places[v4 ? 0 : 1].subscriber(dice), length));
		}
	}
}

} // namespace

Config random_config(Dice& dice, const Places (&places)[2], const Wish& wish) {
	Config config;
	for (std::size_t i : {0U, 1U}) {
		const auto subscribers = random_subscribers(dice, places[i], i == 0);
		const auto relays = random_relays(dice, places[i], i == 0);
		config.network.subscribers.insert(config.network.subscribers.end(), subscribers.begin(), subscribers.end());
		config.network.relays.insert(config.network.relays.end(), relays.begin(), relays.end());
		if (dice.chance(70)) add_policies(dice, places[i], i == 0, config.prefixes);
	}
	if (config.network.subscribers.empty()) config.network.subscribers.push_back(prefix_of("100.64.0.0/10"));
	random_lengths(dice, config.network);
	random_port25(dice, places, wish, config.port25);
	random_garden(dice, places, wish, config.garden);
	random_volume(dice, places, config.volume);
	config.quarantine.limit = dice.of({1U, 1U, 1U, 2U, 2U, 5U, 10U, 20U, 50U, 100U});
	if (!wish.stateless) return config;
	if (config.port25.policy == PolicyAction::redirect) config.port25.policy = PolicyAction::block;
	std::erase_if(config.prefixes, [](const PrefixPolicy& policy) { return policy.action == PolicyAction::redirect; });
	return config;
}

} // namespace gate25::compare
