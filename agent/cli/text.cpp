// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/text.h"

#include "core/text.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>

namespace gate25::cli {
namespace {

struct Range {
	char32_t first;
	char32_t last;
};

// Two columns: Unicode's East Asian Width W and F, and the pictures, in broad strokes.
constexpr std::array wide{Range{0x1100, 0x115f},   Range{0x2e80, 0x303e},   Range{0x3041, 0xa4cf},
                          Range{0xac00, 0xd7a3},   Range{0xf900, 0xfaff},   Range{0xfe30, 0xfe6f},
                          Range{0xff00, 0xff60},   Range{0xffe0, 0xffe6},   Range{0x1f300, 0x1f64f},
                          Range{0x1f680, 0x1f6ff}, Range{0x1f900, 0x1f9ff}, Range{0x20000, 0x3fffd}};
// No column: marks that sit on the character before.
constexpr std::array combining{Range{0x300, 0x36f},    Range{0x483, 0x489},   Range{0x591, 0x5bd},
                               Range{0x610, 0x61a},    Range{0x64b, 0x65f},   Range{0x1ab0, 0x1aff},
                               Range{0x20d0, 0x20ff},  Range{0xfe00, 0xfe0f}, Range{0xfe20, 0xfe2f},
                               Range{0xe0100, 0xe01ef}};
// What steers a terminal or the direction of a line, or cannot be seen.
constexpr std::array steering{Range{0x0, 0x1f},       Range{0x7f, 0x9f},     Range{0xad, 0xad},
                              Range{0x61c, 0x61c},    Range{0x200b, 0x200f}, Range{0x2028, 0x202e},
                              Range{0x2060, 0x206f},  Range{0xfeff, 0xfeff}, Range{0xfff9, 0xfffb},
                              Range{0xe0000, 0xe007f}};

template <std::size_t N> bool is_in(const std::array<Range, N>& ranges, char32_t c) {
	return std::any_of(ranges.begin(), ranges.end(), [c](Range r) { return c >= r.first && c <= r.last; });
}

std::size_t sequence_length(unsigned char first) {
	if (first < 0x80) return 1;
	if (first >= 0xc2 && first <= 0xdf) return 2;
	if (first >= 0xe0 && first <= 0xef) return 3;
	if (first >= 0xf0 && first <= 0xf4) return 4;
	return 0;
}

// A character and the bytes it took; no value: the first byte belongs to none.
struct Character {
	std::optional<char32_t> value;
	std::size_t bytes = 1;
};

// RFC 3629: shortest form only, no surrogates, nothing above U+10FFFF.
Character first_character(std::string_view text) {
	const auto length = sequence_length(static_cast<unsigned char>(text[0]));
	if (length == 0 || length > text.size()) return {};
	if (length == 1) return {static_cast<unsigned char>(text[0]), 1};
	char32_t value = static_cast<unsigned char>(text[0]) & (0xffU >> (length + 1));
	for (std::size_t i = 1; i < length; ++i) {
		const auto byte = static_cast<unsigned char>(text[i]);
		if ((byte & 0xc0) != 0x80) return {};
		value = value << 6 | (byte & 0x3fU);
	}
	constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
	if (value < smallest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {};
	return {value, length};
}

std::size_t width_of(const Character& character) {
	if (!character.value) return 1;
	if (is_in(combining, *character.value)) return 0;
	return is_in(wide, *character.value) ? 2 : 1;
}

std::string escape(char32_t c) {
	if (c == '\n') return "\\n";
	if (c == '\t') return "\\t";
	if (c == '\r') return "\\r";
	return c < 0x80 ? fmt::format("\\x{:02x}", static_cast<unsigned>(c))
	                : fmt::format("\\u{:04x}", static_cast<unsigned>(c));
}

// Above U+FFFF JSON wants a surrogate pair (RFC 8259 7).
std::string json_escape(char32_t c) {
	const auto code = static_cast<unsigned>(c);
	if (code < 0x10000) return fmt::format("\\u{:04x}", code);
	return fmt::format("\\u{:04x}\\u{:04x}", 0xd800U + ((code - 0x10000U) >> 10U), 0xdc00U + (code & 0x3ffU));
}

template <class Each> void for_each_character(std::string_view text, Each each) {
	while (!text.empty()) {
		const auto character = first_character(text);
		if (!each(character, text.substr(0, character.bytes))) return;
		text.remove_prefix(character.bytes);
	}
}

} // namespace

std::size_t width_of(std::string_view text) {
	std::size_t width = 0;
	for_each_character(text, [&](const Character& c, std::string_view) {
		width += width_of(c);
		return true;
	});
	return width;
}

std::string cut(std::string_view text, std::size_t width, std::string_view ellipsis) {
	if (width_of(text) <= width) return std::string(text);
	if (width_of(ellipsis) > width) ellipsis = {};
	const auto room = width - width_of(ellipsis);
	std::string result;
	std::size_t used = 0;
	for_each_character(text, [&](const Character& c, std::string_view bytes) {
		used += width_of(c);
		if (used <= room) result += bytes;
		return used <= room;
	});
	while (!result.empty() && result.back() == ' ') result.pop_back();
	return result.append(ellipsis);
}

std::string clean(std::string_view text) {
	std::string result;
	for_each_character(text, [&](const Character& c, std::string_view bytes) {
		if (!c.value) {
			result += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(bytes[0])));
		} else if (is_in(steering, *c.value)) {
			result += escape(*c.value);
		} else {
			result += bytes;
		}
		return true;
	});
	return result;
}

std::string clean_json(std::string_view json) {
	std::string result;
	for_each_character(json, [&](const Character& c, std::string_view bytes) {
		if (!c.value) {
			result += "\\ufffd"; // not JSON any more than before, but harmless
		} else if (is_in(steering, *c.value) && *c.value != '\n' && *c.value != '\t' && *c.value != '\r') {
			result += json_escape(*c.value);
		} else {
			result += bytes;
		}
		return true;
	});
	return result;
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
	std::string result;
	std::size_t used = 0;
	while (!text.empty()) {
		const auto word = text.substr(0, text.find(' '));
		text.remove_prefix(std::min(word.size() + 1, text.size()));
		const auto needed = width_of(word);
		if (used > 0 && width > 0 && used + 1 + needed > width) {
			result.append(1, '\n').append(indent, ' ');
			used = 0;
		} else if (used > 0) {
			result += ' ';
			++used;
		}
		result += word;
		used += needed;
	}
	return result;
}

std::string did_you_mean(std::string_view given, std::span<const std::string_view> known) {
	const auto near = nearest(given, known);
	return near.empty() ? "" : fmt::format("; did you mean {}?", quoted(near));
}

std::string grouped(unsigned long long number) {
	auto digits = std::to_string(number);
	for (auto at = digits.size(); at > 3;) {
		at -= 3;
		digits.insert(at, 1, ',');
	}
	return digits;
}

std::string counted(unsigned long long number, std::string_view noun) {
	return fmt::format("{} {}{}", grouped(number), noun, number == 1 ? "" : "s");
}

} // namespace gate25::cli
