// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/jenkins.h"

#include <bit>
#include <cstring>

namespace gate25 {
namespace {

struct State {
	std::uint32_t a, b, c;
};

void mix(State& s) {
	s.a -= s.c, s.a ^= std::rotl(s.c, 4), s.c += s.b;
	s.b -= s.a, s.b ^= std::rotl(s.a, 6), s.a += s.c;
	s.c -= s.b, s.c ^= std::rotl(s.b, 8), s.b += s.a;
	s.a -= s.c, s.a ^= std::rotl(s.c, 16), s.c += s.b;
	s.b -= s.a, s.b ^= std::rotl(s.a, 19), s.a += s.c;
	s.c -= s.b, s.c ^= std::rotl(s.b, 4), s.b += s.a;
}

void finish(State& s) {
	s.c ^= s.b, s.c -= std::rotl(s.b, 14);
	s.a ^= s.c, s.a -= std::rotl(s.c, 11);
	s.b ^= s.a, s.b -= std::rotl(s.a, 25);
	s.c ^= s.b, s.c -= std::rotl(s.b, 16);
	s.a ^= s.c, s.a -= std::rotl(s.c, 4);
	s.b ^= s.a, s.b -= std::rotl(s.a, 14);
	s.c ^= s.b, s.c -= std::rotl(s.b, 24);
}

// Up to four bytes, little endian; bytes past the end count as zero.
std::uint32_t word(std::span<const std::uint8_t> bytes, std::size_t at) {
	std::uint32_t value = 0;
	for (std::size_t i = 0; i < 4 && at + i < bytes.size(); ++i)
		value |= static_cast<std::uint32_t>(bytes[at + i]) << (8 * i);
	return value;
}

// Four bytes as this machine reads them: whole blocks of 12 bytes are the only part of jhash() where the order
// of bytes of the processor shows (__get_unaligned_cpu32). An IPv6 address has one such block, IPv4 has none.
std::uint32_t native_word(std::span<const std::uint8_t> bytes, std::size_t at) {
	std::uint32_t value = 0;
	std::memcpy(&value, bytes.data() + at, sizeof value);
	return value;
}

} // namespace

std::uint32_t jenkins_hash(std::span<const std::uint8_t> bytes, std::uint32_t seed) {
	const std::uint32_t start = 0xdeadbeefU + static_cast<std::uint32_t>(bytes.size()) + seed;
	State s{start, start, start};
	while (bytes.size() > 12) {
		s.a += native_word(bytes, 0), s.b += native_word(bytes, 4), s.c += native_word(bytes, 8);
		mix(s);
		bytes = bytes.subspan(12);
	}
	if (bytes.empty()) return s.c;
	s.a += word(bytes, 0), s.b += word(bytes, 4), s.c += word(bytes, 8);
	finish(s);
	return s.c;
}

unsigned redirect_place(const Address& masked) {
	const std::uint64_t hash = jenkins_hash(masked.bytes(), redirect_seed);
	return static_cast<unsigned>(hash * redirect_places >> 32);
}

} // namespace gate25
