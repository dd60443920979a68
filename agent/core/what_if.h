// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whom a limit would have touched, from the record of what was counted. A record's peak is the highest that the same
// sum rose to which a limit is held against, so in an hour in which it rose above the limit something would have been
// refused, and otherwise nothing: exactly, as long as no limit was in force. What a limit in force refused is in no
// sum, so from such hours follows only who would have been touched at least.
#pragma once

#include "core/address.h"
#include "core/volume_map.h"
#include "core/volume_record.h"

#include <map>
#include <optional>
#include <vector>

namespace gate25 {

// Of whoever would have been touched.
struct Touched {
	VolumeKey key;
	std::uint32_t hours = 0; // in which something would have been refused
	std::uint32_t days = 0;  // with such an hour, in UTC
	std::uint32_t first_hour = 0, last_hour = 0;
	std::uint32_t peak = 0;  // the highest of all its hours
	friend bool operator==(const Touched&, const Touched&) = default;
};

struct WhatIfResult {
	// Of the record, whoever it is of; nullopt: there is none.
	std::optional<std::uint32_t> first_hour, last_hour;
	std::uint64_t active = 0;          // who did anything of the kind, among those for whom the limit is
	std::uint64_t active_users = 0;    // of these: users, the others are subscribers
	std::uint64_t touched = 0;
	std::uint64_t touched_users = 0;
	std::uint64_t hours = 0;           // of all who were touched, together
	std::uint64_t restrained = 0;      // who had something refused by a limit then, or would have had in monitor mode
	std::uint64_t left_out = 0;        // records that did not fit into memory
	std::map<std::uint32_t, std::uint32_t> by_day; // days since 1970: how many would have been touched on it
	std::vector<Touched> most;         // those touched in most hours, then with the highest peaks, first
};

class WhatIf {
public:
	// `match` as in a [[limit]]: empty is everybody; otherwise only subscribers, since a user has no address.
	// `is_in_force`: just this limit is; then a sum that stood at it when something was refused would have gone above it.
	WhatIf(Limit limit, std::vector<Prefix> match, bool is_in_force = false);
	// Records may be of any activity, by rising hours, each once.
	void take(const VolumeRecord& record);
	// Names at most so many.
	WhatIfResult result(std::size_t most) const;

private:
	struct State {
		std::uint32_t hours = 0;
		std::uint32_t first_hour = 0, last_hour = 0;
		std::uint16_t days = 0;
		std::uint16_t peak = 0;
		bool is_restrained = false;
	};
	bool is_meant(const VolumeKey& key) const;
	void touch(State& state, std::uint32_t hour);
	Limit limit_;
	std::vector<Prefix> match_;
	bool is_in_force_;
	VolumeMap<State> states_;
	std::optional<std::uint32_t> first_hour_, last_hour_;
	std::map<std::uint32_t, std::uint32_t> by_day_;
	std::uint64_t left_out_ = 0;
};

} // namespace gate25
