// SPDX-License-Identifier: GPL-2.0-or-later
//
// Packets of RADIUS accounting (RFC 2866, RFC 2869, RFC 5997): their shape, whether they are what a client sent that
// knows the secret, and the answer. What is in them: wire/radius_attributes.h.
#pragma once

#include "core/address.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gate25 {

inline constexpr std::size_t radius_header_size = 20;
inline constexpr std::size_t longest_radius_packet = 4096; // RFC 2865 3

enum class RadiusCode : std::uint8_t {
	accounting_request = 4,
	accounting_response = 5,
	status_server = 12 // is anybody there? (RFC 5997)
};

// How a datagram came, which is how its answer goes.
struct RadiusPath {
	Address peer;
	std::uint16_t port = 0;
	Address own;                  // that it was sent to; the answer comes from there
	std::uint32_t interface = 0;  // for link-local peers
	std::uint32_t listener = 0;   // which of the endpoints
	friend bool operator==(const RadiusPath&, const RadiusPath&) = default;
};

struct RadiusDatagram {
	RadiusPath path;
	std::span<const std::uint8_t> bytes;
};

struct RadiusAnswer {
	RadiusPath path;
	std::vector<std::uint8_t> bytes;
};

// A packet whose header and attributes fit together. Views of the datagram: what was behind its length is cut off
// (RFC 2865 3).
struct RadiusPacket {
	RadiusCode code = RadiusCode::accounting_request;
	std::uint8_t identifier = 0;
	std::span<const std::uint8_t> bytes;
	std::span<const std::uint8_t> authenticator() const { return bytes.subspan(4, 16); }
	std::span<const std::uint8_t> attributes() const { return bytes.subspan(radius_header_size); }
};

// An Accounting-Request or a Status-Server. Errors: too short or too long for what it says, another code, an attribute
// that does not end within the packet.
[[nodiscard]] Result<RadiusPacket> read_radius(std::span<const std::uint8_t> datagram);

// Calls with the type and the value of each, in their order.
void each_radius_attribute(const RadiusPacket& packet,
                           const std::function<void(std::uint8_t, std::span<const std::uint8_t>)>& visit);

// The Request Authenticator of accounting (RFC 2866 3), and the Message-Authenticator where there is one, which a
// Status-Server must have (RFC 5997 3).
bool is_authentic(const RadiusPacket& packet, std::string_view secret);

// The Accounting-Response: every Proxy-State comes back, in order (RFC 2866 4.2). The same request gives the same bytes.
std::vector<std::uint8_t> spell_radius_answer(const RadiusPacket& request, std::string_view secret);

} // namespace gate25
