// SPDX-License-Identifier: GPL-2.0-or-later
//
// What `nft list` says about the table, in a form that can be compared.
#pragma once

#include "core/element.h"

#include <map>
#include <set>
#include <string>

namespace gate25::compare {

// "chain from4" -> its text, "set relays4" -> its text with the elements in order; remaining times and the
// numbers of counters left out.
using Listing = std::map<std::string, std::string>;
Listing parse_listing(const std::string& text);
Listing live_listing();
TableShape shape_of(const Listing& listing);

// "quarantine4_port25 100.64.1.1" -> seconds left, -1: until removed
std::map<std::string, long> seconds_left();

} // namespace gate25::compare
