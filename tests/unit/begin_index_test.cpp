// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/begin_index.h"

#include <doctest/doctest.h>
#include <algorithm>
#include <map>
#include <random>

using namespace gate25;

namespace {

UnixTime at(int seconds) {
	return UnixTime(Seconds{1'795'305'600 + seconds});
}

Prefix parsed(std::string_view text) {
	auto prefix = Prefix::parse(text);
	REQUIRE(prefix.has_value());
	return *prefix;
}

} // namespace

TEST_CASE("begins are counted for exactly this prefix") {
	BeginIndex index;
	CHECK(index.count_since(parsed("192.0.2.7"), at(0)) == 0);
	for (const char* text : {"192.0.2.7", "192.0.2.0/24", "2001:db8::/56", "2001:db8::/64", "2001:db8::7", "::/0",
	                         "0.0.0.0/0", "0.0.0.0"})
		index.add(parsed(text), at(10));
	index.add(parsed("192.0.2.7"), at(20));
	CHECK(index.count_since(parsed("192.0.2.7"), at(0)) == 2);
	CHECK(index.count_since(parsed("192.0.2.7"), at(20)) == 1);
	CHECK(index.count_since(parsed("192.0.2.7"), at(21)) == 0);
	for (const char* text : {"192.0.2.0/24", "2001:db8::/56", "2001:db8::/64", "2001:db8::7", "::/0", "0.0.0.0/0",
	                         "0.0.0.0"}) {
		CAPTURE(text);
		CHECK(index.count_since(parsed(text), at(0)) == 1);
	}
	for (const char* text : {"192.0.2.8", "192.0.2.0/25", "2001:db8::/57", "2001:db8::8", "::"}) {
		CAPTURE(text);
		CHECK(index.count_since(parsed(text), at(0)) == 0);
	}
}

TEST_CASE("the index of begins agrees with a multimap through ten thousand changes") {
	std::mt19937 random(25);
	const auto pick = [&](unsigned below) { return std::uniform_int_distribution<unsigned>(0, below - 1)(random); };
	BeginIndex index;
	std::multimap<Prefix, int> model;
	for (int i = 0; i < 10'000; ++i) {
		const Prefix prefix = Prefix::of(Address::ipv4(0x64400000U + pick(500)), 24 + pick(9));
		const int time = static_cast<int>(pick(50));
		if (pick(5) < 3) {
			index.add(prefix, at(time));
			model.emplace(prefix, time);
		} else {
			index.remove(prefix, at(time));
			auto [first, last] = model.equal_range(prefix);
			const auto found = std::find_if(first, last, [&](const auto& one) { return one.second == time; });
			if (found != last) model.erase(found);
		}
		REQUIRE(index.size() == model.size());
		const Prefix asked = Prefix::of(Address::ipv4(0x64400000U + pick(500)), 24 + pick(9));
		const int since = static_cast<int>(pick(50));
		const auto [first, last] = model.equal_range(asked);
		const auto expected = std::count_if(first, last, [&](const auto& one) { return one.second >= since; });
		REQUIRE(index.count_since(asked, at(since)) == static_cast<unsigned>(expected));
	}
}
