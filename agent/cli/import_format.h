// SPDX-License-Identifier: GPL-2.0-or-later
//
// What one line of an import means, of quarantines or of assignments. Three formats, told apart by the first line: NDJSON, CSV with a
// header line (RFC 4180, but a quoted field ends on its own line; comma, semicolon or tab), and a bare
// list of addresses with comments after "#". Each line becomes one JSON object for the agent. Pure.
#pragma once

#include "core/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gate25::cli {

// What a file is about: where its lines go, and the columns that they may have.
struct ImportKind {
	std::string_view path;                       // of the API
	std::vector<std::string_view> columns;       // a column is named as the member of the JSON; "for" is a duration
	std::vector<std::string_view> required;      // of them
	bool takes_list = false;                     // a bare list of addresses is enough
};
const ImportKind& quarantine_import();
const ImportKind& assignment_import();

class ImportFormat {
public:
	// `first_line` is neither empty nor a comment. An error says what a first line may be.
	[[nodiscard]] static Result<ImportFormat> recognise(const ImportKind& kind, std::string_view first_line);
	// Whether that first line was only a header.
	bool has_header() const { return form_ == Form::csv; }
	// nullopt: an empty line or a comment.
	[[nodiscard]] Result<std::optional<std::string>> json(std::string_view line) const;

private:
	enum class Form { ndjson, csv, list };
	[[nodiscard]] static Result<ImportFormat> from_header(const ImportKind& kind, std::string_view header);
	[[nodiscard]] Result<std::string> from_csv(std::string_view line) const;

	const ImportKind* kind_ = nullptr;
	Form form_ = Form::list;
	char separator_ = ',';
	std::vector<std::string_view> columns_;
};

} // namespace gate25::cli
