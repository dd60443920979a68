// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/subscriber_requests.h"

#include "core/subscriber_key.h"
#include "wire/config_kinds.h"
#include "wire/fields.h"

#include <algorithm>

namespace gate25 {
namespace {

constexpr std::size_t longest_address = 64;
constexpr std::size_t longest_mail = 254;    // RFC 5321 4.5.3.1.3, without the brackets
constexpr std::size_t longest_language = 35; // RFC 5646 4.4.1

bool is_language(std::string_view text) {
	const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
	return text.size() >= 2 && text.front() != '-' && text.back() != '-' && std::all_of(text.begin(), text.end(), is_plain);
}

std::optional<std::string> take_or_clear(Fields& fields, const char* name, std::size_t longest) {
	const bool clears = fields.is_null(name);
	auto text = fields.text(name, longest);
	if (text && text->empty()) fields.refuse(name, "is empty; null clears it");
	return clears ? std::optional<std::string>("") : text;
}

std::optional<UnixTime> take_time(Fields& fields, const char* name) {
	const auto text = fields.text(name, longest_address);
	if (!text) return std::nullopt;
	const auto time = parse_time(*text);
	if (!time) {
		fields.refuse(name, "is wrong: " + time.error().text);
		return std::nullopt;
	}
	return *time;
}

void take_prefix(Fields& fields, Prefix& into) {
	const auto text = fields.text("prefix", longest_address, true);
	if (!text) return;
	const auto prefix = Prefix::parse(*text);
	if (prefix) into = *prefix;
	else fields.refuse("prefix", "is wrong: " + prefix.error().text);
}

void take_subscriber(Fields& fields, bool is_required, std::string& into) {
	const auto text = fields.text("subscriber", longest_subscriber_id, is_required);
	if (!text) return;
	auto id = parse_subscriber_id(*text);
	if (id) into = std::move(*id);
	else fields.refuse("subscriber", "is wrong: " + id.error().text);
}

void take_ports(Fields& fields, const Prefix& prefix, PortRange& into) {
	const auto text = fields.text("ports", longest_address);
	if (!text) return;
	const auto ports = parse_ports(*text);
	if (!ports) return fields.refuse("ports", "is wrong: " + ports.error().text);
	if (prefix.family() != Family::ipv4 || !prefix.is_host())
		return fields.refuse("ports", "is for one IPv4 address that several share, not for " + prefix.text());
	into = *ports;
}

} // namespace

Result<ContactRequest> parse_contact(std::string_view body) {
	auto fields = Fields::read(body);
	if (!fields) return fail(fields.error());
	ContactRequest request;
	request.mail = take_or_clear(*fields, "mail", longest_mail);
	if (request.mail && !request.mail->empty() && !config_file::is_mail_address(*request.mail))
		fields->refuse("mail", "must be one mail address such as anna@example.org, got \"" + *request.mail + "\"");
	request.language = take_or_clear(*fields, "language", longest_language);
	if (request.language) {
		std::string& language = *request.language;
		std::transform(language.begin(), language.end(), language.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
		if (!language.empty() && !is_language(language))
			fields->refuse("language", "must be a language such as de or pt-br, got \"" + language + "\"");
	}
	if (auto finished = fields->finish(); !finished) return fail(finished.error());
	if (!request.mail && !request.language)
		return fail(ErrorKind::bad_input, "expected \"mail\", \"language\" or both, got neither; null clears one");
	return request;
}

Result<AssignmentRequest> parse_assignment(std::string_view body, UnixTime now) {
	auto fields = Fields::read(body);
	if (!fields) return fail(fields.error());
	AssignmentRequest request;
	take_prefix(*fields, request.prefix);
	take_subscriber(*fields, true, request.subscriber);
	take_ports(*fields, request.prefix, request.ports);
	request.from = take_time(*fields, "from").value_or(now);
	if (request.from > now) fields->refuse("from", "is in the future: it is " + time_text(now));
	request.until = take_time(*fields, "until");
	if (request.until && *request.until <= now) fields->refuse("until", "is over already: it is " + time_text(now));
	if (auto finished = fields->finish(); !finished) return fail(finished.error());
	return request;
}

Result<SelfReleaseRequest> parse_self_release(std::string_view body) {
	auto fields = Fields::read(body);
	if (!fields) return fail(fields.error());
	SelfReleaseRequest request;
	if (const auto text = fields->text("address", longest_address)) {
		const auto address = Address::parse(*text);
		if (address) request.address = *address;
		else fields->refuse("address", "is wrong: " + address.error().text);
	}
	if (const auto port = fields->number("port", 1, 65535)) request.port = static_cast<std::uint16_t>(*port);
	take_subscriber(*fields, false, request.subscriber);
	const auto confirm = fields->flag("confirm", true);
	if (confirm && !*confirm) fields->refuse("confirm", "must be true: the subscriber says that he has cleaned up");
	if (auto finished = fields->finish(); !finished) return fail(finished.error());
	if (request.address.has_value() == !request.subscriber.empty())
		return fail(ErrorKind::bad_input, "expected \"address\" or \"subscriber\", got " + std::string(request.address ? "both" : "neither"));
	if (request.port && !request.address) return fail(ErrorKind::bad_input, "field \"port\" is of an address, and there is none");
	return request;
}

} // namespace gate25
