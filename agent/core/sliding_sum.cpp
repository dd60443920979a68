// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/sliding_sum.h"

#include <algorithm>

namespace gate25 {
namespace {

constexpr std::array<VolumeTime, all_windows.size()> slot_lengths{10, 600, 14'400};
static_assert(window_length(Window::minute) == Seconds{6 * slot_lengths[0]} && window_length(Window::hour) == Seconds{6 * slot_lengths[1]} &&
              window_length(Window::day) == Seconds{6 * slot_lengths[2]});

// Constants, since a division by one is a multiplication.
template <std::size_t window> constexpr VolumeTime slot_at(VolumeTime time) { return time / slot_lengths[window]; }

} // namespace

template <std::size_t window> bool SlidingSum::advance_window(VolumeTime from, VolumeTime to) {
	const std::size_t steps = std::min<std::size_t>(slot_at<window>(to) - slot_at<window>(from), slots);
	if (steps == 0) return false;
	auto& counts = counts_[window];
	std::shift_right(counts.begin(), counts.end(), static_cast<std::ptrdiff_t>(steps));
	std::fill_n(counts.begin(), steps, std::uint16_t{0});
	return true;
}

void SlidingSum::advance(VolumeTime from, VolumeTime to) {
	// What stays in its slot of a minute does so in longer ones.
	if (advance_window<0>(from, to) && advance_window<1>(from, to)) advance_window<2>(from, to);
}

void SlidingSum::add(std::uint32_t events) {
	for (auto& counts : counts_)
		counts.front() = static_cast<std::uint16_t>(std::min<std::uint64_t>(0xffff, std::uint64_t{counts.front()} + events));
}

template <std::size_t window> std::uint32_t SlidingSum::sum_of(VolumeTime now) const {
	constexpr VolumeTime length = slot_lengths[window];
	std::uint32_t sum = 0;
	for (std::size_t slot = 0; slot + 1 < slots; ++slot) sum += counts_[window][slot];
	return sum + (counts_[window].back() * (length - now % length) + length - 1) / length;
}

std::uint32_t SlidingSum::ten_minutes(VolumeTime now) const {
	constexpr std::size_t hour = static_cast<std::size_t>(Window::hour);
	constexpr VolumeTime length = slot_lengths[hour];
	return counts_[hour][0] + (counts_[hour][1] * (length - now % length) + length - 1) / length;
}

std::array<std::uint32_t, all_windows.size()> SlidingSum::sums(VolumeTime now) const {
	return {sum_of<0>(now), sum_of<1>(now), sum_of<2>(now)};
}

} // namespace gate25
