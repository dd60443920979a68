// SPDX-License-Identifier: GPL-2.0-or-later
//
// The whole story of one subscriber, for whoever has him on the telephone.
#pragma once

#include "cli/screen.h"
#include "core/time.h"

#include <boost/json/object.hpp>
#include <string_view>

namespace gate25::cli {

// Quarantines that stand for prefixes of his and not for him, beside the answer's own members.
inline constexpr std::string_view of_prefixes_key = "of_prefixes";
// The answer of GET /v1/subscribers/ID.
void print_story(const Screen& screen, const boost::json::object& story, UnixTime now);

} // namespace gate25::cli
