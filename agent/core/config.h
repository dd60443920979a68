// SPDX-License-Identifier: GPL-2.0-or-later
//
// The configuration as values. Defaults stand here and nowhere else; gate25.toml(5) gives their reasons.
// wire/config.h reads it from TOML and has checked all that is promised in the comments.
#pragma once

#include "core/address.h"
#include "core/decision.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gate25 {

enum class PolicyAction : std::uint8_t { block, redirect, open };
enum class Deny : std::uint8_t { reset, drop };
enum class RedirectTo : std::uint8_t { same_host, relay };
enum class Tunnels : std::uint8_t { allow, drop };

std::string_view policy_text(PolicyAction action);

struct Network {
	std::vector<Prefix> subscribers; // at least one; never 0.0.0.0/0, ::/0, loopback, multicast
	std::vector<Prefix> relays;      // the provider's mail relays (hosts or prefixes), at least one
	std::vector<Prefix> routers;     // further addresses of routers, which can never be quarantined
	unsigned subscriber_prefix_ipv6 = 56;
	// Further lengths at which a decision may be made, longest first, without 32 and the length above.
	std::vector<unsigned> further_lengths_ipv4;
	std::vector<unsigned> further_lengths_ipv6;
	friend bool operator==(const Network&, const Network&) = default;
};

struct PrefixPolicy {
	Prefix match;
	PolicyAction action = PolicyAction::block;
	friend bool operator==(const PrefixPolicy&, const PrefixPolicy&) = default;
};

struct Port25 {
	PolicyAction policy = PolicyAction::block;
	Deny deny = Deny::reset;
	RedirectTo redirect_to = RedirectTo::same_host;
	// For redirect_to = "relay": hosts, at least one for each family that has subscribers; at most 12 each.
	// For a family without one the hosts of network.relays stand here.
	std::vector<Address> redirect_relays;
	Tunnels tunnels = Tunnels::allow;
	friend bool operator==(const Port25&, const Port25&) = default;
};

struct QuarantineRules {
	Level level = Level::port25;
	// First, second, every later time. Never empty; nullopt: manual.
	std::vector<std::optional<Seconds>> duration{std::chrono::hours{24}, std::chrono::hours{72}, std::nullopt};
	unsigned limit = 10; // connections per hour at level `limit`: 1, 2, 5, 10, 20, 50 or 100
	// How far back an earlier quarantine counts for the choice of the duration.
	Seconds memory{std::chrono::hours{24 * 90}};
	friend bool operator==(const QuarantineRules&, const QuarantineRules&) = default;
};

struct Garden {
	bool enabled = false;      // there is a [garden] section
	std::vector<Prefix> allow; // destinations; a portal is added by itself
	std::optional<Address> portal_ipv4;
	std::optional<Address> portal_ipv6;
	friend bool operator==(const Garden&, const Garden&) = default;
};

struct AgentSettings {
	std::string control_socket = "/run/gate25/control.sock";
	std::string alert_socket = "/run/gate25/alert.sock";
	std::string state = "/var/lib/gate25";
	std::string rules = "";       // directory of the .nft files; empty: where they were installed
	std::string group = "gate25"; // besides root, who may use the control socket; empty: nobody
	std::vector<std::string> alert_users; // who may use the alert socket besides those; "*": everybody
	Seconds audit_keep{std::chrono::hours{24 * 365}}; // RFC 5068 3.1 asks for about a week at least
	friend bool operator==(const AgentSettings&, const AgentSettings&) = default;
};

struct Config {
	Network network;
	Port25 port25;
	std::vector<PrefixPolicy> prefixes; // no two with the same match
	QuarantineRules quarantine;
	Garden garden;
	AgentSettings agent;
	friend bool operator==(const Config&, const Config&) = default;
};

// Whether any policy redirects, so that redirect.nft is needed.
bool uses_redirect(const Config& config);
// The prefix that stands for the subscriber who holds this address: /32, or the configured IPv6 length.
Prefix subscriber_of(const Network& network, const Address& address);
// Whether decisions are made at this length.
bool is_decision_length(const Network& network, Family family, unsigned length);

} // namespace gate25
