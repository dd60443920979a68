// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame.h"

#include <algorithm>
#include <fmt/format.h>

namespace gate25::compare {
namespace {

constexpr std::size_t ethernet_size = 14;
constexpr std::uint8_t header_hop_by_hop = 0, header_fragment = 44, header_destination = 60;

void put16(Bytes& out, unsigned value) {
	out.push_back(static_cast<std::uint8_t>(value >> 8));
	out.push_back(static_cast<std::uint8_t>(value));
}
void put32(Bytes& out, std::uint32_t value) {
	put16(out, value >> 16);
	put16(out, value & 0xffff);
}
void put(Bytes& out, std::span<const std::uint8_t> bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }
void set16(Bytes& out, std::size_t at, unsigned value) {
	out[at] = static_cast<std::uint8_t>(value >> 8);
	out[at + 1] = static_cast<std::uint8_t>(value);
}
unsigned get16(std::span<const std::uint8_t> bytes, std::size_t at) { return bytes[at] * 256U + bytes[at + 1]; }

std::uint32_t partial_sum(std::span<const std::uint8_t> bytes) {
	std::uint32_t sum = 0;
	for (std::size_t i = 0; i < bytes.size(); ++i) sum += i % 2 == 0 ? bytes[i] * 256U : bytes[i];
	return sum;
}
unsigned folded(std::uint32_t sum) {
	while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}
std::uint32_t pseudo_sum(const Packet& packet, std::size_t size) {
	return partial_sum(packet.source.bytes()) + partial_sum(packet.destination.bytes()) + packet.protocol +
	       static_cast<std::uint32_t>(size);
}

// Offset of the checksum; 0: this protocol has none.
std::size_t sum_offset(std::uint8_t protocol) {
	if (protocol == protocol_tcp) return 16;
	if (protocol == protocol_udp) return 6;
	return protocol == protocol_icmp || protocol == protocol_icmp6 ? 2 : 0;
}

Bytes transport(const Frame& frame) {
	const Packet& p = frame.packet;
	Bytes out;
	if (p.protocol == protocol_tcp) {
		put16(out, p.source_port), put16(out, p.destination_port);
		put32(out, 1000), put32(out, (frame.flags & flag_ack) != 0 ? 1001 : 0); // in the window of connection tracking
		put16(out, 0x5000U | frame.flags), put16(out, 65000), put32(out, 0);
	} else if (p.protocol == protocol_udp) {
		put16(out, p.source_port), put16(out, p.destination_port), put16(out, 12), put16(out, 0);
	} else if (p.protocol == protocol_icmp || p.protocol == protocol_icmp6) {
		put16(out, p.protocol == protocol_icmp ? 0x0800 : 0x8000), put16(out, 0);
		put16(out, p.source_port), put16(out, 1);
	} else {
		out.resize(20); // the header of what a tunnel carries; nobody looks
	}
	put32(out, frame.id);
	const std::size_t at = sum_offset(p.protocol);
	const std::uint32_t pseudo = p.protocol == protocol_icmp ? 0 : pseudo_sum(p, out.size());
	if (at != 0) set16(out, at, folded(partial_sum(out) + pseudo));
	return out;
}

void put_header4(Bytes& out, const Frame& frame, std::size_t size) {
	const bool has_options = frame.dress == Dress::options;
	const std::size_t start = out.size(), length = has_options ? 24 : 20;
	put16(out, has_options ? 0x4600 : 0x4500), put16(out, static_cast<unsigned>(length + size));
	put16(out, frame.id & 0xffff), put16(out, 0);
	put16(out, frame.hops * 256U + frame.packet.protocol), put16(out, 0);
	put(out, frame.packet.source.bytes()), put(out, frame.packet.destination.bytes());
	if (has_options) put32(out, 0x01010101); // four times "no operation"
	set16(out, start + 10, folded(partial_sum(std::span(out).subspan(start))));
}

void put_header6(Bytes& out, const Frame& frame, std::size_t size) {
	const std::uint8_t protocol = frame.packet.protocol;
	const std::size_t more = frame.dress == Dress::plain ? 0 : frame.dress == Dress::options ? 16 : 8;
	const std::uint8_t first = frame.dress == Dress::plain ? protocol
	                           : frame.dress == Dress::options ? header_hop_by_hop : header_fragment;
	put32(out, 0x60000000), put16(out, static_cast<unsigned>(size + more)), put16(out, first * 256U + frame.hops);
	put(out, frame.packet.source.bytes()), put(out, frame.packet.destination.bytes());
	if (frame.dress == Dress::options) {
		put16(out, header_destination * 256U), put16(out, 0x0104), put32(out, 0); // filled by PadN
		put16(out, protocol * 256U), put16(out, 0x0104), put32(out, 0);
	} else if (frame.dress == Dress::atomic_fragment) {
		put16(out, protocol * 256U), put16(out, 0), put32(out, frame.id); // RFC 6946: offset 0 and no more
	}
}

// Moves past the extension headers; false: too short.
bool skip_headers6(std::span<const std::uint8_t>& rest, std::uint8_t& next) {
	while (next == header_hop_by_hop || next == header_destination || next == header_fragment) {
		if (rest.size() < 8) return false;
		const std::size_t size = next == header_fragment ? 8 : 8 + rest[1] * 8U;
		if (rest.size() < size) return false;
		next = rest[0];
		rest = rest.subspan(size);
	}
	return true;
}

bool parse_ip(std::span<const std::uint8_t>& rest, Frame& frame) {
	if (rest.size() < 20) return false;
	Packet& p = frame.packet;
	if (rest[0] >> 4 == 4) {
		const std::size_t total = get16(rest, 2), header = (rest[0] & 15) * 4U;
		if (total > rest.size() || header > total) return false;
		p.source = Address::from_bytes(rest.subspan(12, 4)), p.destination = Address::from_bytes(rest.subspan(16, 4));
		p.protocol = rest[9], frame.hops = rest[8];
		rest = rest.first(total).subspan(header);
		return true;
	}
	if (rest.size() < 40 || rest.size() < 40 + get16(rest, 4)) return false;
	p.source = Address::from_bytes(rest.subspan(8, 16)), p.destination = Address::from_bytes(rest.subspan(24, 16));
	p.protocol = rest[6], frame.hops = rest[7];
	rest = rest.subspan(40, get16(rest, 4));
	return skip_headers6(rest, p.protocol);
}

} // namespace

Bytes bytes_of(const Frame& frame, const Mac& from, const Mac& to) {
	const bool v4 = frame.packet.source.family() == Family::ipv4;
	const Bytes inner = transport(frame);
	Bytes out;
	put(out, to), put(out, from), put16(out, v4 ? 0x0800 : 0x86dd);
	v4 ? put_header4(out, frame, inner.size()) : put_header6(out, frame, inner.size());
	put(out, inner);
	return out;
}

std::optional<Frame> parse_frame(std::span<const std::uint8_t> bytes) {
	if (bytes.size() < ethernet_size || (bytes[0] & 1) != 0) return std::nullopt;
	const unsigned type = get16(bytes, 12);
	if (type != 0x0800 && type != 0x86dd) return std::nullopt;
	Frame frame;
	std::span<const std::uint8_t> rest = bytes.subspan(ethernet_size);
	if (!parse_ip(rest, frame)) return std::nullopt;
	Packet& p = frame.packet;
	const bool is_tcp = p.protocol == protocol_tcp, is_udp = p.protocol == protocol_udp;
	if ((is_tcp && rest.size() < 20) || rest.size() < 8) return frame;
	p.source_port = p.destination_port = 0;
	if (is_tcp || is_udp) {
		p.source_port = static_cast<std::uint16_t>(get16(rest, 0));
		p.destination_port = static_cast<std::uint16_t>(get16(rest, 2));
		frame.has_good_sum = folded(partial_sum(rest) + pseudo_sum(p, rest.size())) == 0;
	}
	if (is_tcp) frame.flags = rest[13];
	if (is_tcp && rest.size() == 20) return frame; // no payload: not one of ours
	const std::size_t at = rest.size() - 4;
	frame.id = get16(rest, at) << 16 | get16(rest, at + 2);
	return frame;
}

std::string Frame::text() const {
	const char* dresses[] = {"", " with options", " in an atomic fragment"};
	return fmt::format("{} {}:{} -> {}:{} protocol {} flags {:#04x}{} id {}",
	                   packet.source.family() == Family::ipv4 ? "IPv4" : "IPv6", packet.source.text(),
	                   packet.source_port, packet.destination.text(), packet.destination_port, packet.protocol, flags,
	                   dresses[static_cast<std::size_t>(dress)], id);
}

} // namespace gate25::compare
