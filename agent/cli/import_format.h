// SPDX-License-Identifier: GPL-2.0-or-later
//
// What one line of an import means. Three formats, told apart by the first line: NDJSON, CSV with a
// header line (RFC 4180, but a quoted field ends on its own line; comma, semicolon or tab), and a bare
// list of addresses with comments after "#". Each line becomes one JSON object for POST /v1/import. Pure.
#pragma once

#include "core/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gate25::cli {

class ImportFormat {
public:
	// `first_line` is neither empty nor a comment. An error says what a first line may be.
	[[nodiscard]] static Result<ImportFormat> recognise(std::string_view first_line);
	// Whether that first line was only a header.
	bool has_header() const { return form_ == Form::csv; }
	// nullopt: an empty line or a comment.
	[[nodiscard]] Result<std::optional<std::string>> json(std::string_view line) const;

private:
	enum class Form { ndjson, csv, list };
	enum class Name { prefix, level, duration, seconds, until, reason, ticket };
	[[nodiscard]] static Result<Name> column(std::string_view title);
	[[nodiscard]] Result<std::string> from_csv(std::string_view line) const;

	Form form_ = Form::list;
	char separator_ = ',';
	std::vector<Name> columns_;
};

} // namespace gate25::cli
