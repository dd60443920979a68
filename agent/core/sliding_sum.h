// SPDX-License-Identifier: GPL-2.0-or-later
//
// How many events there were within the last minute, hour and day, in 42 bytes. Each window is cut into six slots and
// has a seventh, the current one. What is in the oldest slot counts less and less while the current one fills up, so an
// event leaves a sum when it is between five and seven sixths of the window old.
#pragma once

#include "core/volume.h"

#include <array>
#include <cstdint>

namespace gate25 {

// Whole seconds since 1970, which suffices until 2106.
using VolumeTime = std::uint32_t;
constexpr VolumeTime volume_time(UnixTime time) { return static_cast<VolumeTime>(time.time_since_epoch().count()); }

class SlidingSum {
public:
	// From the time of the last call to a later one.
	void advance(VolumeTime from, VolumeTime to);
	// At the time that it was advanced to. A slot counts to 65535.
	void add(std::uint32_t events);
	std::array<std::uint32_t, all_windows.size()> sums(VolumeTime now) const;
	std::uint32_t sum(Window window, VolumeTime now) const { return sums(now)[static_cast<std::size_t>(window)]; }
	// Within the last ten minutes, a sixth of an hour: the current slot, and as much of the one before as is not over.
	std::uint32_t ten_minutes(VolumeTime now) const;

private:
	static constexpr std::size_t slots = 7;
	template <std::size_t window> bool advance_window(VolumeTime from, VolumeTime to);
	template <std::size_t window> std::uint32_t sum_of(VolumeTime now) const;
	std::array<std::array<std::uint16_t, slots>, all_windows.size()> counts_{}; // the current slot first
};

} // namespace gate25
