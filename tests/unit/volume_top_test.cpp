// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/volume_top.h"
#include "volume_dice.h"

#include <algorithm>
#include <doctest/doctest.h>

using namespace gate25;
using gate25::test::VolumeDice;

TEST_CASE("who has the most, as sorting all of them says") {
	VolumeDice dice(25);
	constexpr VolumeTime now = 1795305600;
	for (unsigned round = 0; round < 100; ++round) {
		const Activity activity = all_activities[dice.below(3)];
		const Quantity quantity = quantity_of(activity, dice.below(2) == 1);
		const Window window = all_windows[dice.below(3)];
		const std::size_t most = dice.below(12);
		VolumeTop top(quantity, window, now, most);
		std::vector<TopPlace> all;
		for (std::uint32_t who = 0; who < 1 + dice.below(60); ++who) {
			const VolumeTime at = now - dice.below(window == Window::minute ? 200 : 100'000);
			VolumeEntry entry(VolumeKey::of(Prefix::host(Address::ipv4(0x64400000 + who))), activity, at);
			for (std::uint32_t i = dice.below(40); i > 0; --i) {
				if (activity == Activity::mail) entry.add_mail(1, 2, at);
				else entry.add_destination(dice.below(0xffffffff), at);
			}
			top.take(entry);
			const auto value = entry.value(quantity, window, now);
			if (value > 0) all.push_back({entry.key(), value, entry.is_estimated(quantity, window, now), at});
		}
		std::ranges::sort(all, [](const TopPlace& a, const TopPlace& b) { return a.value != b.value ? a.value > b.value : a.key < b.key; });
		CAPTURE(round);
		CHECK(top.active() == all.size());
		all.resize(std::min(all.size(), most));
		CHECK(top.result() == all);
	}
}
