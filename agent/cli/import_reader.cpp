// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/import_reader.h"

#include <fmt/format.h>
#include <istream>

namespace gate25::cli {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf"; // spreadsheets put it in front

bool is_comment(std::string_view line) {
	const auto first = line.find_first_not_of(" \t\r");
	return first == line.npos || line[first] == '#';
}

} // namespace

// std::getline() would hold a line of any length.
bool ImportReader::read_line() {
	line_.clear();
	is_too_long_ = false;
	auto& buffer = *in_.rdbuf();
	using Traits = std::istream::traits_type;
	auto c = buffer.sbumpc();
	if (Traits::eq_int_type(c, Traits::eof())) return false;
	for (; !Traits::eq_int_type(c, Traits::eof()); c = buffer.sbumpc()) {
		++bytes_;
		if (c == '\n') break;
		if (line_.size() < longest_line) {
			line_ += Traits::to_char_type(c);
		} else {
			is_too_long_ = true;
		}
	}
	++number_;
	if (number_ == 1 && line_.starts_with(byte_order_mark)) line_.erase(0, byte_order_mark.size());
	return true;
}

Result<void> ImportReader::recognise() {
	auto format = ImportFormat::recognise(kind_, line_);
	if (!format) return fail(ErrorKind::bad_input, fmt::format("line {}: {}", number_, format.error().text));
	format_ = std::move(*format);
	return {};
}

void ImportReader::take(Piece& piece, Result<std::optional<std::string>> json) const {
	if (!json) {
		piece.refused.push_back({number_, json.error().text});
	} else if (*json) {
		piece.body.append(**json).append(1, '\n');
		piece.lines.push_back(number_);
	}
}

Result<Piece> ImportReader::next() {
	Piece piece;
	while (piece.lines.size() < most_lines && piece.refused.size() < most_lines && piece.body.size() < most_bytes) {
		if (!read_line()) break;
		if (is_too_long_) {
			piece.refused.push_back({number_, fmt::format("longer than {} bytes", longest_line)});
			continue;
		}
		if (!format_) {
			if (is_comment(line_)) continue;
			if (auto known = recognise(); !known) return fail(known.error());
			if (format_->has_header()) continue;
		}
		take(piece, format_->json(line_));
	}
	return piece;
}

} // namespace gate25::cli
