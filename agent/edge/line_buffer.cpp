// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/line_buffer.h"

#include <utility>

namespace gate25 {

void LineBuffer::feed(std::string_view bytes) {
	while (!bytes.empty()) {
		const auto newline = bytes.find('\n');
		const auto size = newline == bytes.npos ? bytes.size() : newline + 1;
		add(bytes.substr(0, size));
		bytes.remove_prefix(size);
	}
}

// A piece of one line, or its rest with the newline.
void LineBuffer::add(std::string_view piece) {
	const bool ends_line = piece.ends_with('\n');
	const std::size_t length = text_.size() - whole_ + piece.size() - (ends_line ? 1 : 0);
	if (!is_skipping_ && length > longest_line_) {
		is_skipping_ = true;
		++too_long_;
		text_.resize(whole_);
		text_.shrink_to_fit(); // a flood without a newline shall not keep what it took
	}
	if (!is_skipping_) text_.append(piece);
	if (!ends_line) return;
	is_skipping_ = false;
	whole_ = text_.size();
}

void LineBuffer::end() {
	is_skipping_ = false;
	if (whole_ == text_.size()) return;
	text_.push_back('\n');
	whole_ = text_.size();
}

std::string LineBuffer::take(std::size_t most) {
	std::size_t size = whole_;
	if (size > most) {
		const auto last = most == 0 ? text_.npos : text_.rfind('\n', most - 1);
		size = (last == text_.npos ? text_.find('\n') : last) + 1;
	}
	whole_ -= size;
	if (size == text_.size()) return std::exchange(text_, {});
	std::string lines = text_.substr(0, size);
	text_.erase(0, size);
	return lines;
}

std::uint64_t LineBuffer::take_too_long() {
	return std::exchange(too_long_, 0);
}

} // namespace gate25
