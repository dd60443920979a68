// SPDX-License-Identifier: GPL-2.0-or-later
//
// What was counted, for people, from the answers of /v1/volume and /v1/whatif.
#pragma once

#include "cli/screen.h"

#include <boost/json/object.hpp>

namespace gate25::cli {

void print_volume(const Screen& screen, const boost::json::object& answer); // of one subscriber or user
void print_volume_overview(const Screen& screen, const boost::json::object& answer);
void print_volume_top(const Screen& screen, const boost::json::object& answer);
void print_volume_spread(const Screen& screen, const boost::json::object& answer);
void print_what_if(const Screen& screen, const boost::json::object& answer);

} // namespace gate25::cli
