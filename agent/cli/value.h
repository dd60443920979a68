// SPDX-License-Identifier: GPL-2.0-or-later
//
// The kinds of values that words of the command line can be: each has its check, so that a mistake is
// named before anything is sent, and the words that the shell offers.
#pragma once

#include "core/result.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace gate25::cli {

enum class Kind : std::uint8_t {
	nothing, // a flag
	text,
	address,  // 203.0.113.7
	prefix,   // ADDR|PREFIX
	subject,  // ADDR|PREFIX, or subscriber:ID
	decision, // the same, or the number of a decision
	person,   // ADDR, or subscriber:ID
	subscriber, // ID, with or without "subscriber:" before it
	ports,    // 1024-2047
	mail,     // anna@example.org
	id,
	held_state,
	notice_state,
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
// The ID of "subscriber:ID"; nullopt: it is something else.
std::optional<std::string_view> named_subscriber(std::string_view text);
// The ID, whether "subscriber:" stands before it or not.
std::string_view subscriber_id(std::string_view text);
constexpr bool is_file(Kind kind) {
	return kind == Kind::file;
}

} // namespace gate25::cli
