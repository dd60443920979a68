// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/requests.h"

#include "core/subscriber_key.h"
#include "wire/fields.h"

#include <algorithm>

namespace gate25 {
namespace {

constexpr std::size_t longest_address = subscriber_word.size() + longest_subscriber_id;
constexpr std::size_t longest_text = 1000;
constexpr std::size_t longest_name = 200;

Subject subject_of(const Network& network, Fields& fields) {
	if (fields.is_present("subscriber")) {
		if (fields.is_present("prefix")) fields.refuse("subscriber", "cannot stand beside \"prefix\"");
		const auto text = fields.text("subscriber", longest_subscriber_id, true);
		const auto id = parse_subscriber_id(text.value_or(""));
		if (id) return {subscriber_key(*id), std::nullopt, *id};
		fields.refuse("subscriber", "is wrong: " + id.error().text);
		return {};
	}
	const auto text = fields.text("prefix", longest_address, true);
	if (!text) return {};
	auto subject = parse_any_subject(network, *text);
	if (!subject) {
		fields.refuse("prefix", "is wrong: " + subject.error().text);
		return {};
	}
	// Named by itself it is a mistake, even where the prefix round it is a subscriber's.
	if (subject->address)
		for (const Prefix& router : network.routers)
			if (router.contains(*subject->address)) fields.refuse("prefix", "is wrong: " + *text + " is the router's own address");
	return *std::move(subject);
}

WishedTime take_seconds(Fields& fields) {
	WishedTime time;
	time.is_given = fields.is_present("seconds");
	if (const auto seconds = fields.number("seconds", 1, longest_duration.count())) time.duration = Seconds(*seconds);
	return time;
}

// An import may say when it ends instead of how long it lasts.
void take_until(Fields& fields, WishedTime& time, UnixTime now) {
	const auto text = fields.text("until", longest_address);
	if (!text) return;
	if (time.is_given) return fields.refuse("until", "cannot stand beside \"seconds\"");
	const auto until = parse_time(*text);
	if (!until) return fields.refuse("until", "is wrong: " + until.error().text);
	if (*until <= now) return fields.refuse("until", "is over already: " + *text);
	if (*until - now > longest_duration) return fields.refuse("until", "is too far away: " + *text);
	time = {true, *until - now};
}

std::optional<Level> take_level(Fields& fields) {
	const auto text = fields.text("level", longest_name);
	if (!text) return std::nullopt;
	const auto level = parse_level(*text);
	if (!level) {
		fields.refuse("level", "is wrong: " + level.error().text);
		return std::nullopt;
	}
	return *level;
}

} // namespace

Result<Prefix> parse_subject(const Network& network, std::string_view text) {
	if (text.find('/') != std::string_view::npos) return Prefix::parse(text);
	const auto address = Address::parse(text);
	if (!address) return fail(address.error());
	return subscriber_of(network, *address);
}

Result<Subject> parse_any_subject(const Network& network, std::string_view text) {
	if (text.starts_with(subscriber_word)) {
		auto id = parse_subscriber_id(text.substr(subscriber_word.size()));
		if (!id) return fail(id.error());
		return Subject{subscriber_key(*id), std::nullopt, *std::move(id)};
	}
	const auto prefix = parse_subject(network, text);
	if (!prefix) return fail(prefix.error());
	const auto address = Address::parse(text);
	return Subject{*prefix, address ? std::optional(*address) : std::nullopt, {}};
}

Result<QuarantineRequest> parse_quarantine(const Network& network, std::string_view body, UnixTime now) {
	auto fields = Fields::read(body);
	if (!fields) return fail(fields.error());
	QuarantineRequest request;
	request.subject = subject_of(network, *fields);
	request.level = take_level(*fields);
	request.time = take_seconds(*fields);
	take_until(*fields, request.time, now);
	request.reason = fields->text("reason", longest_text).value_or("");
	request.ticket = fields->text("ticket", longest_name).value_or("");
	if (auto finished = fields->finish(); !finished) return fail(finished.error());
	return request;
}

Result<ExemptionRequest> parse_exemption(const Network& network, std::string_view body) {
	auto fields = Fields::read(body);
	if (!fields) return fail(fields.error());
	ExemptionRequest request;
	request.subject = subject_of(network, *fields);
	request.time = take_seconds(*fields);
	request.reason = fields->text("reason", longest_text).value_or("");
	request.owner = fields->text("owner", longest_name).value_or("");
	if (auto finished = fields->finish(); !finished) return fail(finished.error());
	return request;
}

Result<Alert> parse_alert(std::string_view body) {
	auto fields = Fields::read(body);
	if (!fields) return fail(fields.error());
	Alert alert;
	if (const auto text = fields->text("address", longest_address, true)) {
		const auto address = Address::parse(*text);
		if (address) alert.address = *address;
		else fields->refuse("address", "is wrong: " + address.error().text);
	}
	if (const auto text = fields->text("kind", longest_name, true)) {
		const auto kind = parse_kind(*text);
		if (kind) alert.kind = *kind;
		else fields->refuse("kind", "is wrong: " + kind.error().text);
	}
	alert.reporter = fields->text("reporter", longest_name).value_or("");
	if (const auto text = fields->text("at", longest_address)) {
		const auto at = parse_time(*text);
		if (at) alert.at = *at;
		else fields->refuse("at", "is wrong: " + at.error().text);
	}
	if (const auto port = fields->number("port", 1, 65535)) alert.port = static_cast<std::uint16_t>(*port);
	alert.count = static_cast<std::uint32_t>(fields->number("count", 1, 1000000000).value_or(1));
	if (auto finished = fields->finish(); !finished) return fail(finished.error());
	return alert;
}

Result<void> check_lines(std::string_view body) {
	const auto lines = static_cast<std::size_t>(std::count(body.begin(), body.end(), '\n'));
	if (lines <= most_request_lines) return {};
	return fail(ErrorKind::bad_input, "expected at most " + std::to_string(most_request_lines) + " lines in one request, got " +
	                                      std::to_string(lines) + "; send them in several");
}

std::vector<Line> lines_of(std::string_view body) {
	std::vector<Line> lines;
	unsigned number = 0;
	while (!body.empty()) {
		const std::size_t end = body.find('\n');
		std::string_view text = body.substr(0, end);
		body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
		++number;
		if (text.ends_with('\r')) text.remove_suffix(1);
		if (text.find_first_not_of(" \t") != std::string_view::npos) lines.push_back({number, text});
	}
	return lines;
}

} // namespace gate25
