// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reports in the inbox, as a list and one by one. What strangers wrote is shown and never sent to the terminal as
// it is.
#pragma once

#include "cli/screen.h"
#include "core/time.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

namespace gate25::cli {

std::string held_table(const Screen& screen, const boost::json::array& reports, UnixTime now);
// What is known of one, a line each.
std::string held_facts(const Screen& screen, const boost::json::object& report, UnixTime now);
// Its bytes as harmless text. A terminal gets the first lines, and how to see the rest; a pipe gets all.
std::string held_text_of(const Screen& screen, std::string_view bytes, std::string_view id);

} // namespace gate25::cli
