// SPDX-License-Identifier: GPL-2.0-or-later
//
// The parts of the configuration about people: where assignments come from, what subscribers are told, how they get
// out. core/config.h for the rest.
#pragma once

#include "core/address.h"
#include "core/decision.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gate25 {

struct UdpEndpoint {
	Address address;
	std::uint16_t port = 0;
	friend bool operator==(const UdpEndpoint&, const UdpEndpoint&) = default;
};

// Which attribute of an accounting packet names the subscriber.
enum class RadiusName : std::uint8_t { user_name, class_, calling_station_id, chargeable_user_identity };

struct RadiusClient {
	std::string name;
	std::vector<Prefix> match; // the addresses that its packets come from
	std::string secret_file;   // whose first line is the shared secret
	std::string secret;        // as read by main; empty in a configuration that was only checked
	friend bool operator==(const RadiusClient&, const RadiusClient&) = default;
};

struct RadiusRules { // [radius]
	bool enabled = false;
	std::vector<UdpEndpoint> listen; // at least one when enabled
	RadiusName subscriber = RadiusName::user_name;
	std::vector<RadiusClient> clients; // [[radius_client]], at least one when enabled
	friend bool operator==(const RadiusRules&, const RadiusRules&) = default;
};

enum class LeaseKind : std::uint8_t { kea, kea_file, dnsmasq, csv };
enum class LeaseName : std::uint8_t { hw_address, client_id, hostname }; // what names the subscriber; of csv its own column

struct LeaseSource { // [[source]]
	std::string name;
	LeaseKind kind = LeaseKind::csv;
	std::string path;          // of the file, or of Kea's control socket
	LeaseName subscriber = LeaseName::hw_address;
	Seconds every{10};         // kea: how often the control socket is asked
	friend bool operator==(const LeaseSource&, const LeaseSource&) = default;
};

// What an alert about an address leads to that nobody is known to have held.
enum class UnknownHolder : std::uint8_t {
	prefix, // the address stands for itself, as without any source
	aside   // a person decides
};

struct AssignmentRules { // [assignments]
	Seconds keep{std::chrono::hours{24 * 35}}; // history of what ended
	std::vector<std::string> precedence{"api"}; // names of all sources: "api", "radius", those of [[source]]; the first wins
	std::vector<Prefix> nat;                   // public addresses that several share by ports
	UnknownHolder unknown = UnknownHolder::prefix;
	Seconds silent{std::chrono::hours{1}};     // after which a source counts as silent
	std::vector<LeaseSource> sources;
	RadiusRules radius;
	friend bool operator==(const AssignmentRules&, const AssignmentRules&) = default;
};

struct Hook { // [[hook]]
	std::string name;
	std::string url;         // http or https
	std::string secret_file; // of the HMAC; read by the courier alone
	std::vector<std::string> events; // of notice_words; empty: all
	friend bool operator==(const Hook&, const Hook&) = default;
};

struct NoticeRules { // [notices]
	bool enabled = false;
	std::string relay;            // "smtp://192.0.2.25:25", "smtps://..."; empty: no mail
	std::string from;             // "Example Net abuse desk <abuse@example.net>"
	std::string mail_to;          // "{subscriber}@customers.example" for those without an address of their own; empty: none
	std::string templates = "/etc/gate25/notices";
	std::string language = "en";  // of those who have none
	std::string provider;         // its name in texts
	std::string site;             // where a code can be checked and a quarantine ended: a URL
	std::string help;             // telephone or URL for those who need a person
	Seconds digest{std::chrono::hours{24}}; // further alerts of a case are told at most so often
	unsigned per_hour = 2000;     // notices of all channels that are handed out, for all; the rest waits
	Seconds patience{std::chrono::hours{24 * 3}}; // after which one that cannot be delivered is given up, and said so
	std::vector<Hook> hooks;
	friend bool operator==(const NoticeRules&, const NoticeRules&) = default;
};

struct ReleaseRules { // [release]
	unsigned self = 2;  // how often a subscriber may end his quarantine within [quarantine] memory; 0: never
	std::vector<Level> levels{all_levels.begin(), all_levels.end()}; // from which he may
	std::optional<Seconds> quiet; // only after so long without a fresh attempt; nullopt ("none"): at any time, and told
	friend bool operator==(const ReleaseRules&, const ReleaseRules&) = default;
};

} // namespace gate25
