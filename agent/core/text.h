// SPDX-License-Identifier: GPL-2.0-or-later
//
// Small things about text that error messages need.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace gate25 {

// Foreign text for a message, in double quotes: printable ASCII as it is, every other byte as \xNN, so that
// neither a terminal nor JSON is hurt and a Cyrillic "a" is seen; cut after some 80 bytes.
std::string quoted(std::string_view text);

// RFC 3629: neither longer than needed, nor a surrogate, nor cut short.
bool is_utf8(std::string_view text);

// The same as quoted() without quotes and uncut.
std::string printable(std::string_view text);

// "notify, limit, port25"
std::string listed(std::span<const std::string_view> words);

// The word that was probably meant, at most two typing errors away; empty: none is close.
std::string_view nearest(std::string_view given, std::span<const std::string_view> words);

} // namespace gate25
