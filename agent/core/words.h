// SPDX-License-Identifier: GPL-2.0-or-later
//
// Enumerators and the words that stand for them outside: in rows, in JSON, on the command line.
#pragma once

#include "core/result.h"
#include "core/text.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace gate25 {

// `words` in the order of the enumerators.
template <class Enum, std::size_t size>
Result<Enum> parse_word(std::string_view what, const std::array<std::string_view, size>& words,
                        std::string_view text) {
	const auto found = std::find(words.begin(), words.end(), text);
	if (found != words.end()) return static_cast<Enum>(found - words.begin());
	return fail(ErrorKind::bad_input,
	            "expected " + std::string(what) + " (" + listed(words) + "), got " + quoted(text));
}

} // namespace gate25
