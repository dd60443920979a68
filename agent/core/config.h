// SPDX-License-Identifier: GPL-2.0-or-later
//
// The configuration as values. Defaults stand here and nowhere else; gate25.toml(5) gives their reasons.
// wire/config.h reads it from TOML and has checked all that is promised in the comments.
#pragma once

#include "core/address.h"
#include "core/config_subscribers.h"
#include "core/decision.h"
#include "core/volume.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gate25 {

enum class PolicyAction : std::uint8_t { block, redirect, open };
enum class Deny : std::uint8_t {
	reset,
	drop,
	notice // the router answers as a mail server would, with the provider's text; at a rate, then as reset
};
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

enum class Mode : std::uint8_t {
	enforce,
	monitor // what alerts lead to is recorded and shown, but not in the kernel
};

struct PrefixPolicy {
	Prefix match;
	PolicyAction action = PolicyAction::block;
	friend bool operator==(const PrefixPolicy&, const PrefixPolicy&) = default;
};

// For the alerts about these addresses. A list of its own, since a [[prefix]] may have a mode and no policy.
struct PrefixMode {
	Prefix match;
	Mode mode = Mode::enforce;
	friend bool operator==(const PrefixMode&, const PrefixMode&) = default;
};

struct Port25 {
	PolicyAction policy = PolicyAction::block;
	Deny deny = Deny::reset;
	RedirectTo redirect_to = RedirectTo::same_host;
	// For redirect_to = "relay": hosts, at least one for each family that has subscribers; at most 12 each.
	// For a family without one the hosts of network.relays stand here.
	std::vector<Address> redirect_relays;
	Tunnels tunnels = Tunnels::allow;
	// For deny = "notice": what stands after "554 5.7.1 ", ASCII, at most 400 characters, and where the agent listens.
	std::string notice_text = "Mail from this line goes to port 587 of your mail provider, not to port 25";
	std::uint16_t notice_port = 2554;
	friend bool operator==(const Port25&, const Port25&) = default;
};

struct QuarantineRules {
	Level level = Level::port25;
	// First, second, every later time. Never empty; nullopt: manual.
	std::vector<std::optional<Seconds>> duration{std::chrono::hours{24}, std::chrono::hours{72}, std::nullopt};
	unsigned limit = 10; // connections per hour at level `limit`: 1, 2, 5, 10, 20, 50 or 100
	// How far back an earlier quarantine counts for the choice of the duration.
	Seconds memory{std::chrono::hours{24 * 90}};
	// What an alert has led to lasts no longer, however often it is renewed, and also where duration says manual; the desk
	// may set more. nullopt ("none"): no such end.
	std::optional<Seconds> max_stay;
	std::vector<Prefix> never; // each inside a subscriber prefix: no alert leads to a quarantine; the desk may
	friend bool operator==(const QuarantineRules&, const QuarantineRules&) = default;
};

struct Garden {
	bool enabled = false;      // there is a [garden] section
	std::vector<Prefix> allow; // destinations; a portal is added by itself
	std::optional<Address> portal_ipv4;
	std::optional<Address> portal_ipv6;
	friend bool operator==(const Garden&, const Garden&) = default;
};

// Weights and scores are in hundredths, so that sums are exact: 150 is 1.5.
using Points = std::int64_t;
inline constexpr Points one_point = 100;

// When an alert may lead to a quarantine.
struct AlertRules {
	Mode mode = Mode::enforce;
	// What is older is for a person: who held the address then?
	Seconds max_age{std::chrono::hours{24 * 7}};
	// For how long the same report or incident is known again. At most max_report_memory.
	Seconds duplicates{std::chrono::hours{24 * 7}};
	// After a release, for so long an alert is only recorded. nullopt in the file ("none") is zero here.
	Seconds grace{std::chrono::hours{1}};
	// Corroboration: so many reporters, or so many incidents, within `within`. 1: one is enough.
	unsigned reporters = 1;
	unsigned incidents = 1;
	Seconds within{std::chrono::hours{24}};
	// The level for weak evidence: a reporter of weight below 1, an address from a Received field.
	Level weak_level = Level::notify;
	friend bool operator==(const AlertRules&, const AlertRules&) = default;
};
// Of alerts no older than this the store can tell duplicates and incidents.
inline constexpr Seconds max_report_memory{std::chrono::hours{24 * 30}};

struct ScoreRules {
	Points ham = 100, spam = -100, missed_spam = -200, bot = -100, malware = -100; // for each alert of that kind
	Points ham_most = 1000; // ham adds up to no more than this
	Points threshold = 0;   // below it a subscriber is quarantined
	friend bool operator==(const ScoreRules&, const ScoreRules&) = default;
};

struct Reporter {
	std::string name;
	Points weight = one_point;          // 0 to 1000
	std::vector<std::string> users;     // who speaks for it on the alert socket, the EVE socket or in a pipe
	std::vector<std::string> addresses; // openpgp = [...]: mail addresses of its keys' user ids, lower case
	friend bool operator==(const Reporter&, const Reporter&) = default;
};

struct OpenPgp {
	std::string home = "/etc/gate25/openpgp"; // a GnuPG home that the provider keeps; read only
	std::string server;                       // "http://keys.example:11371"; empty: none is asked
	Seconds key_age{std::chrono::hours{24}};  // a fetched key is fetched again after this, for its revocation
	Seconds patience{std::chrono::hours{24 * 7}}; // how long a report waits for its key, then it is for a person
	friend bool operator==(const OpenPgp&, const OpenPgp&) = default;
};

// What happens to a connection or a message above a limit.
enum class Then : std::uint8_t { refuse, alert, refuse_and_alert };
// Of the relay's policy service: come again later, or never.
enum class RelayAnswer : std::uint8_t { defer, reject };

struct VolumeLimit {
	Limit limit;
	std::vector<Prefix> match; // whom it is for; empty: everybody
	Then then = Then::refuse;  // attempts are refused already: alert
	Mode mode = Mode::monitor; // what it does is only counted
	RelayAnswer answer = RelayAnswer::defer; // of messages and recipients
	friend bool operator==(const VolumeLimit&, const VolumeLimit&) = default;
};

enum class Verdicts : std::uint8_t {
	automatic, // queue where the kernel has nft queue, otherwise meters
	queue,
	meters,
	external // the operator's own rules send first packets to the queues
};
std::string_view verdicts_text(Verdicts verdicts);
enum class Fail : std::uint8_t { open, closed };

// Somebody whom the policy service answers over TCP: "192.0.2.1:10025", "[2001:db8::1]:10025".
struct PolicyEndpoint {
	Address address;
	std::uint16_t port = 0;
	friend bool operator==(const PolicyEndpoint&, const PolicyEndpoint&) = default;
};

struct VolumeRules {
	bool enabled = false;        // there is a [volume] section
	Mode mode = Mode::monitor;   // of limits that do not say
	bool relays = false;         // connections to the relays are counted too
	Verdicts verdicts = Verdicts::automatic;
	unsigned queues = 1;         // 1, 2, 4 or 8
	Fail fail = Fail::open;      // what becomes of a connection about which nobody answers
	unsigned active = 1'000'000; // subscribers and users whose sums are kept at most, for each activity
	Seconds keep{std::chrono::hours{24 * 35}}; // of the record of hours
	unsigned record_mib = 1024;  // and how much of it
	std::string help;            // where a refused user finds help: a URL or a telephone number; may be empty
	std::string policy_socket;   // a unix socket for Postfix' check_policy_service; empty: none
	std::vector<PolicyEndpoint> policy_listen;
	std::vector<Prefix> policy_clients; // who may ask over TCP; never empty when policy_listen is not
	std::vector<VolumeLimit> limits;
	friend bool operator==(const VolumeRules&, const VolumeRules&) = default;
};

struct AgentSettings {
	std::string control_socket = "/run/gate25/control.sock";
	std::string alert_socket = "/run/gate25/alert.sock";
	std::string portal_socket; // state and self-release for the portal's users; empty: none
	std::vector<std::string> portal_users;
	std::string eve_socket; // a unix stream socket for the lines of Suricata; empty: none
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
	std::vector<PrefixMode> modes;      // no two with the same match; the longest first
	QuarantineRules quarantine;
	Garden garden;
	AlertRules alerts;
	ScoreRules score;
	std::vector<Reporter> reporters; // no two with the same name, user or address
	OpenPgp openpgp;
	VolumeRules volume;
	AssignmentRules assignments;
	NoticeRules notices;
	ReleaseRules release;
	AgentSettings agent;
	friend bool operator==(const Config&, const Config&) = default;
};

// Whether any policy redirects, so that redirect.nft is needed.
bool uses_redirect(const Config& config);
// Whether this limit on connections is enforced, so that somebody must give verdicts.
bool is_refusing_connections(const VolumeRules& volume, const VolumeLimit& limit);
// Whether it is for the subscriber who holds this address.
bool is_for(const VolumeLimit& limit, const Address& address);
// Whether any limit on connections is.
bool needs_verdicts(const VolumeRules& volume);
// The prefix that stands for the subscriber who holds this address: /32, or the configured IPv6 length.
Prefix subscriber_of(const Network& network, const Address& address);
// One of [assignments] nat: several subscribers share it by ports, and nothing of it is ever enforced.
bool is_shared_address(const Config& config, const Address& address);
// All prefixes of decision lengths that contain this address, the longest first.
std::vector<Prefix> decision_prefixes(const Network& network, const Address& address);
// By the longest matching prefix that says so, otherwise by [alerts].
Mode mode_of(const Config& config, const Prefix& subscriber);
// Whether decisions are made at this length.
bool is_decision_length(const Network& network, Family family, unsigned length);

} // namespace gate25
