// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/http/target.h"

#include "core/text.h"

#include <fmt/core.h>

#include <algorithm>

namespace gate25 {
namespace {

enum class Place { path, query };

int digit_of(char c) {
	if (c >= '0' && c <= '9') return c - '0';
	if (c >= 'a' && c <= 'f') return c - 'a' + 10;
	if (c >= 'A' && c <= 'F') return c - 'A' + 10;
	return -1;
}

Result<std::string> decode(std::string_view text, Place place) {
	std::string decoded;
	decoded.reserve(text.size());
	for (std::size_t i = 0; i < text.size(); ++i) {
		if (text[i] == '+' && place == Place::query) {
			decoded += ' ';
		} else if (text[i] != '%') {
			decoded += text[i];
		} else {
			const int high = i + 2 < text.size() ? digit_of(text[i + 1]) : -1;
			const int low = i + 2 < text.size() ? digit_of(text[i + 2]) : -1;
			if (high < 0 || low < 0)
				return fail(ErrorKind::bad_input,
				            fmt::format("{} has a '%' without two hexadecimal digits: a percent sign is %25",
				                        quoted(text)));
			decoded += static_cast<char>(high * 16 + low);
			i += 2;
		}
	}
	if (decoded.find('\0') != std::string::npos)
		return fail(ErrorKind::bad_input, fmt::format("{} holds a NUL", quoted(text)));
	if (!is_utf8(decoded)) return fail(ErrorKind::bad_input, fmt::format("{} is not UTF-8", quoted(text)));
	return decoded;
}

// "http://host/path": every server must take it, though only proxies send it.
std::string_view without_authority(std::string_view target) {
	constexpr std::string_view scheme = "http://";
	if (target.substr(0, scheme.size()) != scheme) return target;
	const auto path = target.find('/', scheme.size());
	return path == std::string_view::npos ? "/" : target.substr(path);
}

Result<void> check_characters(std::string_view target) {
	if (target.empty() || target.front() != '/')
		return fail(ErrorKind::bad_input, fmt::format("the target {} does not begin with '/'", quoted(target)));
	const auto is_wrong = [](char c) { return c <= ' ' || c >= 0x7f || c == '#'; };
	if (std::any_of(target.begin(), target.end(), is_wrong))
		return fail(ErrorKind::bad_input,
		            "the target holds a blank, a '#' or a byte outside of ASCII: write it as %XX");
	return {};
}

template <class Use> Result<void> for_each_part(std::string_view text, char separator, Use use) {
	for (;;) {
		const auto end = text.find(separator);
		if (auto used = use(text.substr(0, end)); !used) return used;
		if (end == std::string_view::npos) return {};
		text.remove_prefix(end + 1);
	}
}

Result<void> add_segment(std::vector<std::string>& path, std::string_view segment) {
	auto decoded = decode(segment, Place::path);
	if (!decoded) return fail(decoded.error());
	path.push_back(std::move(*decoded));
	return {};
}

Result<void> add_pair(std::map<std::string, std::string>& query, std::string_view pair) {
	if (pair.empty()) return {};
	const auto equals = pair.find('=');
	auto name = decode(pair.substr(0, equals), Place::query);
	if (!name) return fail(name.error());
	auto value =
	    decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), Place::query);
	if (!value) return fail(value.error());
	if (name->empty()) return fail(ErrorKind::bad_input, fmt::format("{} in the query has no name", quoted(pair)));
	if (!query.emplace(*name, std::move(*value)).second)
		return fail(ErrorKind::bad_input, fmt::format("{} is given twice in the query", quoted(*name)));
	return {};
}

} // namespace

Result<HttpTarget> parse_target(std::string_view target) {
	target = without_authority(target);
	if (auto checked = check_characters(target); !checked) return fail(checked.error());
	HttpTarget parsed;
	const auto mark = target.find('?');
	const std::string_view path = target.substr(1, mark == std::string_view::npos ? mark : mark - 1);
	if (!path.empty()) {
		auto done = for_each_part(path, '/', [&](std::string_view part) { return add_segment(parsed.path, part); });
		if (!done) return fail(done.error());
	}
	if (mark == std::string_view::npos) return parsed;
	auto done = for_each_part(target.substr(mark + 1), '&',
	                          [&](std::string_view part) { return add_pair(parsed.query, part); });
	if (!done) return fail(done.error());
	return parsed;
}

std::string percent_encode(std::string_view text) {
	constexpr std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:";
	constexpr std::string_view digits = "0123456789ABCDEF";
	std::string encoded;
	for (const char c : text) {
		const auto byte = static_cast<unsigned char>(c);
		if (unreserved.find(c) != std::string_view::npos)
			encoded += c;
		else
			(encoded += '%') += {digits[byte >> 4U], digits[byte & 15U]};
	}
	return encoded;
}

} // namespace gate25
