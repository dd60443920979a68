// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a replay found, for people and as JSON.
#pragma once

#include "cli/screen.h"
#include "core/replay.h"

#include <boost/json/object.hpp>
#include <string>

namespace gate25::cli {

struct Replayed {
	const Replay& today;
	const Replay& then;
	std::string file;              // of the other configuration
	std::optional<UnixTime> since; // nullopt: all that is recorded
	std::vector<Difference> differences;
};

void print_replayed(Screen& screen, const Replayed& replayed);
boost::json::object replayed_object(const Replayed& replayed);

} // namespace gate25::cli
