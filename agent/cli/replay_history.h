// SPDX-License-Identifier: GPL-2.0-or-later
//
// What persons did, from the agent's history: a replay does it again between the alerts.
#pragma once

#include "core/replay.h"

#include <boost/json/object.hpp>
#include <vector>

namespace gate25::cli {

// Of the answer of GET /v1/history, oldest first. An error names the line.
[[nodiscard]] Result<std::vector<PersonAct>> acts_of(const boost::json::object& history);

} // namespace gate25::cli
