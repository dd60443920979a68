// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/import_format.h"

#include "cli/text.h"
#include "cli/value.h"
#include "core/address.h"
#include "core/text.h"
#include "core/time.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <fmt/format.h>

namespace json = boost::json;

namespace gate25::cli {
namespace {

tl::unexpected<Error> bad(std::string text) {
	return fail(ErrorKind::bad_input, std::move(text));
}

std::string_view trimmed(std::string_view text) {
	constexpr std::string_view blanks = " \t\r";
	const auto first = text.find_first_not_of(blanks);
	if (first == text.npos) return {};
	return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// A quoted field off the front of `rest`, up to the separator; a doubled quote is a quote.
Result<std::string> cut_quoted(std::string_view& rest, char separator) {
	std::string field;
	for (std::size_t at = 1; at < rest.size(); ++at) {
		if (rest[at] != '"') {
			field += rest[at];
		} else if (at + 1 < rest.size() && rest[at + 1] == '"') {
			field += rest[at++];
		} else {
			rest.remove_prefix(at + 1);
			if (rest.empty() || rest.front() == separator) return field;
			return bad(fmt::format("expected the separator after a quoted field, got {}", quoted(rest)));
		}
	}
	return bad("a quoted field must end on its own line");
}

Result<std::vector<std::string>> fields_of(std::string_view rest, char separator) {
	std::vector<std::string> fields;
	for (;;) {
		if (!rest.empty() && rest.front() == '"') {
			auto field = cut_quoted(rest, separator);
			if (!field) return fail(field.error());
			fields.push_back(std::move(*field));
		} else {
			const auto end = std::min(rest.find(separator), rest.size());
			fields.emplace_back(trimmed(rest.substr(0, end)));
			rest.remove_prefix(end);
		}
		if (rest.empty()) return fields;
		rest.remove_prefix(1);
	}
}

char separator_of(std::string_view header) {
	const auto at = header.find_first_of(",;\t");
	return at == header.npos ? ',' : header[at];
}

// A person wrote it in a spreadsheet: the mistake is named here, with the line, before it is sent.
Result<void> put_seconds(json::object& object, std::string_view text) {
	std::int64_t seconds = 0;
	const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
	if (error != std::errc{} || end != text.data() + text.size()) {
		return bad(fmt::format("seconds: expected a whole number, got {}", quoted(text)));
	}
	object["seconds"] = seconds;
	return {};
}

Result<void> put_duration(json::object& object, std::string_view text) {
	const auto duration = parse_duration(text);
	if (!duration) return fail(duration.error());
	object["seconds"] = *duration ? json::value((*duration)->count()) : json::value(nullptr);
	return {};
}

Result<void> put(json::object& object, std::string_view column, const std::string& field) {
	if (column == "seconds") return put_seconds(object, field);
	if (column == "for") return put_duration(object, field);
	object[column] = field;
	return {};
}

Result<std::string_view> column(const ImportKind& kind, std::string_view title) {
	std::string lower;
	for (const char c : title) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
	const auto found = std::find(kind.columns.begin(), kind.columns.end(), lower);
	if (found != kind.columns.end()) return *found;
	return bad(fmt::format("unknown column {}{} (known: {})", quoted(title), did_you_mean(lower, kind.columns),
	                       listed(kind.columns)));
}

std::string single(std::string_view prefix) {
	return json::serialize(json::object{{"prefix", prefix}});
}

} // namespace

const ImportKind& quarantine_import() {
	static const ImportKind kind{
	    "/v1/import", {"prefix", "level", "for", "seconds", "until", "reason", "ticket"}, {"prefix"}, true};
	return kind;
}

const ImportKind& assignment_import() {
	static const ImportKind kind{
	    "/v1/assignments", {"prefix", "subscriber", "ports", "from", "until"}, {"prefix", "subscriber"}, false};
	return kind;
}

Result<ImportFormat> ImportFormat::from_header(const ImportKind& kind, std::string_view header) {
	ImportFormat format;
	format.kind_ = &kind;
	format.form_ = Form::csv;
	format.separator_ = separator_of(header);
	const auto fields = fields_of(header, format.separator_);
	if (!fields) return fail(fields.error());
	for (const auto& field : *fields) {
		const auto name = column(kind, field);
		if (!name) {
			return bad(fmt::format("expected a JSON object{} the header of a CSV file{}: {}", kind.takes_list ? "," : " or",
			                       kind.takes_list ? ", or an address" : "", name.error().text));
		}
		if (std::find(format.columns_.begin(), format.columns_.end(), *name) != format.columns_.end()) {
			return bad(fmt::format("the column {} is there twice", quoted(field)));
		}
		format.columns_.push_back(*name);
	}
	for (const auto required : kind.required) {
		const bool is_there = std::find(format.columns_.begin(), format.columns_.end(), required) != format.columns_.end();
		if (!is_there) return bad(fmt::format("the header names no column {}", quoted(required)));
	}
	return format;
}

Result<ImportFormat> ImportFormat::recognise(const ImportKind& kind, std::string_view first_line) {
	const auto text = trimmed(first_line);
	ImportFormat format;
	format.kind_ = &kind;
	if (text.starts_with('{')) {
		format.form_ = Form::ndjson;
		return format;
	}
	if (kind.takes_list && Prefix::parse(trimmed(text.substr(0, text.find('#'))))) return format;
	return from_header(kind, text);
}

Result<std::string> ImportFormat::from_csv(std::string_view line) const {
	const auto fields = fields_of(line, separator_);
	if (!fields) return fail(fields.error());
	if (fields->size() > columns_.size()) {
		return bad(fmt::format("{}, but the header names {}", counted(fields->size(), "field"), columns_.size()));
	}
	json::object object;
	for (std::size_t i = 0; i < fields->size(); ++i) {
		const auto& field = (*fields)[i];
		if (field.empty()) continue;
		if (auto good = put(object, columns_[i], field); !good) return fail(good.error());
	}
	for (const auto required : kind_->required) {
		if (!object.contains(required)) return bad(fmt::format("the column {} is empty", quoted(required)));
	}
	return json::serialize(object);
}

Result<std::optional<std::string>> ImportFormat::json(std::string_view line) const {
	const auto text = trimmed(line);
	if (text.empty() || (text.starts_with('#') && form_ != Form::ndjson)) return std::nullopt;
	if (!is_utf8(text)) return bad("expected text in UTF-8");
	if (form_ == Form::ndjson) return std::string(text);
	if (form_ == Form::list) return single(trimmed(text.substr(0, text.find('#'))));
	auto object = from_csv(text);
	if (!object) return fail(object.error());
	return std::move(*object);
}

} // namespace gate25::cli
