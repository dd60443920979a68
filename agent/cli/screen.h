// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where a verb reads and writes, and what that can show. main fills it from the real terminal, a test
// from string streams.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

namespace gate25::cli {

enum class Color : std::uint8_t { none, bold, dim, red, green, yellow };

struct Screen {
	std::istream& in;
	std::ostream& out;
	std::ostream& err;
	bool in_is_terminal = false;
	bool out_is_terminal = false;
	bool err_is_terminal = false;
	std::size_t width = 80; // of the terminal
	bool is_colored = false;
	std::string_view ellipsis = "…"; // "..." where the locale is not UTF-8

	// What tables must fit into; 0: a file or a pipe, nothing is cut.
	std::size_t table_width() const { return out_is_terminal ? width : 0; }
	// On `out`.
	std::string paint(Color color, std::string_view text) const;
};

} // namespace gate25::cli
