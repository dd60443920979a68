// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/sliding_sum.h"

#include <algorithm>

namespace gate25 {
namespace {

constexpr VolumeTime slot_length(std::size_t window) {
	return static_cast<VolumeTime>(window_length(all_windows[window]).count()) / 6;
}

} // namespace

void SlidingSum::advance(VolumeTime from, VolumeTime to) {
	for (std::size_t window = 0; window < counts_.size(); ++window) {
		const VolumeTime length = slot_length(window);
		const std::size_t steps = std::min<std::size_t>(to / length - from / length, slots);
		if (steps == 0) return; // nor in a longer one
		auto& counts = counts_[window];
		std::shift_right(counts.begin(), counts.end(), static_cast<std::ptrdiff_t>(steps));
		std::fill_n(counts.begin(), steps, std::uint16_t{0});
	}
}

void SlidingSum::add(std::uint32_t events) {
	for (auto& counts : counts_)
		counts.front() = static_cast<std::uint16_t>(std::min<std::uint64_t>(0xffff, std::uint64_t{counts.front()} + events));
}

std::uint32_t SlidingSum::sum(Window window, VolumeTime now) const {
	const auto index = static_cast<std::size_t>(window);
	const VolumeTime length = slot_length(index);
	std::uint32_t sum = 0;
	for (std::size_t slot = 0; slot + 1 < slots; ++slot) sum += counts_[index][slot];
	return sum + (counts_[index].back() * (length - now % length) + length - 1) / length;
}

} // namespace gate25
