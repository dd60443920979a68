// SPDX-License-Identifier: GPL-2.0-or-later
//
// How much is usual: the highest peak of each subscriber (or user) in a period, over all of them, so that a limit can be
// chosen before anybody meets it.
#pragma once

#include "core/volume_map.h"
#include "core/volume_record.h"

#include <array>
#include <optional>

namespace gate25 {

// In tenths of a percent; 1000 is the highest of all.
inline constexpr std::array<unsigned, 7> spread_points{500, 750, 900, 950, 990, 999, 1000};

struct SpreadResult {
	// Of the record, whoever it is of; nullopt: there is none.
	std::optional<std::uint32_t> first_hour, last_hour;
	std::uint64_t active = 0;
	std::uint64_t active_users = 0; // of these: users, the others are subscribers
	std::uint64_t restrained = 0;   // who had something refused by a limit then, or would have had in monitor mode
	std::uint64_t left_out = 0;     // records that did not fit into memory
	// The lowest number that this share of them did not exceed, in the order of spread_points.
	std::array<std::uint32_t, spread_points.size()> values{};
	// The lowest limit that would have touched one in a thousand at most, and how many that is; nullopt: nobody was
	// active, or all limits are too low.
	std::optional<Limit> suggestion;
	std::uint64_t touched = 0;
};

class Spread {
public:
	Spread(Quantity quantity, Window window) : quantity_(quantity), window_(window) {}
	// Records may be of any activity, in any order.
	void take(const VolumeRecord& record);
	SpreadResult result() const;

private:
	struct State {
		std::uint16_t peak = 0;
		bool is_restrained = false;
	};
	Quantity quantity_;
	Window window_;
	VolumeMap<State> states_;
	std::optional<std::uint32_t> first_hour_, last_hour_;
	std::uint64_t left_out_ = 0;
};

} // namespace gate25
