// SPDX-License-Identifier: GPL-2.0-or-later
//
// Quarantines and exemptions as tables and as sentences, the same wherever they are shown.
#pragma once

#include "cli/screen.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>

namespace gate25::cli {

Color color_of_level(std::string_view level);
// Recorded and shown, and not in the kernel.
bool is_monitored(const boost::json::object& quarantine);
std::string quarantine_table(const Screen& screen, const boost::json::array& quarantines);
std::string exemption_table(const Screen& screen, const boost::json::array& exemptions);
// "203.0.113.7 (id 42)"
std::string named(const boost::json::object& decision);
// "for 23h 59m, until 2026-11-21 23:43:33 UTC", or "until released"
std::string term(const boost::json::object& decision);

} // namespace gate25::cli
