// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lines of the EVE socket, in pieces that the first two bytes choose: none is lost, none is made up, and what is
// too long is counted.
#include "fuzz.h"

#include "edge/line_buffer.h"

#include <string>

using namespace gate25;

namespace {

constexpr std::size_t longest = 64;

struct Lines {
	std::string text;
	std::uint64_t too_long = 0;
	bool operator==(const Lines &) const = default;
};

Lines in_pieces(std::string_view text, std::size_t piece, std::size_t most) {
	Lines lines;
	LineBuffer buffer(longest);
	const auto take = [&] {
		while (buffer.whole() > 0) {
			const std::string taken = buffer.take(most);
			fuzz::require(taken.ends_with('\n'), "whole lines");
			fuzz::require(taken.size() <= most || taken.find('\n') == taken.size() - 1,
			              "no more than was asked for, or one line");
			lines.text += taken;
		}
		lines.too_long += buffer.take_too_long();
	};
	for (std::size_t at = 0; at < text.size(); at += piece) {
		buffer.feed(text.substr(at, piece));
		take();
	}
	buffer.end();
	take();
	return lines;
}

Lines wanted(std::string_view text) {
	Lines lines;
	while (!text.empty()) {
		const auto end = text.find('\n');
		const auto line = text.substr(0, end);
		text.remove_prefix(end == text.npos ? text.size() : end + 1);
		if (line.size() > longest)
			++lines.too_long;
		else
			(lines.text += line) += '\n';
	}
	return lines;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
	if (size < 2) return 0;
	const auto text = fuzz::text_of(data, size).substr(2);
	fuzz::require(in_pieces(text, 1U + data[0], data[1]) == wanted(text), "every line once, and as it is");
	return 0;
}
