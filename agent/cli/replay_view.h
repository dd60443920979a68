// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a replay found, for people and as JSON.
#pragma once

#include "cli/screen.h"
#include "core/replay.h"

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
// Written change by change: as values a hundred thousand take hundreds of megabytes.
void print_replayed_json(Screen& screen, const Replayed& replayed);

} // namespace gate25::cli
