// SPDX-License-Identifier: GPL-2.0-or-later
//
// The small interval sets that hold the configuration, and the names a rules text declares.
#pragma once

#include "core/policy.h"
#include "wire/ruleset_parts.h"

#include <set>
#include <string>
#include <vector>

namespace gate25 {

struct Declared {
	std::set<std::string> chains;
	std::set<std::string> sets;            // maps too
	std::vector<std::string> configured_sets; // those of `sets` that the configuration fills
};
Declared declared_in(const std::string& rules);

// "add element inet gate25 subscribers4 { 100.64.0.0-100.127.255.255 }" and the like, for the declared ones.
std::string configured_sets_text(const Policy& policy, const Declared& declared);
// The same for those that say whom a meter is for.
std::string meters_text(const std::vector<Meter>& meters);

} // namespace gate25
