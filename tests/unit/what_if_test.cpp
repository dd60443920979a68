// SPDX-License-Identifier: GPL-2.0-or-later
//
// Held against an oracle that looks at everything again for each question.
#include "core/what_if.h"
#include "volume_dice.h"

#include <algorithm>
#include <doctest/doctest.h>

using namespace gate25;
using gate25::test::VolumeDice;

namespace {

VolumeKey key(std::string_view prefix) { return VolumeKey::of(Prefix::parse(prefix).value()); }

VolumeRecord connections(const VolumeKey& key, std::uint32_t hour, std::uint16_t peak, std::uint32_t refused = 0) {
	return {hour, key, Activity::connections, 1, refused, {{0, peak, 0}, {}}};
}

bool would_touch(const Limit& limit, const VolumeRecord& record, bool is_in_force) {
	const auto peak = record.peak(limit.quantity, limit.per);
	return record.activity == activity_of(limit.quantity) && (peak > limit.most || (is_in_force && peak == limit.most && record.refused > 0));
}

bool is_meant(const std::vector<Prefix>& match, const VolumeKey& key) {
	for (const Prefix& one : match)
		if (!key.is_user() && one.contains(*key.subscriber())) return true;
	return match.empty();
}

void check_against_oracle(const WhatIfResult& result, const std::vector<VolumeRecord>& records, const Limit& limit,
                          const std::vector<Prefix>& match, bool is_in_force) {
	std::set<VolumeKey> active, touched, restrained;
	std::uint64_t hours = 0;
	std::map<std::uint32_t, std::set<VolumeKey>> by_day;
	for (const VolumeRecord& one : records) {
		if (one.activity != activity_of(limit.quantity) || !is_meant(match, one.key)) continue;
		active.insert(one.key);
		if (one.refused > 0) restrained.insert(one.key);
		if (!would_touch(limit, one, is_in_force)) continue;
		touched.insert(one.key);
		by_day[one.hour / 24].insert(one.key);
		++hours;
	}
	CHECK(result.active == active.size());
	CHECK(result.touched == touched.size());
	CHECK(result.restrained == restrained.size());
	CHECK(result.hours == hours);
	CHECK(static_cast<std::size_t>(std::ranges::count_if(active, &VolumeKey::is_user)) == result.active_users);
	CHECK(static_cast<std::size_t>(std::ranges::count_if(touched, &VolumeKey::is_user)) == result.touched_users);
	REQUIRE(result.by_day.size() == by_day.size());
	for (const auto& [day, who] : by_day) CHECK(result.by_day.at(day) == who.size());
	REQUIRE(result.most.size() == touched.size());
	for (const Touched& one : result.most) {
		Touched wanted{one.key};
		std::set<std::uint32_t> days;
		for (const VolumeRecord& record : records) {
			if (record.key != one.key || record.activity != activity_of(limit.quantity)) continue;
			wanted.peak = std::max<std::uint32_t>(wanted.peak, record.peak(limit.quantity, limit.per));
			if (!would_touch(limit, record, is_in_force)) continue;
			if (wanted.hours++ == 0) wanted.first_hour = record.hour;
			wanted.last_hour = record.hour;
			days.insert(record.hour / 24);
		}
		wanted.days = static_cast<std::uint32_t>(days.size());
		CHECK(one == wanted);
	}
}

} // namespace

TEST_SUITE("what if") {
	TEST_CASE("random records, limits and prefixes, against the oracle") {
		VolumeDice dice(25);
		for (unsigned round = 0; round < 200; ++round) {
			const auto records = dice.records(489'000 + dice.below(24), 1 + dice.below(60), 1 + dice.below(30), 1 + dice.below(60));
			const Limit limit{all_quantities[dice.below(6)], 1 + dice.below(40), all_windows[dice.below(3)]};
			std::vector<Prefix> match;
			if (dice.below(3) == 0) match.push_back(Prefix::parse("100.64.0.0/28").value());
			if (dice.below(3) == 0) match.push_back(Prefix::parse("2001:db8:1000::/52").value());
			CAPTURE(round);
			CAPTURE(limit.text());
			const bool is_in_force = dice.below(2) == 0;
			WhatIf what_if(limit, match, is_in_force);
			for (const VolumeRecord& one : records) what_if.take(one);
			const auto result = what_if.result(1000);
			check_against_oracle(result, records, limit, match, is_in_force);
			const auto few = what_if.result(3);
			REQUIRE(few.most.size() == std::min<std::size_t>(3, result.most.size()));
			CHECK(std::equal(few.most.begin(), few.most.end(), result.most.begin()));
			CHECK(few.touched == result.touched);
		}
	}
	TEST_CASE("a peak at the limit touches nobody, one above it does") {
		WhatIf what_if({Quantity::connections, 30, Window::hour}, {});
		what_if.take(connections(key("100.64.0.1"), 24, 30));
		what_if.take(connections(key("100.64.0.2"), 24, 31));
		what_if.take(connections(key("100.64.0.2"), 25, 40));
		what_if.take(connections(key("100.64.0.2"), 48, 32));
		const auto result = what_if.result(10);
		CHECK(result.active == 2);
		REQUIRE(result.touched == 1);
		CHECK(result.most[0] == Touched{key("100.64.0.2"), 3, 2, 24, 48, 40});
		CHECK(*result.first_hour == 24);
		CHECK(*result.last_hour == 48);
	}
	TEST_CASE("where the same limit is in force, what it refused counts") {
		WhatIf what_if({Quantity::connections, 30, Window::hour}, {}, true);
		what_if.take(connections(key("100.64.0.1"), 24, 30, 5));
		what_if.take(connections(key("100.64.0.2"), 24, 20, 5));
		const auto result = what_if.result(10);
		CHECK(result.touched == 1);
		CHECK(result.restrained == 2);
	}
	TEST_CASE("no record, no answer but that there is none") {
		const auto result = WhatIf({Quantity::recipients, 1, Window::day}, {}).result(10);
		CHECK_FALSE(result.first_hour.has_value());
		CHECK(result.active == 0);
		CHECK(result.most.empty());
	}
	TEST_CASE("those of another activity make the period longer and nobody active") {
		WhatIf what_if({Quantity::attempts, 1, Window::hour}, {});
		what_if.take(connections(key("100.64.0.1"), 24, 30));
		CHECK(what_if.result(10).active == 0);
		CHECK(what_if.result(10).first_hour == 24);
	}
	TEST_CASE("memory is bounded: who comes after two million is only counted") {
		VolumeMap<std::uint16_t> map;
		for (std::uint32_t i = 0; i < VolumeMap<std::uint16_t>::most_keys; ++i) {
			auto* value = map.find_or_add(VolumeKey::of(Prefix::host(Address::ipv4(i * 3))));
			if (value == nullptr || *value != 0) FAIL("a new key has no value");
			*value = static_cast<std::uint16_t>(i % 1000 + 1);
		}
		CHECK(map.find_or_add(key("255.255.255.255")) == nullptr);
		CHECK(map.size() == VolumeMap<std::uint16_t>::most_keys);
		for (std::uint32_t i = 0; i < VolumeMap<std::uint16_t>::most_keys; i += 97) {
			const auto* value = map.find_or_add(VolumeKey::of(Prefix::host(Address::ipv4(i * 3))));
			if (value == nullptr || *value != i % 1000 + 1) FAIL("a key lost its value");
		}
	}
}
