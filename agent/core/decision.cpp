// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/decision.h"
#include "core/text.h"

#include <algorithm>

namespace gate25 {

namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 5> level_words{"notify", "limit", "port25", "mail", "garden"};
constexpr std::array<std::string_view, 7> kind_words{"spam", "missed-spam", "ham",  "not-spam",
                                                     "bot",  "malware",     "other"};

template <class Enum, std::size_t size>
Result<Enum> parse_word(std::string_view what, const std::array<std::string_view, size>& words,
                        std::string_view text) {
	const auto found = std::find(words.begin(), words.end(), text);
	if (found != words.end()) return static_cast<Enum>(found - words.begin());
	return fail(ErrorKind::bad_input,
	            "expected " + std::string(what) + " (" + listed(words) + "), got " + quoted(text));
}

} // namespace

std::string_view level_text(Level level) {
	return level_words[static_cast<std::size_t>(level)];
}

Result<Level> parse_level(std::string_view text) {
	return parse_word<Level>("a level", level_words, text);
}

std::string_view kind_text(AlertKind kind) {
	return kind_words[static_cast<std::size_t>(kind)];
}

Result<AlertKind> parse_kind(std::string_view text) {
	return parse_word<AlertKind>("a kind of alert", kind_words, text);
}

} // namespace gate25
