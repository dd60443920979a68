// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/config_nesting.h"

#include <algorithm>

namespace gate25::config_file {

namespace {

constexpr unsigned most_dots = 15;

// Behind the string that begins the text; where it never ends, toml++ will stop as well.
std::size_t string_length(std::string_view text) {
	const char quote = text.front();
	const bool is_long = text.size() >= 3 && text[1] == quote && text[2] == quote;
	const std::string_view end = text.substr(0, is_long ? 3 : 1);
	for (std::size_t i = end.size(); i < text.size(); ++i) {
		if (text[i] == '\\' && quote == '"') {
			++i;
		} else if (text.substr(i).starts_with(end)) {
			i += end.size();
			// Up to two quotes may stand before the closing three.
			while (is_long && i < text.size() && text[i] == quote) ++i;
			return i;
		} else if (text[i] == '\n' && !is_long) {
			return i;
		}
	}
	return text.size();
}

} // namespace

std::optional<unsigned> line_of_deep_key(std::string_view text) {
	unsigned line = 1;
	unsigned dots = 0;
	while (!text.empty()) {
		const char c = text.front();
		std::size_t length = 1;
		if (c == '"' || c == '\'') length = string_length(text);
		if (c == '#') length = std::min(text.find('\n'), text.size());
		if (c == '.' && ++dots > most_dots) return line;
		if (std::string_view("\n,=[]{}").find(c) != std::string_view::npos) dots = 0;
		line += static_cast<unsigned>(
		    std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(length), '\n'));
		text.remove_prefix(length);
	}
	return std::nullopt;
}

} // namespace gate25::config_file
