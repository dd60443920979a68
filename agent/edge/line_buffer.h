// SPDX-License-Identifier: GPL-2.0-or-later
//
// Bytes become whole lines. Holds no more than one longest line and what was fed last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gate25 {

class LineBuffer {
public:
	// A line longer than `longest_line`, its newline not counted, is skipped to its end and counted.
	explicit LineBuffer(std::size_t longest_line) : longest_line_(longest_line) {}

	void feed(std::string_view bytes);
	// Nothing more will come: what is there without a newline is a line.
	void end();
	std::size_t whole() const { return whole_; } // bytes of whole lines
	bool has_news() const { return whole_ > 0 || too_long_ > 0; }
	bool has_part() const { return text_.size() > whole_ || is_skipping_; } // of a line that has not ended
	// Whole lines, at most so many bytes, but one at least when there is one.
	std::string take(std::size_t most);
	// Lines that were skipped since the last call.
	std::uint64_t take_too_long();

private:
	void add(std::string_view piece);

	std::size_t longest_line_;
	std::string text_;
	std::size_t whole_ = 0;
	std::uint64_t too_long_ = 0;
	bool is_skipping_ = false;
};

} // namespace gate25
