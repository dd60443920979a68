// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/config_kinds.h"
#include <algorithm>

namespace gate25::config_file {

namespace {

constexpr bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

constexpr bool is_letter(char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// RFC 1123 2.1
bool is_label(std::string_view text) {
	return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
	       std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
}

// Not "300.0.2.1": what ends in a number is meant to be an IPv4 address.
bool is_host_name(std::string_view text) {
	if (text.size() > 253) return false;
	for (std::size_t dot; (dot = text.find('.')) != text.npos; text.remove_prefix(dot + 1))
		if (!is_label(text.substr(0, dot))) return false;
	return is_label(text) && !std::all_of(text.begin(), text.end(), is_digit);
}

bool is_ipv6(std::string_view text) {
	const auto address = Address::parse(text);
	return address && text.find(':') != text.npos;
}

bool is_ipv4(std::string_view text) {
	const auto address = Address::parse(text);
	return address && text.find(':') == text.npos;
}

bool is_port(std::string_view text) {
	if (text.empty() || text.size() > 5 || text.front() == '0' || !std::all_of(text.begin(), text.end(), is_digit))
		return false;
	return std::stoul(std::string(text)) <= 65535;
}

// What stands before the @ (RFC 5321 4.1.2, Dot-string).
bool is_local_part(std::string_view text) {
	constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~.";
	return !text.empty() && text.size() <= 64 && text.front() != '.' && text.back() != '.' &&
	       text.find("..") == text.npos && std::all_of(text.begin(), text.end(), [&](char c) {
		       return is_letter(c) || is_digit(c) || others.find(c) != others.npos;
	       });
}

} // namespace

bool has_control(std::string_view text) {
	for (std::size_t i = 0; i < text.size(); ++i) {
		const auto byte = static_cast<unsigned char>(text[i]);
		if (byte < 0x20 || byte == 0x7f) return true;
		// U+0080 to U+009F in UTF-8
		if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;
	}
	return false;
}

bool is_account(std::string_view text) {
	return !text.empty() && text.size() <= 256 && text.front() != '-' && !has_control(text) &&
	       text.find_first_of(" \t:,/\"'*") == text.npos;
}

bool is_absolute_path(std::string_view text) {
	return text.starts_with('/') && !text.ends_with('/') && !has_control(text);
}

bool is_mail_address(std::string_view text) {
	const std::size_t at = text.find('@');
	return at != text.npos && text.size() <= 254 && is_local_part(text.substr(0, at)) &&
	       is_host_name(text.substr(at + 1));
}

bool is_web_server(std::string_view text) {
	const std::size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
	if (scheme == 0) return false;
	text.remove_prefix(scheme);
	const bool is_literal = text.starts_with('[');
	const std::size_t end = is_literal ? text.find(']') : text.find(':');
	if (is_literal && end == text.npos) return false;
	const std::string_view host = is_literal ? text.substr(1, end - 1) : text.substr(0, end);
	if (is_literal ? !is_ipv6(host) : !is_host_name(host) && !is_ipv4(host)) return false;
	const std::string_view rest = text.substr(std::min(text.size(), is_literal ? end + 1 : end));
	return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
}

std::optional<std::pair<Address, std::uint16_t>> parse_endpoint(std::string_view text) {
	const std::size_t colon = text.rfind(':');
	if (colon == text.npos || !is_port(text.substr(colon + 1))) return std::nullopt;
	std::string_view host = text.substr(0, colon);
	const bool is_literal = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
	if (is_literal) host = host.substr(1, host.size() - 2);
	if (is_literal ? !is_ipv6(host) : !is_ipv4(host)) return std::nullopt;
	return std::pair(*Address::parse(host), static_cast<std::uint16_t>(std::stoul(std::string(text.substr(colon + 1)))));
}

std::string lower_case(std::string_view text) {
	std::string out(text);
	for (char& c : out)
		if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
	return out;
}

} // namespace gate25::config_file
