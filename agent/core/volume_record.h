// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is kept of one hour of one subscriber (or user): how much, and how high each sliding sum rose in that hour.
// The peaks come from the same sums that limits are held against (core/volume_book.h), so from them follows exactly in
// which hours a limit would have touched whom.
#pragma once

#include "core/volume.h"
#include "core/volume_key.h"

#include <array>
#include <cstdint>

namespace gate25 {

struct VolumePeaks {
	// Of the sums over the last minute, hour and day; numbers above 65535 are told as 65535.
	std::array<std::uint16_t, 3> first{}, second{};
	friend bool operator==(const VolumePeaks&, const VolumePeaks&) = default;
};

struct VolumeRecord {
	std::uint32_t hour = 0; // hours since 1970-01-01T00:00Z
	VolumeKey key;
	Activity activity = Activity::attempts;
	std::uint32_t events = 0; // attempts, connections or messages that began in this hour
	std::uint32_t refused = 0; // refused by a limit, and not among the events; in monitor mode: would have been, and is among them
	VolumePeaks peaks;
	std::uint16_t peak(Quantity quantity, Window window) const {
		return (is_second(quantity) ? peaks.second : peaks.first)[static_cast<std::size_t>(window)];
	}
	friend bool operator==(const VolumeRecord&, const VolumeRecord&) = default;
};

constexpr std::uint32_t hour_of(UnixTime time) { return static_cast<std::uint32_t>(time.time_since_epoch().count() / 3600); }

} // namespace gate25
