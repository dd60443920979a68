// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which subscriber held which prefix, from when to when, and who says so: RADIUS accounting, DHCP leases, a file, the
// API. Sources write the same claims whatever they speak; flow/assignments.h orders them.
#pragma once

#include "core/address.h"
#include "core/time.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gate25 {

// Of carrier-grade NAT: several hold one public address, each some of its ports (RFC 6888, RFC 7422). Both ends included.
struct PortRange {
	std::uint16_t first = 0;
	std::uint16_t last = 65535;
	bool is_whole() const { return first == 0 && last == 65535; }
	bool contains(std::uint16_t port) const { return first <= port && port <= last; }
	bool overlaps(const PortRange& other) const { return first <= other.last && other.first <= last; }
	std::string text() const; // "1024-2047"; empty: whole
	friend auto operator<=>(const PortRange&, const PortRange&) = default;
};
[[nodiscard]] Result<PortRange> parse_ports(std::string_view text); // "1024-2047", "1024"

// A subscriber as a decision knows him: his key (core/subscriber_key.h) and what people call him.
struct Holder {
	Prefix key;
	std::string name;
	bool is_there = true; // he holds the address still
};

// Which source of the configuration (core/config_subscribers.h): its place in the order of precedence, 0 the first.
using SourceRank = std::uint8_t;

// Numbers that stand for texts which only need to be told apart; 0: none.
using SessionHash = std::uint64_t; // of access server and Acct-Session-Id; of a lease's identity
using ServerHash = std::uint32_t;  // of the access server

struct Assignment {
	Prefix prefix;
	PortRange ports;
	std::string subscriber;
	UnixTime from{};
	UnixTime seen{};               // when its source last said so
	std::optional<UnixTime> until; // of one that stands: the lease's end as the source says; of one that ended: its end
	SourceRank source = 0;
	SessionHash session = 0;
	ServerHash server = 0;
	friend bool operator==(const Assignment&, const Assignment&) = default;
};

// One thing that a source says. All times are of the event, not of its arrival.
struct AssignmentClaim {
	enum class Kind : std::uint8_t {
		hold,      // this subscriber holds these prefixes; of the same session, those of a family that is named here and
		           // are not named here end
		end,       // the session is over, or, without a session, these prefixes are free
		end_server // all that this access server has ever said is over (Accounting-On and -Off)
	};
	Kind kind = Kind::hold;
	SourceRank source = 0;
	std::string subscriber; // of hold; of end it may be empty
	std::vector<Prefix> prefixes;
	PortRange ports;        // for IPv4 prefixes among them
	UnixTime at{};
	std::optional<UnixTime> until; // the lease's end
	SessionHash session = 0;
	ServerHash server = 0;
	// The session was given prefixes of this family that are none of ours, and none that is: it has left what it held.
	bool has_left_ipv4 = false;
	bool has_left_ipv6 = false;
};

} // namespace gate25
