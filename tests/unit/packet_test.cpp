// SPDX-License-Identifier: GPL-2.0-or-later
//
// Packets of both families, whole and cut, plain and behind other headers.
#include "wire/packet.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace gate25;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t fin = 0x01, syn = 0x02, rst = 0x04, psh = 0x08, ack = 0x10, ece = 0x40, cwr = 0x80;

Bytes operator+(Bytes a, const Bytes& b) {
	a.insert(a.end(), b.begin(), b.end());
	return a;
}

Bytes segment(std::uint8_t flags = syn) {
	return {0x9c, 0x40, 0, 25, 0x12, 0x34, 0x56, 0x78, 0, 0, 0, 0, 0x50, flags, 4, 0, 0, 0, 0, 0};
}

Bytes ipv4(const Bytes& payload, const Bytes& options = {}, std::uint8_t protocol = 6, unsigned fragment = 0) {
	const auto length = 20 + options.size() + payload.size();
	return Bytes{static_cast<std::uint8_t>(0x45 + options.size() / 4), 0, static_cast<std::uint8_t>(length >> 8),
	             static_cast<std::uint8_t>(length), 0, 0, static_cast<std::uint8_t>(fragment >> 8),
	             static_cast<std::uint8_t>(fragment), 64, protocol, 0, 0, 100, 64, 1, 2, 198, 51, 100, 25} +
	       options + payload;
}

Bytes ipv6(std::uint8_t next, const Bytes& payload) {
	return Bytes{0x60, 0, 0, 0, static_cast<std::uint8_t>(payload.size() >> 8), static_cast<std::uint8_t>(payload.size()), next, 64,
	             0x20, 0x01, 0x0d, 0xb8, 0x10, 0, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 2,
	             0x20, 0x01, 0x0d, 0xb8, 0x0f, 0, 0,    0, 0, 0, 0, 0, 0, 0, 0, 0x25} +
	       payload;
}

// `units` of eight bytes.
Bytes extension(std::uint8_t next, std::size_t units = 1) {
	Bytes header(units * 8);
	header[0] = next;
	header[1] = static_cast<std::uint8_t>(units - 1);
	return header;
}

Bytes fragment_header(std::uint8_t next, unsigned offset, bool has_more) {
	return {next, 0, static_cast<std::uint8_t>(offset >> 5), static_cast<std::uint8_t>(offset << 3 | (has_more ? 1U : 0U)), 0, 0, 0, 7};
}

Opening wanted(Family family) {
	const bool is_v4 = family == Family::ipv4;
	return {Address::parse(is_v4 ? "100.64.1.2" : "2001:db8:1000:100::2").value(),
	        Address::parse(is_v4 ? "198.51.100.25" : "2001:db8:f00::25").value(), 40000, 25, 0x12345678};
}

bool opens4(const Bytes& packet) { return opening_of(packet) == wanted(Family::ipv4); }
bool opens6(const Bytes& packet) { return opening_of(packet) == wanted(Family::ipv6); }

} // namespace

TEST_CASE("packet: the first packet of a connection is read") {
	CHECK(opens4(ipv4(segment())));
	CHECK(opens6(ipv6(6, segment())));
}

TEST_CASE("packet: SYN opens a connection, with what else may stand beside it") {
	for (const std::uint8_t flags : {syn, std::uint8_t(syn | ece | cwr), std::uint8_t(syn | psh), std::uint8_t(syn | fin)}) {
		CAPTURE(int(flags));
		CHECK(opens4(ipv4(segment(flags))));
		CHECK(opens6(ipv6(6, segment(flags))));
	}
	for (const int flags : {0, int(ack), syn | ack, syn | rst, int(fin), int(rst), psh | ack, 0xff}) {
		CAPTURE(flags);
		CHECK_FALSE(opening_of(ipv4(segment(static_cast<std::uint8_t>(flags)))));
		CHECK_FALSE(opening_of(ipv6(6, segment(static_cast<std::uint8_t>(flags)))));
	}
}

TEST_CASE("packet: what is behind IPv4 options is found") {
	CHECK(opens4(ipv4(segment(), Bytes(4, 1))));
	CHECK(opens4(ipv4(segment(), Bytes(40, 1))));
}

TEST_CASE("packet: data, TCP options and padding change nothing") {
	CHECK(opens4(ipv4(segment() + Bytes(100, 'x'))));
	CHECK(opens6(ipv6(6, segment() + Bytes(100, 'x'))));
	CHECK(opens4(ipv4(segment()) + Bytes(6, 0)));
	CHECK(opens6(ipv6(6, segment()) + Bytes(6, 0)));
}

TEST_CASE("packet: a first fragment opens a connection when its flags say so or are not in it, a later one never does") {
	constexpr unsigned more = 0x2000;
	CHECK(opens4(ipv4(segment(), {}, 6, more)));
	CHECK(opens6(ipv6(44, fragment_header(6, 0, true) + segment())));
	CHECK_FALSE(opening_of(ipv4(segment(ack), {}, 6, more)));
	CHECK_FALSE(opening_of(ipv6(44, fragment_header(6, 0, true) + segment(ack))));
	for (std::size_t size = 0; size < 14; ++size) {
		CAPTURE(size);
		Bytes tiny = segment(ack);
		tiny.resize(size);
		CHECK(opens4(ipv4(tiny, {}, 6, more)) == (size >= 8));
		CHECK(opens4(ipv4(tiny, Bytes(40, 1), 6, more)) == (size >= 8));
		CHECK(opens6(ipv6(44, fragment_header(6, 0, true) + tiny)) == (size >= 8));
		CHECK(opens6(ipv6(0, extension(44) + fragment_header(60, 0, true) + extension(6) + tiny)) == (size >= 8));
		CHECK_FALSE(opening_of(ipv4(tiny)));
		CHECK_FALSE(opening_of(ipv6(44, fragment_header(6, 0, false) + tiny)));
	}
	for (const unsigned offset : {1U, 32U, 0x1fffU}) {
		CAPTURE(offset);
		CHECK_FALSE(opening_of(ipv4(segment(), {}, 6, offset)));
		CHECK_FALSE(opening_of(ipv4(segment(), {}, 6, more | offset)));
		CHECK_FALSE(opening_of(ipv6(44, fragment_header(6, offset, false) + segment())));
		CHECK_FALSE(opening_of(ipv6(44, fragment_header(6, offset, true) + segment())));
	}
}

TEST_CASE("packet: what is behind IPv6 extension headers is found, in any order and number") {
	CHECK(opens6(ipv6(0, extension(6) + segment())));
	CHECK(opens6(ipv6(43, extension(6, 3) + segment())));
	CHECK(opens6(ipv6(60, extension(6, 2) + segment())));
	CHECK(opens6(ipv6(44, fragment_header(6, 0, false) + segment()))); // atomic
	CHECK(opens6(ipv6(0, extension(60) + extension(43) + extension(44, 2) + fragment_header(60, 0, true) + extension(6) + segment())));
	Bytes many;
	for (int i = 0; i < 100; ++i) many = many + extension(60);
	CHECK(opens6(ipv6(60, many + extension(6) + segment())));
	CHECK(opens6(ipv6(60, extension(6, 128) + segment())));
}

TEST_CASE("packet: an authentication header counts in units of four bytes") {
	Bytes header(24, 0);
	header[0] = 6;
	header[1] = 4;
	CHECK(opens6(ipv6(51, header + segment())));
}

TEST_CASE("packet: behind other headers there is no TCP") {
	for (const int protocol : {17, 50, 58, 59, 41, 135, 253}) {
		CAPTURE(protocol);
		const auto next = static_cast<std::uint8_t>(protocol);
		CHECK_FALSE(opening_of(ipv6(next, extension(6) + segment())));
		CHECK_FALSE(opening_of(ipv4(segment(), {}, next)));
	}
}

TEST_CASE("packet: a mapped source is the IPv4 address") {
	Bytes packet = ipv6(6, segment());
	const Bytes mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 100, 64, 1, 2};
	std::copy(mapped.begin(), mapped.end(), packet.begin() + 8);
	CHECK(opening_of(packet)->source == Address::parse("100.64.1.2").value());
}

TEST_CASE("packet: whatever is cut off before the flags is no opening, and nothing is read behind the end") {
	for (const Bytes& packet : {ipv4(segment(), Bytes(8, 1)), ipv6(0, extension(60) + extension(6) + segment())}) {
		const std::size_t flags_end = packet.size() - 6;
		for (std::size_t size = 0; size <= packet.size(); ++size) {
			const Bytes part(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(size));
			CAPTURE(size);
			CHECK(opening_of(part).has_value() == (size >= flags_end));
		}
	}
}

TEST_CASE("packet: lengths that lie are no opening") {
	Bytes packet = ipv4(segment());
	packet[0] = 0x44;
	CHECK_FALSE(opening_of(packet));
	packet[0] = 0x4f;
	CHECK_FALSE(opening_of(packet));
	packet = ipv4(segment());
	packet[3] = 30; // the flags are behind what it says is its own
	CHECK_FALSE(opening_of(packet));
	packet = ipv4(segment());
	packet[32] = 0x40;
	CHECK_FALSE(opening_of(packet));
	packet = ipv6(60, extension(6) + segment());
	packet[41] = 255;
	CHECK_FALSE(opening_of(packet));
	packet = ipv6(6, segment());
	packet[5] = 13;
	CHECK_FALSE(opening_of(packet));
	for (const int version : {0x05, 0x50, 0x70, 0xf5}) {
		packet = ipv4(segment());
		packet[0] = static_cast<std::uint8_t>(version);
		CHECK_FALSE(opening_of(packet));
	}
}
