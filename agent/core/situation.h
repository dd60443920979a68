// SPDX-License-Identifier: GPL-2.0-or-later
//
// Gathers what a decision looks at. One function for the agent and for a replay, so that the replay's answer is the one
// that the agent would have given.
#pragma once

#include "core/assignment.h"
#include "core/memory.h"

#include <algorithm>
#include <optional>

namespace gate25 {

// What stands for a prefix, and what stood: the agent's book and store, or a replay's.
class Standings {
public:
	virtual ~Standings() = default;
	// Of exactly this prefix.
	virtual std::optional<Situation::Held> held(const Prefix& prefix) = 0;
	virtual std::uint64_t exemption(const Prefix& prefix) = 0; // its number; 0: none
	// Quarantines in force of exactly this prefix that began at or after `since`, with the one that stands.
	virtual unsigned begun_since(const Prefix& prefix, UnixTime since) = 0;
};

// `key` is the alert's report_key(); `holder` who held the address when it happened, if that is known. The alert must live as
// long as the situation.
Situation situation_of(const Config& config, const Alert& alert, Attribution reporter, std::uint64_t key, UnixTime now,
                       const Memory& memory, Standings& standings, const std::optional<Holder>& holder = std::nullopt);

// Stricter must not mean shorter: a person may have set the end. nullopt: until released.
template <class End> std::optional<End> later_end(const std::optional<End>& one, const std::optional<End>& other) {
	if (!one || !other) return std::nullopt;
	return std::max(*one, *other);
}

} // namespace gate25
