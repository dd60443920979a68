// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/spread.h"

#include <algorithm>
#include <vector>

namespace gate25 {

void Spread::take(const VolumeRecord& record) {
	if (!first_hour_ || record.hour < *first_hour_) first_hour_ = record.hour;
	if (!last_hour_ || record.hour > *last_hour_) last_hour_ = record.hour;
	if (record.activity != activity_of(quantity_)) return;
	State* state = states_.find_or_add(record.key);
	if (state == nullptr) {
		++left_out_;
		return;
	}
	state->peak = std::max(state->peak, record.peak(quantity_, window_));
	state->is_restrained |= record.refused > 0;
}

SpreadResult Spread::result() const {
	SpreadResult result;
	result.first_hour = first_hour_;
	result.last_hour = last_hour_;
	result.active = states_.size();
	result.left_out = left_out_;
	std::vector<std::uint64_t> count(0x10000); // how many have this peak
	states_.for_each([&](const VolumeKey& key, const State& state) {
		result.active_users += key.is_user() ? 1 : 0;
		result.restrained += state.is_restrained ? 1 : 0;
		++count[state.peak];
	});
	if (result.active == 0) return result;
	std::uint64_t up_to = 0; // have this peak or a lower one
	std::size_t point = 0;
	for (std::uint32_t peak = 0; peak < count.size(); ++peak) {
		up_to += count[peak];
		for (; point < spread_points.size() && up_to * 1000 >= result.active * spread_points[point]; ++point) result.values[point] = peak;
		const std::uint64_t above = result.active - up_to;
		if (result.suggestion || peak < 1 || peak > most_limit || above > result.active / 1000) continue;
		result.suggestion = Limit{quantity_, peak, window_};
		result.touched = above;
	}
	return result;
}

} // namespace gate25
