// SPDX-License-Identifier: GPL-2.0-or-later
//
// What an Accounting-Request says: whose session, of which access server, with which prefixes, and when.
#pragma once

#include "core/config_subscribers.h"
#include "core/time.h"
#include "wire/radius.h"

#include <optional>
#include <string>
#include <vector>

namespace gate25 {

// Acct-Status-Type (RFC 2866 5.1). Others are told by their numbers.
enum class RadiusStatus : std::uint32_t { start = 1, stop = 2, interim = 3, accounting_on = 7, accounting_off = 8 };

struct RadiusAccount {
	RadiusStatus status{};
	// By the configured attribute; empty: it has none. Text as it is; what is no text (Class and Chargeable-User-Identity
	// may be any bytes) in hexadecimal, as "0x1f2e".
	std::string subscriber;
	std::string session; // Acct-Session-Id, any bytes
	// NAS-IP-Address, NAS-IPv6-Address and NAS-Identifier together, as a name that only needs to be told apart: behind a translation
	// several servers have one address, and to end the sessions of another one is worse than to end none. Empty: it has none.
	std::string access_server;
	// Framed-IP-Address (RFC 2865 5.8), Framed-IPv6-Prefix (RFC 3162 2.3), Delegated-IPv6-Prefix (RFC 4818), and
	// Framed-IPv6-Address (RFC 6911 3.1), each once. Bits behind the length of a prefix are cleared.
	std::vector<Prefix> prefixes;
	std::optional<UnixTime> event; // Event-Timestamp (RFC 2869 5.3)
	Seconds delay{0};              // Acct-Delay-Time (RFC 2866 5.2)
};

// Errors: an attribute that is read here and has not its size or not a value that can be; no Acct-Status-Type; no
// Acct-Session-Id where a session begins, goes on or ends (RFC 2866 5.5); a name that can be nobody's.
[[nodiscard]] Result<RadiusAccount> read_radius_account(const RadiusPacket& packet, RadiusName name);

} // namespace gate25
