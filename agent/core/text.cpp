// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/text.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace gate25 {

namespace {

constexpr std::size_t longest_quote = 80;

void append_escaped(std::string& out, char character) {
	static constexpr std::string_view digits = "0123456789abcdef";
	const auto byte = static_cast<unsigned char>(character);
	if (byte < 0x20 || byte >= 0x7f) {
		out += "\\x";
		out += digits[byte >> 4U];
		out += digits[byte & 15U];
		return;
	}
	out += character;
}

// Insertions, deletions and exchanges that turn one word into the other (Levenshtein).
std::size_t distance(std::string_view from, std::string_view to) {
	std::vector<std::size_t> row(to.size() + 1);
	for (std::size_t i = 0; i < row.size(); ++i) row[i] = i;
	for (std::size_t i = 0; i < from.size(); ++i) {
		std::size_t diagonal = row[0];
		row[0] = i + 1;
		for (std::size_t j = 0; j < to.size(); ++j) {
			const std::size_t exchanged = diagonal + (from[i] == to[j] ? 0 : 1);
			diagonal = row[j + 1];
			row[j + 1] = std::min({exchanged, diagonal + 1, row[j] + 1});
		}
	}
	return row.back();
}

// Bytes of the sequence that begins here, 0 when it is none (RFC 3629: no overlong form, no surrogate).
std::size_t sequence_length(std::string_view text) {
	const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
	const auto is_tail = [&](std::size_t i) { return (byte(i) & 0xc0U) == 0x80U; };
	const unsigned first = byte(0);
	if (first < 0x80) return 1;
	if (first < 0xc2) return 0;
	if (first < 0xe0) return is_tail(1) ? 2 : 0;
	if (first < 0xf0) {
		const bool is_wrong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f);
		return !is_wrong && is_tail(1) && is_tail(2) ? 3 : 0;
	}
	const bool is_wrong = first > 0xf4 || (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f);
	return !is_wrong && is_tail(1) && is_tail(2) && is_tail(3) ? 4 : 0;
}

} // namespace

std::string quoted(std::string_view text) {
	std::string out = "\"";
	for (const char character : text.substr(0, longest_quote)) {
		if (character == '"' || character == '\\') out += '\\';
		append_escaped(out, character);
	}
	if (text.size() > longest_quote) out += "...";
	return out + '"';
}

std::string printable(std::string_view text) {
	std::string out;
	for (const char character : text) append_escaped(out, character);
	return out;
}

std::string listed(std::span<const std::string_view> words) {
	std::string out;
	for (const std::string_view word : words) {
		if (!out.empty()) out += ", ";
		out += word;
	}
	return out;
}

std::string_view nearest(std::string_view given, std::span<const std::string_view> words) {
	if (given.size() > longest_quote) return {};
	std::string_view best;
	// A short word is close to too many others: half of it must be right.
	std::size_t limit = std::min<std::size_t>(2, given.size() / 2);
	for (const std::string_view word : words) {
		const std::size_t steps = distance(given, word);
		if (steps > limit || (!best.empty() && steps == limit)) continue;
		best = word;
		limit = steps;
	}
	return best;
}

bool is_utf8(std::string_view text) {
	while (!text.empty()) {
		const std::size_t length = sequence_length(text);
		if (length == 0) return false;
		text.remove_prefix(length);
	}
	return true;
}

} // namespace gate25
