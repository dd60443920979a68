// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/intervals.h"

#include <doctest/doctest.h>
#include <random>

using namespace gate25;

namespace {

using Pairs = std::vector<std::pair<Prefix, int>>;

// What longest_match() promises, without any cleverness.
std::optional<int> scanned(const Pairs& pairs, const Address& address) {
	const std::pair<Prefix, int>* best = nullptr;
	for (const auto& pair : pairs)
		if (pair.first.contains(address) && (best == nullptr || pair.first.length() >= best->first.length())) best = &pair;
	return best == nullptr ? std::nullopt : std::optional(best->second);
}

// Close together, at both ends of the family and in the middle.
Address random_address(std::mt19937& random, Family family) {
	std::array<std::uint8_t, 16> bytes{};
	const std::size_t size = address_bits(family) / 8;
	const std::uint8_t fill = std::array<std::uint8_t, 3>{0x00, 0xff, 0x64}[random() % 3];
	std::fill_n(bytes.begin(), size, fill);
	for (std::size_t i = size - 2; i < size; ++i)
		if (random() % 2 == 0) bytes[i] = static_cast<std::uint8_t>(random());
	return Address::from_bytes(std::span(bytes).first(size));
}

Pairs random_pairs(std::mt19937& random, Family family) {
	const unsigned bits = address_bits(family);
	Pairs pairs;
	for (auto count = random() % 8; count > 0; --count) {
		const unsigned length = random() % 10 == 0 ? static_cast<unsigned>(random() % 4) : bits - static_cast<unsigned>(random() % 18);
		pairs.emplace_back(Prefix::of(random_address(random, family), length), static_cast<int>(random() % 3));
	}
	return pairs;
}

std::vector<Address> edges_of(const Pairs& pairs, Family family) {
	const Address zero = family == Family::ipv4 ? Address::ipv4(0) : Address::parse("::").value();
	std::vector<Address> edges{zero, zero.previous()};
	for (const auto& [prefix, value] : pairs)
		for (const Address& edge : {prefix.first(), prefix.last(), prefix.first().previous(), prefix.last().next()})
			edges.push_back(edge);
	return edges;
}

void check_as_scanned(const IntervalMap<int>& map, const Pairs& pairs, const Address& address) {
	const auto* found = map.find(address);
	const auto wanted = scanned(pairs, address);
	CAPTURE(address.text());
	REQUIRE((found != nullptr) == wanted.has_value());
	if (found != nullptr) REQUIRE(found->value == *wanted);
}

// What an nftables interval set takes: in order, no overlap. And no more elements than needed.
void check_form(const IntervalMap<int>& map) {
	const auto& all = map.intervals();
	for (std::size_t i = 0; i < all.size(); ++i) {
		REQUIRE(all[i].first <= all[i].last);
		if (i == 0) continue;
		REQUIRE(all[i - 1].last < all[i].first);
		REQUIRE(!(all[i - 1].last.next() == all[i].first && all[i - 1].value == all[i].value));
	}
}

Address address(const char* text) { return Address::parse(text).value(); }
Prefix prefix(const char* text) { return Prefix::parse(text).value(); }

} // namespace

TEST_CASE("longest_match() finds what a linear scan finds") {
	std::mt19937 random(25);
	for (int round = 0; round < 4000; ++round) {
		const Family family = round % 2 == 0 ? Family::ipv4 : Family::ipv6;
		const Pairs pairs = random_pairs(random, family);
		const auto map = IntervalMap<int>::longest_match(pairs);
		check_form(map);
		for (const Address& edge : edges_of(pairs, family)) check_as_scanned(map, pairs, edge);
		for (int i = 0; i < 20; ++i) check_as_scanned(map, pairs, random_address(random, family));
	}
}

TEST_CASE("an inner prefix cuts the outer one in two") {
	const auto map = IntervalMap<int>::longest_match({{prefix("10.0.0.0/24"), 1}, {prefix("10.0.0.128"), 2}});
	REQUIRE(map.intervals().size() == 3);
	CHECK(map.intervals()[0] == Interval<int>{address("10.0.0.0"), address("10.0.0.127"), 1});
	CHECK(map.intervals()[1] == Interval<int>{address("10.0.0.128"), address("10.0.0.128"), 2});
	CHECK(map.intervals()[2] == Interval<int>{address("10.0.0.129"), address("10.0.0.255"), 1});
}

TEST_CASE("neighbours with one value are one interval") {
	const auto map = IntervalMap<int>::longest_match({{prefix("10.0.1.0/24"), 1}, {prefix("10.0.0.0/24"), 1}, {prefix("10.0.0.7"), 1}});
	REQUIRE(map.intervals().size() == 1);
	CHECK(map.intervals()[0] == Interval<int>{address("10.0.0.0"), address("10.0.1.255"), 1});
}

TEST_CASE("both ends of a family belong to it") {
	const auto map = IntervalMap<int>::longest_match({{prefix("0.0.0.0/0"), 0}, {prefix("0.0.0.0"), 1}, {prefix("255.255.255.255"), 2}});
	CHECK(map.find(address("0.0.0.0"))->value == 1);
	CHECK(map.find(address("0.0.0.1"))->value == 0);
	CHECK(map.find(address("255.255.255.254"))->value == 0);
	CHECK(map.find(address("255.255.255.255"))->value == 2);
	const auto whole = IntervalMap<int>::longest_match({{prefix("::/0"), 5}});
	CHECK(whole.find(address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))->value == 5);
	CHECK(whole.find(address("::1"))->value == 5);
}

TEST_CASE("of two equal prefixes the later one counts") {
	const auto map = IntervalMap<int>::longest_match({{prefix("10.0.0.0/24"), 1}, {prefix("10.0.0.0/24"), 2}});
	REQUIRE(map.intervals().size() == 1);
	CHECK(map.intervals()[0].value == 2);
}

TEST_CASE("an empty map contains nothing") {
	const IntervalMap<int> map;
	CHECK(map.empty());
	CHECK(!map.contains(address("10.0.0.1")));
}
