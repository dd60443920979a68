// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/screen.h"

#include <fmt/format.h>

namespace gate25::cli {
namespace {

// ECMA-48 8.3.117, SGR
std::string_view code_of(Color color) {
	switch (color) {
	case Color::none:
		return "";
	case Color::bold:
		return "1";
	case Color::dim:
		return "2";
	case Color::red:
		return "31";
	case Color::green:
		return "32";
	case Color::yellow:
		return "33";
	}
	return "";
}

} // namespace

std::string Screen::paint(Color color, std::string_view text) const {
	if (!is_colored || color == Color::none || text.empty()) return std::string(text);
	return fmt::format("\x1b[{}m{}\x1b[0m", code_of(color), text);
}

} // namespace gate25::cli
