// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/volume.h"

#include "core/text.h"
#include "core/words.h"

#include <charconv>

namespace gate25 {
namespace {

constexpr std::array<std::string_view, 3> activity_words{"attempts", "connections", "mail"};
constexpr std::array<std::string_view, 6> quantity_words{"attempts",     "attempted-destinations", "connections",
                                                         "destinations", "messages",               "recipients"};
constexpr std::array<std::string_view, 3> window_words{"minute", "hour", "day"};

Error limit_error(std::string_view text, const std::string& why) {
	return {ErrorKind::bad_input, "a limit looks like \"connections 30/hour\", got " + quoted(text) + ": " + why};
}

} // namespace

std::string_view activity_text(Activity activity) { return activity_words[static_cast<std::size_t>(activity)]; }
std::string_view quantity_text(Quantity quantity) { return quantity_words[static_cast<std::size_t>(quantity)]; }
std::string_view window_text(Window window) { return window_words[static_cast<std::size_t>(window)]; }
Result<Quantity> parse_quantity(std::string_view text) { return parse_word<Quantity>("a quantity", quantity_words, text); }
Result<Window> parse_window(std::string_view text) { return parse_word<Window>("a time", window_words, text); }

std::string Limit::text() const {
	return std::string(quantity_text(quantity)) + ' ' + std::to_string(most) + '/' + std::string(window_text(per));
}

Result<Limit> parse_limit(std::string_view text) {
	const auto space = text.find(' '), slash = text.find('/');
	if (space == text.npos || slash == text.npos || slash < space)
		return fail(limit_error(text, "it needs a quantity, a number and a time"));
	const auto quantity = parse_quantity(text.substr(0, space));
	if (!quantity) return fail(limit_error(text, quantity.error().text));
	const auto window = parse_window(text.substr(slash + 1));
	if (!window) return fail(limit_error(text, window.error().text));
	const std::string_view digits = text.substr(space + 1, slash - space - 1);
	std::uint32_t most = 0;
	const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), most);
	if (read.ec != std::errc() || read.ptr != digits.data() + digits.size() || most < 1 || most > most_limit)
		return fail(limit_error(text, "the number must be from 1 to " + std::to_string(most_limit)));
	return Limit{*quantity, most, *window};
}

} // namespace gate25
