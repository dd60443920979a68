// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/report_build.h"

#include "core/special.h"
#include "core/text.h"

#include <algorithm>
#include <charconv>

namespace gate25::reports {
namespace {

constexpr std::uint16_t server_port = 25;

bool is_control(char c) {
	return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool is_continuation(char c) {
	return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
}

std::string cut(std::string text, std::size_t most) {
	if (text.size() <= most) return text;
	std::size_t end = most - 3;
	while (end > 0 && is_continuation(text[end])) --end;
	text.resize(end);
	return text + "...";
}

} // namespace

Report ended(Report report, const Step& step) {
	report.outcome = step ? ReportOutcome::parsed : step.error().outcome;
	if (!step) report.why = utf8_line(step.error().why, longest_why);
	return report;
}

std::string ascii_line(std::string_view text, std::size_t most) {
	return cut(printable(text.substr(0, most + 1)), most);
}

std::string utf8_line(std::string_view text, std::size_t most) {
	if (std::any_of(text.begin(), text.end(), is_control)) return ascii_line(text, most);
	return cut(std::string(text), most);
}

std::string lower(std::string_view text) {
	std::string out(text);
	for (char& c : out)
		if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
	return out;
}

std::string_view trimmed(std::string_view text) {
	const auto first = text.find_first_not_of(" \t\r\n");
	if (first == text.npos) return {};
	return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::optional<std::uint32_t> whole_number(std::string_view text, std::uint32_t least, std::uint32_t most) {
	std::uint32_t value = 0;
	const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
	if (error != std::errc() || end != text.data() + text.size() || value < least || value > most)
		return std::nullopt;
	return value;
}

std::optional<std::uint16_t> client_port(std::uint32_t port) {
	if (port == server_port) return std::nullopt;
	return static_cast<std::uint16_t>(port);
}

Step take_address(Report& report, std::string_view field, const Address& address) {
	report.address = address;
	report.origin = AddressOrigin::source_field;
	if (const std::string why = why_special(Prefix::host(address)); !why.empty())
		return refused(std::string(field) + " " + address.text() + " is nobody's address: " + why);
	return {};
}

} // namespace gate25::reports
