// SPDX-License-Identifier: GPL-2.0-or-later
//
// How many different destinations there were within the last minute, hour and day, in 92 bytes. Each is known by
// a hash and the time when it was last seen: as long as there are no more than `places` the answer is exact. Then only those
// are kept whose hash lies in the lower half (quarter, ...) of all hashes, and each of them stands for two (four, ...):
// distinct sampling (Gibbons, VLDB 2001). The estimate of n destinations is off by a quarter to a third of n.
#pragma once

#include "core/sliding_sum.h"

#include <array>
#include <cstdint>

namespace gate25 {

class DistinctSample {
public:
	static constexpr std::size_t places = 14;
	// From the time of the last call to a later one: what is older than a day goes.
	void advance(VolumeTime from, VolumeTime to);
	// At the time that it was advanced to. Hashes must be evenly spread.
	void add(std::uint32_t hash, VolumeTime now);
	std::uint32_t count(Window window, VolumeTime now) const { return counts(now)[static_cast<std::size_t>(window)]; }
	std::array<std::uint32_t, all_windows.size()> counts(VolumeTime now) const;
	bool is_estimated(Window window, VolumeTime now) const;

private:
	void halve();
	void refine(VolumeTime now);

	std::array<std::uint32_t, places> hashes_{};
	std::array<std::uint16_t, places> ticks_{}; // of two seconds, modulo a day and a half
	std::uint8_t used_ = 0;
	std::uint8_t level_ = 0;        // hashes below 2^(32 - level) are kept
	std::uint8_t coarse_level_ = 0; // the level that holds for what came before coarse_until_
	VolumeTime coarse_until_ = 0;
};

} // namespace gate25
