// SPDX-License-Identifier: GPL-2.0-or-later
//
// A file of any size in pieces for POST /v1/import or /v1/assignments. Holds one piece and one line at a time.
#pragma once

#include "cli/import_format.h"

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace gate25::cli {

struct RefusedLine {
	std::size_t line = 0; // of the file, from 1
	std::string message;
};

struct Piece {
	std::string body;                 // NDJSON
	std::vector<std::size_t> lines;   // the line in the file of each line of the body
	std::vector<RefusedLine> refused; // what needed no agent to see that it is wrong
	bool is_empty() const { return lines.empty() && refused.empty(); }
};

class ImportReader {
public:
	static constexpr std::size_t most_lines = 2000;
	static constexpr std::size_t most_bytes = std::size_t{256} * 1024;
	static constexpr std::size_t longest_line = std::size_t{16} * 1024;

	explicit ImportReader(std::istream& in, const ImportKind& kind = quarantine_import()) : in_(in), kind_(kind) {}
	// An empty piece: the end. An error: the file as a whole cannot be understood.
	[[nodiscard]] Result<Piece> next();
	std::size_t lines() const { return number_; }
	std::uint64_t bytes() const { return bytes_; }

private:
	bool read_line();
	void take(Piece& piece, Result<std::optional<std::string>> json) const;
	[[nodiscard]] Result<void> recognise();

	std::istream& in_;
	const ImportKind& kind_;
	std::string line_;
	bool is_too_long_ = false;
	std::size_t number_ = 0;
	std::uint64_t bytes_ = 0;
	std::optional<ImportFormat> format_;
};

} // namespace gate25::cli
