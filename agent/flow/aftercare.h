// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whether somebody who was let out goes on as before: fresh attempts after a release are said, to him and to the desk,
// once. Needs [volume]: without it nothing is known of attempts.
#pragma once

#include "core/decision.h"
#include "core/time.h"

#include <deque>

namespace gate25 {

class Agent;

class Aftercare {
public:
	explicit Aftercare(Agent& agent) : agent_(agent) {}
	// He was let out just now.
	void watch(const Quarantine& ended);
	void tick();
	// Nothing more is to be said of him.
	void forget(const Prefix& key);

private:
	struct Watched {
		Quarantine quarantine;
		Milliseconds since{};
		std::uint64_t before = 0; // attempts of the ten minutes until then
	};
	bool look_after(Watched& watched);
	Agent& agent_;
	std::deque<Watched> watched_; // the oldest first
	Milliseconds next_look_{};
};

} // namespace gate25
