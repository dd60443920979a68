// SPDX-License-Identifier: GPL-2.0-or-later
//
// The whole story of one subscriber, for whoever has him on the telephone.
#pragma once

#include "cli/screen.h"
#include "core/time.h"

#include <boost/json/object.hpp>

namespace gate25::cli {

// The answer of GET /v1/subscribers/ID.
void print_story(const Screen& screen, const boost::json::object& story, UnixTime now);

} // namespace gate25::cli
