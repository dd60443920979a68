// SPDX-License-Identifier: GPL-2.0-or-later
//
// When something happened, by the word of an access server whose clock may be wrong, over a network that delays and repeats,
// and by a clock of our own that may jump. What counts in the end is the order: an old packet that comes again must look
// old.
#pragma once

#include "core/time.h"

#include <optional>

namespace gate25 {

// A stamp is odd that is more than a minute in the future or more than a day old.
inline constexpr Seconds most_ahead{60}, most_behind{std::chrono::hours{24}};

// How the clock of one access server goes, as far as its stamps have shown.
class ServerClock {
public:
	struct Dated {
		UnixTime at{}; // never after `now`
		bool is_odd = false; // the stamp, or the delay, could not be
	};
	// Of an event with this Event-Timestamp, sent so long after it (Acct-Delay-Time).
	//
	// A stamp that can be is taken. One that is odd is a wrong clock or an old packet, which looks the same: until the
	// server has shown how its clock goes, the time of arrival is taken; from then on the stamp, put right by as
	// much as that clock is wrong. So a server that counts from 1970 is dated by arrival, and what comes again from one
	// whose clock is right is as old as it says. A clock that is wrong by hours and stays so is put right too.
	Dated date(std::optional<UnixTime> stamp, Seconds delay, const Now& now);

private:
	bool is_known() const { return confirmed_.has_value(); }
	void learn(Seconds behind, Milliseconds now);

	Seconds behind_{0};                      // its clock is so much behind ours
	Milliseconds since_{};                   // when that was seen first
	std::optional<Milliseconds> confirmed_;  // and last, by the clock that cannot jump
};

// Our own clock. When it is set back, the one that ran on counts for an hour more: otherwise all that is said meanwhile would
// look older than what stands.
class SteadyWall {
public:
	Now of(const Now& now);

private:
	std::optional<Milliseconds> offset_; // of the wall clock to that of the boot
	std::optional<Milliseconds> set_back_;
};

} // namespace gate25
