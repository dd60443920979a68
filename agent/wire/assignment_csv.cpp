// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/assignment_csv.h"

#include "core/subscriber_key.h"
#include "core/text.h"

#include <algorithm>

namespace gate25 {
namespace {

constexpr std::array<std::string_view, 5> titles_known{"prefix", "subscriber", "ports", "from", "until"};

tl::unexpected<Error> objection(std::string text) {
	return fail(ErrorKind::bad_input, std::move(text));
}

// RFC 4180 2: a field in quotes may hold commas, and a quote twice.
Result<std::vector<std::string>> read_line(std::string_view line) {
	std::vector<std::string> fields(1);
	bool is_quoted = false, was_quoted = false;
	for (std::size_t i = 0; i < line.size(); ++i) {
		const char c = line[i];
		std::string& field = fields.back();
		if (is_quoted && c == '"' && line.substr(i + 1).starts_with('"')) field += line[++i];
		else if (is_quoted && c == '"') is_quoted = false;
		else if (is_quoted) field += c;
		else if (c == ',') fields.emplace_back(), was_quoted = false;
		else if (c == '"' && field.empty() && !was_quoted) is_quoted = was_quoted = true;
		else if (c == '"' || was_quoted) return objection("a quote stands in the middle of a field: " + quoted(line));
		else field += c;
	}
	if (is_quoted) return objection("a quote is not closed: " + quoted(line));
	return fields;
}

Result<std::optional<UnixTime>> read_time(const std::string& text) {
	if (text.empty()) return std::optional<UnixTime>();
	const auto time = parse_time(text);
	if (!time) return fail(time.error());
	return std::optional(*time);
}

} // namespace

Result<void> AssignmentCsvReader::read_header(const std::vector<std::string>& titles) {
	at_ = {};
	for (std::size_t i = 0; i < titles.size(); ++i) {
		const auto known = std::find(titles_known.begin(), titles_known.end(), titles[i]);
		if (known == titles_known.end())
			return objection("the first line names the columns " + listed(titles_known) + ", got " + quoted(titles[i]));
		auto& place = at_[static_cast<std::size_t>(known - titles_known.begin())];
		if (place) return objection("the column " + titles[i] + " stands there twice");
		place = i;
	}
	if (!at_[prefix] || !at_[subscriber]) return objection("the columns prefix and subscriber are needed");
	width_ = titles.size();
	has_header_ = true;
	return {};
}

Result<Lease> AssignmentCsvReader::read_fields(const std::vector<std::string>& fields) const {
	const auto field = [&](Column column) { return at_[column] ? fields[*at_[column]] : std::string(); };
	Lease lease;
	const auto where = Prefix::parse(field(prefix));
	if (!where) return fail(where.error());
	lease.prefix = *where;
	auto who = parse_subscriber_id(field(subscriber));
	if (!who) return fail(who.error());
	lease.subscriber = std::move(*who);
	if (const std::string text = field(ports); !text.empty()) {
		const auto range = parse_ports(text);
		if (!range) return fail(range.error());
		if (lease.prefix.family() == Family::ipv6) return objection("ports are for addresses of IPv4 that several share, got " + lease.prefix.text());
		lease.ports = *range;
	}
	const auto since = read_time(field(from)), end = read_time(field(until));
	if (!since) return fail(since.error());
	if (!end) return fail(end.error());
	if (*since && *end && **end < **since) return objection("until is before from: " + quoted(field(until)) + " and " + quoted(field(from)));
	lease.at = *since;
	lease.until = *end;
	return lease;
}

Result<std::optional<Lease>> AssignmentCsvReader::read(std::string_view line) {
	constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
	if (!is_begun_ && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
	is_begun_ = true;
	if (line.ends_with('\r')) line.remove_suffix(1);
	if (line.empty() || line.starts_with('#')) return std::optional<Lease>();
	const auto fields = read_line(line);
	if (!fields) return fail(fields.error());
	if (!has_header_) {
		if (auto header = read_header(*fields); !header) return fail(header.error());
		return std::optional<Lease>();
	}
	if (fields->size() != width_)
		return objection(std::to_string(width_) + " fields were expected, as in the header, got " + std::to_string(fields->size()) + ": " + quoted(line));
	auto lease = read_fields(*fields);
	if (!lease) return fail(lease.error());
	return std::optional(std::move(*lease));
}

} // namespace gate25
