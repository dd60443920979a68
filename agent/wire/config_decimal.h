// SPDX-License-Identifier: GPL-2.0-or-later
//
// Numbers like 2.25, exactly: toml++ makes a double of what is written, and 1.005 is none. So their text is
// taken from the file, and read in hundredths.
#pragma once

#include "wire/config_tree.h"

#include <optional>
#include <string_view>

namespace gate25::config_file {

// Gives each decimal of the tree its text.
void keep_decimals(Node& root, std::string_view file);

// A whole number, or one with at most two places and no exponent; none above 10 million, so that sums have room.
std::optional<Points> points_of(const Node& node);

} // namespace gate25::config_file
