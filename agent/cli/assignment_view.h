// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who held what, for people.
#pragma once

#include "cli/screen.h"
#include "core/time.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>

namespace gate25::cli {

// "12m ago"; empty: no time.
std::string ago_text(std::string_view rfc3339, UnixTime now);
// "203.0.113.7 ports 1024-2047"
std::string held_at(const boost::json::object& assignment);
// What one subscriber holds now, and how fresh that is.
std::string holdings_table(const Screen& screen, const boost::json::array& assignments, UnixTime now);
// Claims, with names and both ends; the first is marked when it is the one that is believed.
std::string claims_table(const Screen& screen, const boost::json::array& assignments, bool is_first_believed, UnixTime now);

} // namespace gate25::cli
