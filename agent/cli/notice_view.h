// SPDX-License-Identifier: GPL-2.0-or-later
//
// What subscribers were told, for people.
#pragma once

#include "cli/screen.h"
#include "core/time.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>

namespace gate25::cli {

// "sent 2026-11-22 12:00:00 UTC", "waits, after 3 tries", "given up"
std::string notice_state(const boost::json::object& notice);
// "by mail to anna@example.org", "to the hook tickets"
std::string notice_way(const boost::json::object& notice);
// With a column for the subscriber where the rows name one.
std::string notice_table(const Screen& screen, const boost::json::array& notices);

} // namespace gate25::cli
