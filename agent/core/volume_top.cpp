// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/volume_top.h"

#include <algorithm>

namespace gate25 {

namespace {

bool is_before(const TopPlace& a, const TopPlace& b) { return a.value != b.value ? a.value > b.value : a.key < b.key; }

// Whether nothing of it can be left in the sum, which is cheaper than to ask the sum.
bool is_past(const VolumeEntry& entry, Window window, VolumeTime now) {
	const auto longest = static_cast<VolumeTime>(window_length(window).count()) / 6 * 7;
	return now > entry.last() && now - entry.last() > longest;
}

} // namespace

void VolumeTop::take(const VolumeEntry& entry) {
	if (is_past(entry, window_, now_)) return;
	const std::uint32_t value = entry.value(quantity_, window_, now_);
	if (value == 0) return;
	++active_;
	const bool is_full = heap_.size() == most_;
	if (most_ == 0 || (is_full && value < heap_.front().value)) return;
	const TopPlace place{entry.key(), value, entry.is_estimated(quantity_, window_, now_), entry.last()};
	if (is_full) {
		if (!is_before(place, heap_.front())) return;
		std::ranges::pop_heap(heap_, is_before);
		heap_.pop_back();
	}
	heap_.push_back(place);
	std::ranges::push_heap(heap_, is_before);
}

std::vector<TopPlace> VolumeTop::result() const {
	std::vector<TopPlace> places = heap_;
	std::ranges::sort_heap(places, is_before);
	return places;
}

} // namespace gate25
