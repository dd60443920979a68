// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whether somebody who was let out goes on as before: fresh attempts after a release are said, to him and to the desk,
// once. Needs [volume]: without it nothing is known of attempts.
#pragma once

#include "core/decision.h"
#include "core/volume.h"

#include <deque>
#include <optional>
#include <vector>

namespace gate25 {

class Agent;

// Refused connections of all that somebody holds.
struct RecentAttempts {
	std::uint64_t minute = 0; // each with the fading of core/sliding_sum.h
	std::uint64_t hour = 0;
	std::uint64_t day = 0;
};

class Aftercare {
public:
	explicit Aftercare(Agent& agent) : agent_(agent) {}
	// He was let out just now.
	void watch(const Quarantine& ended);
	void tick();
	// nullopt: nobody counts.
	std::optional<RecentAttempts> attempts(const Prefix& party) const;

private:
	struct Watched {
		Quarantine quarantine;
		Milliseconds since{};
	};
	bool look_after(Watched& watched);
	Agent& agent_;
	std::deque<Watched> watched_; // the oldest first
	Milliseconds next_look_{};
};

} // namespace gate25
