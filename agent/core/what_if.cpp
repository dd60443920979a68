// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/what_if.h"

#include <algorithm>

namespace gate25 {

namespace {

constexpr std::uint32_t hours_of_day = 24;

bool is_before(const Touched& a, const Touched& b) {
	if (a.hours != b.hours) return a.hours > b.hours;
	if (a.peak != b.peak) return a.peak > b.peak;
	return a.key < b.key;
}

} // namespace

WhatIf::WhatIf(Limit limit, std::vector<Prefix> match, bool is_in_force)
	: limit_(limit), match_(std::move(match)), is_in_force_(is_in_force) {}

bool WhatIf::is_meant(const VolumeKey& key) const {
	if (match_.empty()) return true;
	const auto subscriber = key.subscriber();
	return subscriber && std::ranges::any_of(match_, [&](const Prefix& one) { return one.contains(*subscriber); });
}

void WhatIf::take(const VolumeRecord& record) {
	if (!first_hour_ || record.hour < *first_hour_) first_hour_ = record.hour;
	if (!last_hour_ || record.hour > *last_hour_) last_hour_ = record.hour;
	if (record.activity != activity_of(limit_.quantity) || !is_meant(record.key)) return;
	State* state = states_.find_or_add(record.key);
	if (state == nullptr) {
		++left_out_;
		return;
	}
	const std::uint16_t peak = record.peak(limit_.quantity, limit_.per);
	state->peak = std::max(state->peak, peak);
	state->is_restrained |= record.refused > 0;
	if (peak > limit_.most || (is_in_force_ && record.refused > 0 && peak == limit_.most)) touch(*state, record.hour);
}

void WhatIf::touch(State& state, std::uint32_t hour) {
	if (state.hours == 0 || state.last_hour / hours_of_day != hour / hours_of_day) {
		++state.days;
		++by_day_[hour / hours_of_day];
	}
	if (state.hours == 0) state.first_hour = hour;
	state.last_hour = hour;
	++state.hours;
}

WhatIfResult WhatIf::result(std::size_t most) const {
	WhatIfResult result;
	result.first_hour = first_hour_;
	result.last_hour = last_hour_;
	result.active = states_.size();
	result.left_out = left_out_;
	result.by_day = by_day_;
	// A heap whose top is the last one that is still named.
	auto& heap = result.most;
	states_.for_each([&](const VolumeKey& key, const State& state) {
		result.active_users += key.is_user() ? 1 : 0;
		result.restrained += state.is_restrained ? 1 : 0;
		if (state.hours == 0) return;
		++result.touched;
		result.touched_users += key.is_user() ? 1 : 0;
		result.hours += state.hours;
		if (most == 0) return;
		const Touched touched{key, state.hours, state.days, state.first_hour, state.last_hour, state.peak};
		if (heap.size() == most) {
			if (!is_before(touched, heap.front())) return;
			std::ranges::pop_heap(heap, is_before);
			heap.pop_back();
		}
		heap.push_back(touched);
		std::ranges::push_heap(heap, is_before);
	});
	std::ranges::sort_heap(heap, is_before);
	return result;
}

} // namespace gate25
