// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/xarf_fields.h"

#include "core/text.h"

#include <fmt/format.h>

namespace gate25::reports {
namespace {

using Kind = JsonFacts::Kind;

bool is_absent(const JsonFacts& facts, std::string_view path) {
	const auto* value = facts.find(path);
	return value == nullptr || value->kind == Kind::null;
}

// What was meant for an address: digits and dots, or hexadecimal and colons. "spam.example" was not.
bool looks_like_address(std::string_view text) {
	if (text.empty()) return true;
	if (text.find(':') != text.npos) return text.find("//") == text.npos && text.find('@') == text.npos;
	return text.find_first_not_of("0123456789.") == text.npos;
}

} // namespace

tl::expected<std::optional<std::string>, Ending> optional_text(const JsonFacts& facts, std::string_view path) {
	if (is_absent(facts, path)) return std::nullopt;
	const auto text = facts.text(path);
	if (!text) {
		if (facts.find(path)->kind == Kind::long_text)
			return refused(fmt::format("the field {} is longer than {} bytes", path, JsonFacts::longest_value));
		return refused(fmt::format("the field {} must be a string, got {}", path, facts.spelt(path)));
	}
	return std::string(*text);
}

tl::expected<std::string, Ending> required_text(const JsonFacts& facts, std::string_view path) {
	auto text = optional_text(facts, path);
	if (!text) return tl::unexpected(text.error());
	if (!*text || (*text)->empty()) return refused(fmt::format("the field {} is missing or empty", path));
	return std::move(**text);
}

tl::expected<std::optional<std::uint16_t>, Ending> optional_port(const JsonFacts& facts, std::string_view path) {
	if (is_absent(facts, path)) return std::nullopt;
	auto written = facts.integer(path);
	if (!written) written = facts.text(path);
	const auto port = written && written->size() <= 5 ? whole_number(*written, 1, 65535) : std::nullopt;
	if (!port) return refused(fmt::format("the field {} must be 1 to 65535, got {}", path, facts.spelt(path)));
	return static_cast<std::uint16_t>(*port);
}

Step take_time(Report& report, const JsonFacts& facts, std::string_view path) {
	const auto text = required_text(facts, path);
	if (!text) return tl::unexpected(text.error());
	const auto time = parse_time(*text);
	if (!time) return aside(fmt::format("the field {}: {}", path, time.error().text));
	report.at = *time;
	return {};
}

Step take_source(Report& report, const JsonFacts& facts, std::string_view path) {
	const auto text = required_text(facts, path);
	if (!text) return tl::unexpected(text.error());
	const auto address = Address::parse(*text);
	if (address) return take_address(report, path, *address);
	if (!looks_like_address(*text) || text->find('/') != text->npos)
		return aside(fmt::format("the field {} names no single address: {}", path, quoted(*text)));
	return refused(fmt::format("the field {} is wrong: {}", path, address.error().text));
}

} // namespace gate25::reports
