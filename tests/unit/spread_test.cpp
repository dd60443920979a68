// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/spread.h"
#include "core/what_if.h"
#include "volume_dice.h"

#include <algorithm>
#include <doctest/doctest.h>

using namespace gate25;
using gate25::test::VolumeDice;

namespace {

VolumeRecord messages(std::uint32_t who, std::uint16_t peak) {
	return {24, VolumeKey::of(Prefix::host(Address::ipv4(0x64400000 + who))), Activity::mail, 1, 0, {{0, 0, peak}, {}}};
}

// By sorting all peaks: the nearest rank.
std::uint32_t percentile(std::vector<std::uint32_t> peaks, unsigned tenths) {
	std::ranges::sort(peaks);
	const std::size_t rank = (peaks.size() * tenths + 999) / 1000;
	return peaks[std::max<std::size_t>(rank, 1) - 1];
}

} // namespace

TEST_SUITE("spread") {
	TEST_CASE("random records against sorting, and the suggestion against what_if") {
		VolumeDice dice(7);
		for (unsigned round = 0; round < 150; ++round) {
			const auto records = dice.records(489'000, 1 + dice.below(30), 1 + dice.below(round % 5 == 0 ? 3000 : 50), 1 + dice.below(500));
			const auto quantity = all_quantities[dice.below(6)];
			const auto window = all_windows[dice.below(3)];
			Spread spread(quantity, window);
			std::map<VolumeKey, std::uint32_t> highest;
			for (const VolumeRecord& one : records) {
				spread.take(one);
				if (one.activity != activity_of(quantity)) continue;
				auto& peak = highest[one.key];
				peak = std::max<std::uint32_t>(peak, one.peak(quantity, window));
			}
			CAPTURE(round);
			const auto result = spread.result();
			REQUIRE(result.active == highest.size());
			if (highest.empty()) {
				CHECK_FALSE(result.suggestion.has_value());
				continue;
			}
			std::vector<std::uint32_t> peaks;
			for (const auto& [key, peak] : highest) peaks.push_back(peak);
			for (std::size_t i = 0; i < spread_points.size(); ++i) CHECK(result.values[i] == percentile(peaks, spread_points[i]));
			REQUIRE(result.suggestion.has_value());
			const auto above = [&](std::uint32_t most) {
				return static_cast<std::uint64_t>(std::ranges::count_if(peaks, [&](std::uint32_t peak) { return peak > most; }));
			};
			CHECK(above(result.suggestion->most) == result.touched);
			CHECK(result.touched * 1000 <= result.active);
			if (result.suggestion->most > 1) CHECK(above(result.suggestion->most - 1) * 1000 > result.active);
		}
	}
	TEST_CASE("the suggestion spares all but one in a thousand") {
		Spread spread(Quantity::messages, Window::day);
		for (std::uint32_t who = 0; who < 2000; ++who) spread.take(messages(who, static_cast<std::uint16_t>(who < 1998 ? 1 + who % 50 : 5000)));
		const auto result = spread.result();
		REQUIRE(result.suggestion.has_value());
		CHECK(result.suggestion->text() == "messages 50/day");
		CHECK(result.touched == 2);
		CHECK(result.values[0] == 25);
		CHECK(result.values[6] == 5000);
	}
	TEST_CASE("peaks above all limits leave no suggestion") {
		Spread spread(Quantity::messages, Window::day);
		spread.take(messages(1, 0xffff));
		CHECK_FALSE(spread.result().suggestion.has_value());
		CHECK(spread.result().values[6] == 0xffff);
	}
	TEST_CASE("who did next to nothing is active too") {
		Spread spread(Quantity::messages, Window::day);
		spread.take(messages(1, 0));
		CHECK(spread.result().active == 1);
		CHECK(spread.result().suggestion->most == 1);
	}
}
