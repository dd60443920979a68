// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the formats of leases share: fields of a line, numbers, and who a lease names.
#pragma once

#include "core/config_subscribers.h"
#include "core/lease.h"

#include <array>
#include <string_view>

namespace gate25::leases {

// The fields between separators; one more than `all` holds is not kept, but counted.
struct Split {
	std::array<std::string_view, 32> all;
	std::size_t size = 0;
};
Split split(std::string_view line, char separator);

// Decimal digits only.
std::optional<std::uint64_t> parse_number(std::string_view text);
// No time of a lease lies behind it (the year 9999), so sums of times cannot overflow.
inline constexpr std::uint64_t last_time = 253'402'300'799;
UnixTime time_of(std::uint64_t seconds);

// What a server writes of a client; empty: it does not say.
struct Client {
	std::string_view hw_address; // "aa:bb:cc:dd:ee:ff"
	std::string_view client_id;  // "01:aa:bb:..", or the DUID
	std::string_view hostname;
};
// Sets the subscriber, in lower case but for a hostname, or makes the lease nameless. A client-id of RFC 4361 (ff, IAID,
// DUID) stands as its DUID, so that a host is one subscriber in both families.
void name(Lease& lease, const Client& client, LeaseName by);
// A name that somebody gave. Whether it can be one (core/subscriber_key.h).
bool name(Lease& lease, std::string_view subscriber);

// RFC 8415 11.2 and 11.4: the hardware address in a DUID-LLT or DUID-LL of Ethernet; empty: it has none.
std::string_view hw_address_in(std::string_view duid);

} // namespace gate25::leases
