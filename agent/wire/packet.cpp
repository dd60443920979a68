// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/packet.h"

#include "core/big_endian.h"

#include <algorithm>

namespace gate25 {
namespace {

using Bytes = std::span<const std::uint8_t>;

// Protocol numbers (RFC 8200 4, RFC 9293).
constexpr std::uint8_t hop_by_hop = 0, tcp = 6, routing = 43, fragment = 44, authentication = 51, destination_options = 60;
constexpr std::size_t ipv4_header = 20, ipv6_header = 40, extension_unit = 8;
// To the sequence number, and to the flags. A first fragment need not hold more than the one (RFC 1858 3), and nobody
// who means well sends such a one.
constexpr std::size_t tcp_numbers = 8, tcp_start = 14;

std::uint16_t number16(Bytes bytes, std::size_t at) { return static_cast<std::uint16_t>(big_endian(bytes.subspan(at, 2))); }

struct Segment {
	Bytes bytes;
	bool is_first_fragment = false; // more follow, and all of this one is here
};

bool is_first_of_connection(const Segment& segment) {
	// What cannot show its flags might be one, and is taken for one.
	if (segment.bytes.size() < tcp_start) return segment.is_first_fragment && segment.bytes.size() >= tcp_numbers;
	// The header cannot be shorter than itself: no receiver takes such a packet.
	if (segment.bytes[12] >> 4U < 5) return false;
	// FIN beside SYN is no matter: many a receiver opens the connection all the same.
	constexpr std::uint8_t syn = 0x02, rst = 0x04, ack = 0x10;
	return (segment.bytes[13] & (syn | rst | ack)) == syn;
}

std::optional<Opening> of_segment(Address source, Address destination, const Segment& segment) {
	if (!is_first_of_connection(segment)) return std::nullopt;
	return Opening{source, destination, number16(segment.bytes, 0), number16(segment.bytes, 2),
	               static_cast<std::uint32_t>(big_endian(segment.bytes.subspan(4, 4)))};
}

// What the packet says is its own; behind it there may be padding.
Bytes cut(Bytes packet, std::size_t length) { return packet.first(std::min(packet.size(), length)); }

std::optional<Opening> of_ipv4(Bytes packet) {
	if (packet.size() < ipv4_header) return std::nullopt;
	const std::size_t header = (packet[0] & 0x0fU) * std::size_t{4};
	const std::size_t length = number16(packet, 2);
	const bool is_whole = packet.size() >= length;
	packet = cut(packet, length);
	if (header < ipv4_header || packet.size() < header) return std::nullopt;
	const bool is_later_fragment = (number16(packet, 6) & 0x1fffU) != 0, has_more = (packet[6] & 0x20U) != 0;
	if (is_later_fragment || packet[9] != tcp) return std::nullopt;
	return of_segment(Address::from_bytes(packet.subspan(12, 4)), Address::from_bytes(packet.subspan(16, 4)),
	                  {packet.subspan(header), has_more && is_whole});
}

// The same headers that the kernel itself looks behind when a rule asks for TCP (ipv6_find_hdr()). Each step goes eight
// bytes on at least, so the end of the packet ends it.
std::optional<Segment> tcp_behind(std::uint8_t next, Bytes rest) {
	bool has_more = false;
	while (next != tcp) {
		if (rest.size() < extension_unit) return std::nullopt;
		std::size_t length = (rest[1] + std::size_t{1}) * extension_unit;
		if (next == fragment) {
			const bool is_later = (number16(rest, 2) & 0xfff8U) != 0;
			if (is_later) return std::nullopt;
			has_more = (rest[3] & 1U) != 0;
			length = extension_unit;
		} else if (next == authentication) {
			length = (rest[1] + std::size_t{2}) * 4;
		} else if (next != hop_by_hop && next != routing && next != destination_options) {
			return std::nullopt;
		}
		if (rest.size() < length) return std::nullopt;
		next = rest[0];
		rest = rest.subspan(length);
	}
	return Segment{rest, has_more};
}

std::optional<Opening> of_ipv6(Bytes packet) {
	if (packet.size() < ipv6_header) return std::nullopt;
	// Nothing is said for a jumbogram (RFC 2675).
	const std::size_t payload = number16(packet, 4);
	const bool is_whole = payload > 0 && packet.size() >= ipv6_header + payload;
	if (payload > 0) packet = cut(packet, ipv6_header + payload);
	auto segment = tcp_behind(packet[6], packet.subspan(ipv6_header));
	if (!segment) return std::nullopt;
	segment->is_first_fragment = segment->is_first_fragment && is_whole;
	return of_segment(Address::from_bytes(packet.subspan(8, 16)), Address::from_bytes(packet.subspan(24, 16)), *segment);
}

} // namespace

std::optional<Opening> opening_of(Bytes packet) {
	if (packet.empty()) return std::nullopt;
	switch (packet[0] >> 4U) {
	case 4: return of_ipv4(packet);
	case 6: return of_ipv6(packet);
	default: return std::nullopt;
	}
}

} // namespace gate25
