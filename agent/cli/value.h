// SPDX-License-Identifier: GPL-2.0-or-later
//
// The kinds of values that words of the command line can be: each has its check, so that a mistake is
// named before anything is sent, and the words that the shell offers.
#pragma once

#include "core/result.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace gate25::cli {

enum class Kind : std::uint8_t {
	nothing, // a flag
	text,
	address,  // 203.0.113.7
	prefix,   // ADDR|PREFIX
	decision, // ADDR|PREFIX|ID
	id,
	held_state,
	level,
	alert_kind,
	quantity, // connections
	window,   // hour
	limit,    // connections 30/hour
	duration,
	time,
	port,
	count,
	file,
	format,
	shell,
	verb
};

// An error quotes the text and says what was expected.
[[nodiscard]] Result<void> check_value(Kind kind, std::string_view text);
// All there are; empty when they cannot be listed.
const std::vector<std::string_view>& words_of(Kind kind);
constexpr bool is_file(Kind kind) {
	return kind == Kind::file;
}

} // namespace gate25::cli
