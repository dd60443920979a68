// SPDX-License-Identifier: GPL-2.0-or-later
//
// The limits of a configuration, held against the sums of one subscriber.
#pragma once

#include "core/config.h"
#include "core/volume_entry.h"

#include <array>
#include <optional>
#include <vector>

namespace gate25 {

// The first limit of each kind that is exceeded; nullptr: none is.
struct Exceeded {
	const VolumeLimit* refuse = nullptr;
	const VolumeLimit* would_refuse = nullptr; // in monitor mode
	const VolumeLimit* alert = nullptr;
	const VolumeLimit* would_alert = nullptr;
};

class VolumeLimits {
public:
	explicit VolumeLimits(std::vector<VolumeLimit> limits);
	// The sums hold already what is to be judged.
	Exceeded exceeded(const VolumeEntry& entry, const VolumeValues& values) const;
	Exceeded exceeded(const VolumeEntry& entry, VolumeTime now) const { return exceeded(entry, entry.values(now)); }
	// Those that concern this subscriber, or a user.
	std::vector<VolumeLimit> concerning(const VolumeKey& key) const;

private:
	std::array<std::vector<VolumeLimit>, all_activities.size()> by_activity_;
};

// "62 attempts to reach port 25 within an hour, of 51 mail servers": for people, also for the subscriber.
std::string excess_text(const VolumeEntry& entry, const Limit& limit, VolumeTime now);

} // namespace gate25
