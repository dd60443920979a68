// SPDX-License-Identifier: GPL-2.0-or-later
//
// The configuration file as a tree of plain values that know where they stand.
#pragma once

#include "wire/config.h"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace gate25::config_file {

struct Where {
	unsigned line = 1;
	unsigned column = 1;
	friend auto operator<=>(const Where&, const Where&) = default;
};

struct Node {
	enum class Kind : std::uint8_t { text, integer, decimal, other, array, table };
	Kind kind = Kind::table;
	Where where;
	std::string key; // of a member of a table; items of an array have the array's key
	Where key_where;
	std::string text; // of a text; of `decimal` (2.5, 1e3) as it is written; of `other` (true, a date) in TOML
	std::int64_t number = 0;
	std::vector<Node> members; // of an array or a table

	const Node* find(std::string_view name) const;
	// For a message: text in quotes, numbers as they are, "an array".
	std::string spelt() const;
};

// The whole file, or the first syntax error.
tl::expected<Node, ConfigError> parse_toml(std::string_view text);

} // namespace gate25::config_file
