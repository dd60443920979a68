// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whether a subscriber may end his quarantine himself, and if not, why: [release] of gate25.toml(5). Pure; the facts come
// from flow/way_out.h.
#pragma once

#include "core/config_subscribers.h"
#include "core/decision.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gate25 {

// Who has ended a quarantine that its subscriber has ended.
inline constexpr std::string_view ended_by_subscriber = "subscriber";

// Refused connections to port 25 from all that somebody holds by himself.
struct Attempts {
	std::uint64_t ten_minutes = 0;
	std::uint64_t hour = 0;
	std::optional<UnixTime> last; // of the last day or so; nullopt: none
	// By the clock that they were counted with, which may differ from the wall clock.
	std::optional<Seconds> since_last;
	bool go_on() const { return ten_minutes > 0; }
};

// In the order in which they are asked: the first that holds is told.
enum class NoWayOut : std::uint8_t {
	not_in_quarantine,
	never,       // [release] self is 0
	shared,      // a quarantine concerns others too, whom he must not let out
	level,       // not from a level that [release] levels does not name
	used_up,     // he has done so too often of late
	still_trying // [release] quiet, and his machines go on, or nobody counts what they do
};
inline constexpr std::array<NoWayOut, 6> all_no_ways_out{NoWayOut::not_in_quarantine, NoWayOut::never,   NoWayOut::shared,
                                                         NoWayOut::level,             NoWayOut::used_up, NoWayOut::still_trying};
std::string_view no_way_out_text(NoWayOut refused); // "used-up"

struct WayOutFacts {
	std::vector<Quarantine> standing; // in force for him
	bool is_shared = false;           // one of them is of a prefix that he does not hold by himself
	unsigned used = 0;                // how often he has let himself out within [quarantine] memory
	std::optional<Attempts> attempts; // nullopt: nobody counts
};

struct WayOut {
	std::optional<NoWayOut> refused; // nullopt: he may
	std::string why;                 // for him to read; empty when he may
	unsigned used = 0;
	unsigned left = 0;
};

// Whether the rules let anybody out of this level by himself.
bool allows(const ReleaseRules& rules, Level level);
// `memory` is [quarantine] memory, within which releases were counted.
WayOut way_out(const ReleaseRules& rules, Seconds memory, const WayOutFacts& facts);

} // namespace gate25
