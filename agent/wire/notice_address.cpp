// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/notice_address.h"

#include "core/text.h"
#include "wire/config_kinds.h"

#include <algorithm>

namespace gate25 {

namespace {

using config_file::is_mail_address;

std::string_view trimmed(std::string_view text) {
	while (text.starts_with(' ')) text.remove_prefix(1);
	while (text.ends_with(' ')) text.remove_suffix(1);
	return text;
}

} // namespace

std::optional<Mailbox> parse_mailbox(std::string_view text) {
	if (config_file::has_control(text) || !is_utf8(text) || text.size() > 500) return std::nullopt;
	if (is_mail_address(text)) return Mailbox{"", std::string(text)};
	const std::size_t begin = text.find('<');
	if (begin == text.npos || !text.ends_with('>')) return std::nullopt;
	const std::string_view name = trimmed(text.substr(0, begin)), address = text.substr(begin + 1, text.size() - begin - 2);
	if (!is_mail_address(address) || name.find_first_of("\"\\<>") != name.npos) return std::nullopt;
	return Mailbox{std::string(name), std::string(address)};
}

std::optional<std::string> mail_to_of(std::string_view pattern, std::string_view subscriber) {
	constexpr std::string_view mark = "{subscriber}";
	const std::size_t at = pattern.find(mark);
	// In the domain it would let a subscriber choose whose mail server gets his notice.
	if (at == pattern.npos || at > pattern.find('@')) return std::nullopt;
	if (subscriber.find('@') != subscriber.npos) return std::nullopt;
	std::string address = std::string(pattern.substr(0, at)).append(subscriber).append(pattern.substr(at + mark.size()));
	if (!is_mail_address(address)) return std::nullopt;
	return address;
}

bool is_mail_server(std::string_view text) {
	const std::size_t scheme = text.starts_with("smtps://") ? 8 : text.starts_with("smtp://") ? 7 : 0;
	return scheme != 0 && config_file::is_web_server("http://" + std::string(text.substr(scheme)));
}

bool is_web_address(std::string_view text) {
	const std::size_t scheme = text.find("://");
	if (scheme == text.npos) return false;
	const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) {
		return c > ' ' && c < 0x7f && std::string_view("\"<>\\^`{|}#").find(c) == std::string_view::npos;
	});
	return is_plain && config_file::is_web_server(text.substr(0, text.find_first_of("/?", scheme + 3)));
}

bool is_language(std::string_view text) {
	const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
	return text.size() >= 2 && text.size() <= 35 && std::all_of(text.begin(), text.end(), is_word) && text.front() >= 'a' &&
	       text.back() != '-' && text.find("--") == text.npos;
}

} // namespace gate25
