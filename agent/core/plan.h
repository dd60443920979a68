// SPDX-License-Identifier: GPL-2.0-or-later
//
// From decisions to elements: which key goes into which set, for how long. Pure.
#pragma once

#include "core/config.h"
#include "core/element.h"

#include <vector>

namespace gate25 {

// What stands for one prefix: a quarantine at a level, or an exemption (level nullopt).
struct Standing {
	Prefix prefix;
	std::optional<Level> level;
	std::optional<Deadline> until;
	friend bool operator==(const Standing&, const Standing&) = default;
};

// nullopt: it is only recorded (mode = "monitor").
std::optional<Standing> standing(const Quarantine& quarantine);
Standing standing(const Exemption& exemption);

// The set that holds it under this configuration; nullopt when no set does: a length no longer configured.
std::optional<DecisionSet> set_of(const Network& network, const Prefix& prefix, std::optional<Level> level);

// All of them, and which prefix a key in one of them stands for.
std::vector<DecisionSet> decision_sets(const Network& network);
Prefix prefix_of(const Network& network, const DecisionSet& set, const Address& key);

// The changes that lead from what stood before (nullopt: nothing) to what stands now (nullopt: nothing).
// What is over or has no set is not added. One batch: at no moment is the prefix in no set between two.
std::vector<ElementChange> plan_change(const Network& network, const std::optional<Standing>& before,
                                       const std::optional<Standing>& after, const Now& now);

// The same when nobody knows what stood before: afterwards this prefix is in the set of `now_stands` and in no other one
// of its kind.
std::vector<ElementChange> plan_settled(const Network& network, const Prefix& prefix, bool is_exemption,
                                        const std::optional<Standing>& now_stands, const Now& now);

// The router's own address inside a subscriber's prefix (his gateway) is no objection: only forwarded packets
// are judged. Why this prefix may not be quarantined (or exempted); no value: it may. `what` is the word for messages.
std::optional<Error> objection_to(const Network& network, const Prefix& prefix, std::string_view what);
// Of whoever is reported by an address: the router's own is nobody's, even where the prefix round it is a subscriber's.
std::optional<Error> objection_to_reported(const Network& network, const Address& address);

} // namespace gate25
