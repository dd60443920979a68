// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/decision.h"
#include "core/words.h"

namespace gate25 {

namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 5> level_words{"notify", "limit", "port25", "mail", "garden"};

} // namespace

std::string_view level_text(Level level) {
	return level_words[static_cast<std::size_t>(level)];
}

Result<Level> parse_level(std::string_view text) {
	return parse_word<Level>("a level", level_words, text);
}

} // namespace gate25
