// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/subscriber_pool.h"

#include <doctest/doctest.h>
#include <map>
#include <random>
#include <string>

using namespace gate25;

TEST_CASE("subscriber pool: a name is found by its bits until it is dropped") {
	SubscriberPool pool;
	CHECK(pool.find(7) == SubscriberPool::none);
	const auto anna = pool.add(7, "anna@example.net");
	const auto bob = pool.add(8, "b");
	CHECK(pool.find(7) == anna);
	CHECK(pool.name(anna) == "anna@example.net");
	CHECK(pool.name(bob) == "b");
	CHECK(pool.mark(anna) == 0);
	pool.mark(anna) = 25;
	CHECK(pool.mark(anna) == 25);
	CHECK(pool.name(anna) == "anna@example.net");
	CHECK(pool.bits(bob) == 8);
	pool.drop(anna);
	CHECK(pool.find(7) == SubscriberPool::none);
	CHECK(pool.find(8) == bob);
	CHECK(pool.size() == 1);
}

TEST_CASE("subscriber pool: equals a map, whatever is added and dropped") {
	std::mt19937 random(25);
	SubscriberPool pool;
	std::map<std::uint64_t, std::string> model;
	for (int step = 0; step < 60'000; ++step) {
		const std::uint64_t bits = random() % 4000;
		const auto number = pool.find(bits);
		const auto known = model.find(bits);
		REQUIRE((number != SubscriberPool::none) == (known != model.end()));
		if (number != SubscriberPool::none) {
			REQUIRE(pool.name(number) == known->second);
			REQUIRE(pool.mark(number) == bits * 3);
			pool.drop(number);
			model.erase(known);
			continue;
		}
		const std::string name(1 + random() % longest_subscriber_id, static_cast<char>('a' + random() % 26));
		pool.mark(pool.add(bits, name)) = static_cast<std::uint32_t>(bits * 3);
		model[bits] = name;
	}
	CHECK(pool.size() == model.size());
	for (const auto& [bits, name] : model) CHECK(pool.name(pool.find(bits)) == name);
}

TEST_CASE("subscriber pool: the room of dropped names is used again") {
	SubscriberPool pool;
	const auto fill = [&](std::size_t length) {
		for (std::uint64_t bits = 0; bits < 5000; ++bits) pool.add(bits, std::string(length, 'x'));
		for (std::uint64_t bits = 0; bits < 5000; ++bits) pool.drop(pool.find(bits));
	};
	fill(200);
	const std::size_t once = pool.memory();
	fill(200);
	fill(12); // of those of 200 bytes
	fill(3);
	CHECK(pool.memory() == once);
	CHECK(pool.size() == 0);
}

TEST_CASE("subscriber pool: the longest name and the shortest") {
	SubscriberPool pool;
	const std::string longest(longest_subscriber_id, 'z');
	for (std::uint64_t bits = 1; bits < 1000; bits += 2) {
		pool.add(bits, longest);
		pool.add(bits + 1, "a");
	}
	for (std::uint64_t bits = 1; bits < 1000; bits += 2) {
		CHECK(pool.name(pool.find(bits)) == longest);
		CHECK(pool.name(pool.find(bits + 1)) == "a");
	}
}
