// SPDX-License-Identifier: GPL-2.0-or-later
//
// Text on a terminal: how wide it is, how it is cut, and what may not reach it. Reporters write reasons
// and comments, so a text may hold escape sequences or characters that turn the line round; those are
// shown as escapes ("\x1b"), never sent (CVE-2021-42574 is about the second kind).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace gate25::cli {

// Columns of a terminal. A broken byte counts as one.
std::size_t width_of(std::string_view text);
// At most `width` columns, ended by the ellipsis when something was cut.
std::string cut(std::string_view text, std::size_t width, std::string_view ellipsis);
// Control characters, direction marks and broken UTF-8 as visible escapes.
std::string clean(std::string_view text);
// The same for JSON, which stays the same JSON: outside of ASCII those can only stand in strings.
std::string clean_json(std::string_view json);
// Words broken into lines of `width` columns (0: one line), all but the first indented.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);
// `; did you mean "port25"?`, or nothing when no known word is near.
std::string did_you_mean(std::string_view given, std::span<const std::string_view> known);
// 1234567 -> "1,234,567"
std::string grouped(unsigned long long number);
// "1 quarantine", "2 quarantines"
std::string counted(unsigned long long number, std::string_view noun);

} // namespace gate25::cli
