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
// "203.0.113.7 (id 42)"; of a subscriber "anna (id 42)"
std::string named(const boost::json::object& decision);
// Whom it is of: a subscriber's name, otherwise the prefix.
std::string subject_of(const boost::json::object& decision);
// What a subscriber holds now: "100.64.1.2 and 2001:db8:1000:100::/56", or "no address now". Empty: it is of a prefix.
std::string holding(const boost::json::object& decision);
// A line about it, for a subscriber.
void print_holding(const Screen& screen, const boost::json::object& decision);
// "for 23h 59m, until 2026-11-21 23:43:33 UTC", or "until released"
std::string term(const boost::json::object& decision);

} // namespace gate25::cli
