// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/when.h"

#include "cli/text.h"
#include "core/time.h"

#include <array>
#include <fmt/format.h>

namespace gate25::cli {

std::string moment(std::string_view rfc3339) {
	const auto time = parse_time(rfc3339);
	if (!time) return clean(rfc3339);
	const auto text = time_text(*time); // 2026-11-21T23:43:33Z
	return fmt::format("{} {} UTC", text.substr(0, 10), text.substr(11, 8));
}

std::string span_text(std::int64_t seconds) {
	struct Unit {
		std::int64_t seconds;
		char letter;
	};
	constexpr std::array units{Unit{86400, 'd'}, Unit{3600, 'h'}, Unit{60, 'm'}, Unit{1, 's'}};
	if (seconds <= 0) return "0s";
	std::size_t first = 0;
	while (units[first].seconds > seconds) ++first;
	auto text = fmt::format("{}{}", seconds / units[first].seconds, units[first].letter);
	if (first + 1 < units.size()) {
		const auto rest = seconds % units[first].seconds / units[first + 1].seconds;
		if (rest > 0) text += fmt::format(" {}{}", rest, units[first + 1].letter);
	}
	return text;
}

std::string left_text(std::optional<std::int64_t> seconds_left) {
	return seconds_left ? span_text(*seconds_left) + " left" : "until released";
}

} // namespace gate25::cli
