// SPDX-License-Identifier: GPL-2.0-or-later
//
// toml++ 3.3 recurses once for each part of a dotted key and overflows the stack at some 100,000 parts
// (nested arrays and inline tables it limits by itself). So keys are looked at before it gets them.
#pragma once

#include <optional>
#include <string_view>

namespace gate25::config_file {

// The first line with a key of more than 16 parts; no key of gate25 has more than two.
std::optional<unsigned> line_of_deep_key(std::string_view text);

} // namespace gate25::config_file
