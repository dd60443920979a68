// SPDX-License-Identifier: GPL-2.0-or-later
//
// The only place that knows GMime.
#include "wire/mime.h"

#include "core/text.h"
#include "wire/report_build.h"

#include <algorithm>
#include <array>
#include <gmime/gmime.h>
#include <memory>

namespace gate25::mime {
namespace {

using reports::lower;
using reports::trimmed;

constexpr std::size_t longest_value = 4096;
constexpr std::size_t longest_date = 128;

void start_library() {
	static const bool is_started = (g_mime_init(), true);
	static_cast<void>(is_started);
}

struct Unref {
	void operator()(void* object) const { g_object_unref(object); }
};
template <class T> using Object = std::unique_ptr<T, Unref>;

std::string text_of(const char* text) {
	return text == nullptr ? "" : text;
}

bool is_usable(std::string_view value, std::size_t most) {
	return !value.empty() && value.size() <= most && value.find('\0') == value.npos;
}

bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

// "+0100", "-0000"
bool is_offset(std::string_view word) {
	return word.size() == 5 && (word[0] == '+' || word[0] == '-') &&
	       std::all_of(word.begin() + 1, word.end(), is_digit);
}

// RFC 5322 4.3. Other names would silently be taken for UTC.
bool is_zone(std::string_view word) {
	static constexpr std::array<std::string_view, 12> names{"UT",  "GMT", "UTC", "Z",   "EST", "EDT",
	                                                        "CST", "CDT", "MST", "MDT", "PST", "PDT"};
	return is_offset(word) || std::find(names.begin(), names.end(), word) != names.end();
}

// "23:45" or "23:45:01"
bool is_clock(std::string_view word) {
	if (word.size() != 5 && word.size() != 8 && word.size() != 4 && word.size() != 7) return false;
	return is_digit(word.front()) && is_digit(word.back()) && word.find(':') != word.npos;
}

// GMime guesses what the words are, in any order, so that the words it must not guess are looked for first.
bool has_clock_and_zone(std::string_view text) {
	bool has_clock = false;
	bool has_zone = false;
	while (!(text = trimmed(text)).empty()) {
		const auto end = std::min(text.find_first_of(" \t"), text.size());
		const auto word = text.substr(0, end);
		has_clock = has_clock || is_clock(word);
		has_zone = has_zone || (has_clock && is_zone(word));
		text.remove_prefix(end);
	}
	return has_clock && has_zone;
}

struct DateUnref {
	void operator()(GDateTime* date) const { g_date_time_unref(date); }
};

} // namespace

std::optional<ContentType> parse_content_type(std::string_view value) {
	start_library();
	if (!is_usable(value, longest_value)) return std::nullopt;
	const Object<GMimeContentType> parsed(g_mime_content_type_parse(nullptr, std::string(value).c_str()));
	if (!parsed) return std::nullopt;
	ContentType type;
	type.type = lower(text_of(g_mime_content_type_get_media_type(parsed.get()))) + "/" +
	            lower(text_of(g_mime_content_type_get_media_subtype(parsed.get())));
	type.boundary = text_of(g_mime_content_type_get_parameter(parsed.get(), "boundary"));
	type.report_type = lower(text_of(g_mime_content_type_get_parameter(parsed.get(), "report-type")));
	type.name = text_of(g_mime_content_type_get_parameter(parsed.get(), "name"));
	type.protocol = lower(text_of(g_mime_content_type_get_parameter(parsed.get(), "protocol")));
	return type;
}

std::string file_name(std::string_view disposition) {
	start_library();
	if (!is_usable(disposition, longest_value)) return {};
	const Object<GMimeContentDisposition> parsed(
	    g_mime_content_disposition_parse(nullptr, std::string(disposition).c_str()));
	return parsed ? text_of(g_mime_content_disposition_get_parameter(parsed.get(), "filename")) : "";
}

std::optional<std::string_view> decoded(std::string_view body, std::string_view encoding, std::string& storage) {
	start_library();
	const std::string name = lower(trimmed(encoding));
	if (name.empty() || name == "7bit" || name == "8bit" || name == "binary") return body;
	if (name != "base64" && name != "quoted-printable") return std::nullopt;
	GMimeEncoding state;
	g_mime_encoding_init_decode(&state, name == "base64" ? GMIME_CONTENT_ENCODING_BASE64
	                                                     : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	storage.resize(g_mime_encoding_outlen(&state, body.size()));
	storage.resize(g_mime_encoding_step(&state, body.data(), body.size(), storage.data()));
	return storage;
}

std::optional<UnixTime> parse_date(std::string_view text) {
	start_library();
	text = trimmed(text);
	if (!is_usable(text, longest_date) || !has_clock_and_zone(text)) return std::nullopt;
	const std::unique_ptr<GDateTime, DateUnref> date(g_mime_utils_header_decode_date(std::string(text).c_str()));
	if (!date) return std::nullopt;
	return UnixTime{Seconds{g_date_time_to_unix(date.get())}};
}

} // namespace gate25::mime
