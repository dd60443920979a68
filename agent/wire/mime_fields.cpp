// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/mime_fields.h"

#include "wire/report_build.h"

#include <algorithm>

namespace gate25::mime {
namespace {

char lower_case(char c) {
	return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_blank(char c) {
	return c == ' ' || c == '\t';
}

bool is_name(std::string_view text) {
	return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

} // namespace

bool Field::is(std::string_view other) const {
	return std::equal(name.begin(), name.end(), other.begin(), other.end(),
	                  [](char a, char b) { return lower_case(a) == lower_case(b); });
}

std::string_view cut_line(std::string_view& rest) {
	const auto end = rest.find('\n');
	auto line = rest.substr(0, end);
	rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
	if (line.ends_with('\r')) line.remove_suffix(1);
	return line;
}

std::optional<Field> FieldReader::next() {
	while (!rest_.empty()) {
		const auto from = rest_;
		const auto line = cut_line(rest_);
		if (line.empty()) return std::nullopt;
		while (!rest_.empty() && is_blank(rest_.front())) cut_line(rest_);
		const auto colon = line.find(':');
		if (colon == line.npos) continue;
		const auto name = reports::trimmed(line.substr(0, colon));
		if (is_blank(line.front()) || !is_name(name)) continue;
		return Field{name, from.substr(colon + 1, from.size() - rest_.size() - colon - 1)};
	}
	return std::nullopt;
}

std::optional<std::string> unfolded(std::string_view body, std::size_t most) {
	body = reports::trimmed(body);
	if (body.size() > most) return std::nullopt;
	std::string out;
	out.reserve(body.size());
	for (const char c : body)
		if (c != '\r' && c != '\n') out += c == '\t' ? ' ' : c;
	return out;
}

std::optional<std::string> without_comments(std::string_view text) {
	std::string out;
	std::size_t depth = 0;
	bool is_quoted = false;
	for (std::size_t i = 0; i < text.size(); ++i) {
		const char c = text[i];
		const bool is_escape = c == '\\' && i + 1 < text.size() && (depth > 0 || is_quoted);
		if (is_escape) {
			if (depth == 0) out.append(text.substr(i, 2));
			++i;
		} else if (!is_quoted && c == '(') {
			++depth;
		} else if (!is_quoted && c == ')' && depth > 0) {
			if (--depth == 0) out += ' ';
		} else if (depth == 0) {
			if (c == '"') is_quoted = !is_quoted;
			out += c;
		}
	}
	if (depth > 0) return std::nullopt;
	return std::string(reports::trimmed(out));
}

std::string address_in(std::string_view from) {
	const auto open = from.rfind('<');
	const auto close = from.rfind('>');
	if (open != from.npos && close != from.npos && open < close) from = from.substr(open + 1, close - open - 1);
	return without_comments(reports::trimmed(from)).value_or("");
}

} // namespace gate25::mime
