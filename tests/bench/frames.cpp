// SPDX-License-Identifier: GPL-2.0-or-later
#include "frames.h"

#include "subscriber.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>

namespace bench {
namespace {

using gate25::Address;
using gate25::Family;

constexpr std::uint8_t router_mac[] = {0x02, 0, 0, 0, 0, 1}, sender_mac[] = {0x02, 0, 0, 0, 0, 2};
constexpr std::size_t ethernet = 14, shortest = 60;
// Beyond all quarantines of the benchmarks.
constexpr std::uint32_t at_liberty = 0xc0000;

void put16(Frame& frame, unsigned value) {
	frame.push_back(static_cast<std::uint8_t>(value >> 8));
	frame.push_back(static_cast<std::uint8_t>(value));
}

template <class Bytes> void put_bytes(Frame& frame, const Bytes& bytes) { frame.insert(frame.end(), std::begin(bytes), std::end(bytes)); }

std::uint32_t sum_of(const std::uint8_t* bytes, std::size_t size, std::uint32_t sum) {
	for (std::size_t i = 0; i + 1 < size; i += 2) sum += static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]);
	return sum;
}

std::uint16_t folded(std::uint32_t sum) {
	while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
	return static_cast<std::uint16_t>(~sum);
}

void store16(Frame& frame, std::size_t at, std::uint16_t value) {
	frame[at] = static_cast<std::uint8_t>(value >> 8);
	frame[at + 1] = static_cast<std::uint8_t>(value);
}

void put_transport(Frame& frame, const Packet& packet) {
	const std::size_t begin = frame.size(), size = packet.is_tcp ? 20 : 8;
	put16(frame, packet.source_port);
	put16(frame, packet.destination_port);
	if (packet.is_tcp) {
		const std::uint8_t rest[] = {0, 0, 0, 1, 0, 0, 0, packet.tcp_flags == syn ? std::uint8_t{0} : std::uint8_t{1},
		                             0x50, packet.tcp_flags, 4, 0, 0, 0, 0, 0};
		put_bytes(frame, rest);
	} else {
		put16(frame, 8);
		put16(frame, 0);
	}
	const auto source = packet.source.bytes(), destination = packet.destination.bytes();
	std::uint32_t sum = static_cast<std::uint32_t>(size) + (packet.is_tcp ? 6 : 17);
	sum = sum_of(source.data(), source.size(), sum_of(destination.data(), destination.size(), sum));
	store16(frame, begin + (packet.is_tcp ? 16 : 6), folded(sum_of(frame.data() + begin, size, sum)));
}

} // namespace

Frame frame_of(const Packet& packet) {
	const bool is_v4 = packet.source.family() == Family::ipv4;
	const std::uint8_t protocol = packet.is_tcp ? 6 : 17;
	const unsigned payload = packet.is_tcp ? 20 : 8;
	Frame frame;
	put_bytes(frame, router_mac);
	put_bytes(frame, sender_mac);
	put16(frame, is_v4 ? 0x0800 : 0x86dd);
	if (is_v4) {
		put16(frame, 0x4500);
		put16(frame, 20 + payload);
		put_bytes(frame, std::array<std::uint8_t, 8>{0, 0, 0x40, 0, 64, protocol, 0, 0});
	} else {
		put_bytes(frame, std::array<std::uint8_t, 4>{0x60, 0, 0, 0});
		put16(frame, payload);
		put_bytes(frame, std::array<std::uint8_t, 2>{protocol, 64});
	}
	put_bytes(frame, packet.source.bytes());
	put_bytes(frame, packet.destination.bytes());
	if (is_v4) store16(frame, ethernet + 10, folded(sum_of(frame.data() + ethernet, 20, 0)));
	put_transport(frame, packet);
	frame.resize(std::max(frame.size(), shortest));
	return frame;
}

std::vector<Frame> frames_of(const std::string& kind, Family family, std::uint32_t first, std::size_t n) {
	const bool is_v4 = family == Family::ipv4;
	if (kind != "other" && kind != "submission" && kind != "smtp" && kind != "opening") {
		fmt::print(stderr, "frames: expected other, submission, smtp or opening, got \"{}\"\n", kind);
		std::exit(2);
	}
	std::vector<Frame> frames;
	for (std::size_t i = 0; i < n; ++i) {
		const std::size_t subscriber = kind == "smtp" ? first + i : kind == "opening" ? i * 7'368'787 % first : at_liberty + i % 1000;
		const auto number = static_cast<std::uint32_t>(subscriber);
		Packet packet{is_v4 ? subscriber4(number) : subscriber6(number, 2), // their networks: street.py
		              Address::parse(is_v4 ? "198.19.0.25" : "2001:2:0:ffff::25").value()};
		packet.is_tcp = kind != "other" || i % 2 == 0;
		packet.source_port = static_cast<std::uint16_t>(20000 + i % (kind == "opening" ? 32'768 : 1000));
		packet.destination_port = !packet.is_tcp ? 9999 : kind == "other" ? 443 : kind == "opening" || (kind == "smtp" && i % 2 == 0) ? 25 : 587;
		if (kind == "smtp" || kind == "opening") packet.tcp_flags = syn;
		frames.push_back(frame_of(packet));
	}
	return frames;
}

} // namespace bench
