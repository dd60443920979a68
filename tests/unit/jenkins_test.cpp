// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/jenkins.h"

#include <doctest/doctest.h>

using namespace gate25;

// Taken from the kernel (6.18): `jhash ip daddr mod 4294967295 seed 0x25` into a set, for a packet to each.
// A modulus of 2^32 - 1 leaves the hash less one.
TEST_CASE("the hash is the kernel's") {
	struct Vector {
		const char* address;
		std::uint32_t kernel;
	};
	const Vector vectors[] = {
		{"1.0.0.0", 0x626cf09d}, {"100.64.1.1", 0xc71db4a3}, {"100.64.8.7", 0xcf3220bf},
		{"203.0.113.255", 0x430578a5}, {"223.255.255.254", 0xe42965c8},
		{"2001::", 0x7cebbbcd}, {"2001:db8:1000:100::", 0xfb4d1d2c}, {"2001:db8:1000:1ff::1", 0xdcc89f42},
		{"2001:db8:ffff:ff00::", 0x62f01f6a},
	};
	for (const Vector& vector : vectors) {
		CAPTURE(vector.address);
		CHECK(jenkins_hash(Address::parse(vector.address)->bytes(), redirect_seed) == vector.kernel + 1);
	}
}

TEST_CASE("all addresses of an IPv6 subscriber have the hash of his masked one") {
	const Address masked = Address::parse("2001:db8:1000:1ff::1")->masked(56);
	CHECK(jenkins_hash(masked.bytes(), redirect_seed) == 0xfb4d1d2c + 1U);
}

TEST_CASE("the places are all in use, about evenly") {
	unsigned used[redirect_places] = {};
	for (std::uint32_t i = 0; i < 12'000; ++i) {
		const unsigned place = redirect_place(Address::ipv4(0x64400000U + i));
		REQUIRE(place < redirect_places);
		++used[place];
	}
	for (const unsigned count : used) {
		CHECK(count > 800);
		CHECK(count < 1200);
	}
}
