// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/arf.h"

#include "core/text.h"
#include "wire/mime.h"
#include "wire/mime_fields.h"
#include "wire/report_build.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace gate25::reports {
namespace {

constexpr std::size_t longest_value = 4096;

// The fields that are read here. RFC 5965 3.1 and 3.2 allow each of them once.
enum Name : std::size_t {
	feedback_type,
	user_agent,
	version,
	arrival_date,
	received_date,
	source_ip,
	source_port,
	incidents,
	names_count
};
constexpr std::array<std::string_view, names_count> field_names{"Feedback-Type", "User-Agent",    "Version",
                                                                "Arrival-Date",  "Received-Date", "Source-IP",
                                                                "Source-Port",   "Incidents"};

using Fields = std::array<std::optional<std::string>, names_count>;

// Any order, unknown ones ignored (RFC 5965 6).
tl::expected<Fields, Ending> read_fields(std::string_view text) {
	Fields fields;
	while (!text.empty()) {
		mime::FieldReader reader(text);
		while (const auto field = reader.next()) {
			const auto name =
			    std::find_if(field_names.begin(), field_names.end(), [&](auto n) { return field->is(n); });
			if (name == field_names.end()) continue;
			auto& into = fields[static_cast<std::size_t>(name - field_names.begin())];
			if (into) return refused(fmt::format("the field {} stands twice, expected it once (RFC 5965)", *name));
			into = mime::unfolded(field->body, longest_value);
			if (!into) return refused(fmt::format("the field {} is longer than {} bytes", *name, longest_value));
		}
		text = reader.rest(); // an empty line: some write the fields in blocks
	}
	return fields;
}

// The value without comments and blanks; empty: the field is not there.
tl::expected<std::string, Ending> value_of(const Fields& fields, Name name) {
	if (!fields[name]) return std::string();
	auto value = mime::without_comments(*fields[name]);
	if (!value)
		return refused(
		    fmt::format("the field {} has a comment without an end: {}", field_names[name], quoted(*fields[name])));
	return std::move(*value);
}

struct TypeMeaning {
	std::string_view type;
	AlertKind kind;
};
constexpr std::array<TypeMeaning, 6> meanings{{
    {"abuse", AlertKind::spam},
    {"fraud", AlertKind::spam},
    {"virus", AlertKind::malware},
    {"not-spam", AlertKind::not_spam},
    {"other", AlertKind::other},
    {"auth-failure", AlertKind::other}, // a forged sender says nothing about who was the client
}};

Step take_type(Report& report, const Fields& fields) {
	const auto value = value_of(fields, feedback_type);
	if (!value) return tl::unexpected(value.error());
	if (value->empty()) return refused("the field Feedback-Type is missing or empty, which RFC 5965 requires");
	report.type = ascii_line(*value, longest_type);
	const std::string type = lower(*value);
	const auto meaning =
	    std::find_if(meanings.begin(), meanings.end(), [&](const auto& m) { return m.type == type; });
	if (meaning != meanings.end()) {
		report.kind = meaning->kind;
		return {};
	}
	if (type == "opt-out" || type == "opt-out-list")
		return aside("Feedback-Type " + quoted(*value) + ": somebody wants to be taken off a mailing list");
	return aside("Feedback-Type " + quoted(*value) +
	             " is none that is known here: abuse, fraud, virus, not-spam, other, auth-failure");
}

// "1", and "0.1" or "1.0", which real reporters write.
bool is_version(std::string_view text) {
	return !text.empty() && text.find_first_not_of("0123456789.") == text.npos;
}

Step check_version(const Fields& fields) {
	if (!fields[user_agent]) return refused("the field User-Agent is missing, which RFC 5965 requires");
	const auto value = value_of(fields, version);
	if (!value) return tl::unexpected(value.error());
	if (value->empty()) return refused("the field Version is missing or empty, which RFC 5965 requires");
	if (!is_version(*value)) return refused("the field Version must be a number, got " + quoted(*value));
	if (!value->starts_with("0.") && value->substr(0, value->find('.')) != "1")
		return aside("Version " + quoted(*value) + " is later than the 1 that is known here");
	return {};
}

// RFC 6590 lets a reporter black out what is private. An address that is gone helps nobody, but it is no mistake.
bool is_redacted(std::string_view text) {
	return lower(text).find("redact") != std::string::npos ||
	       (text.find_first_of("xX*") != text.npos && text.find_first_not_of("xX*.-:[]") == text.npos);
}

// An address literal of SMTP (RFC 5321 4.1.3), with and without what it has round it.
Result<Address> parse_literal(std::string_view text) {
	if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
	if (lower(text.substr(0, 5)) == "ipv6:") text.remove_prefix(5);
	return Address::parse(text);
}

Step take_source(Report& report, const Fields& fields, const Handover& handover) {
	const auto value = value_of(fields, source_ip);
	if (!value) return tl::unexpected(value.error());
	if (value->empty()) {
		report.address = handover.address;
		report.origin = handover.address ? AddressOrigin::received : AddressOrigin::none;
		return {};
	}
	if (is_redacted(*value))
		return aside("Source-IP was blacked out: " + quoted(*value) + ", so no subscriber can be found");
	const auto address = parse_literal(*value);
	if (!address) return refused("the field Source-IP is wrong: " + address.error().text);
	if (!handover.named.empty())
		report.corroboration = handover.names(*address) ? Corroboration::agrees : Corroboration::differs;
	return take_address(report, "Source-IP", *address);
}

Step take_port(Report& report, const Fields& fields) {
	const auto value = value_of(fields, source_port);
	if (!value) return tl::unexpected(value.error());
	if (!fields[source_port]) return {};
	const auto port = value->size() <= 5 ? whole_number(*value, 1, 65535) : std::nullopt;
	if (!port) return refused("the field Source-Port must be 1 to 65535, got " + quoted(*value));
	// It belongs to Source-IP (RFC 6692 3) and to no other address.
	if (report.origin == AddressOrigin::source_field) report.port = client_port(*port);
	return {};
}

Step take_count(Report& report, const Fields& fields) {
	const auto value = value_of(fields, incidents);
	if (!value) return tl::unexpected(value.error());
	if (!fields[incidents]) return {};
	const auto count = whole_number(*value, 1, 4294967295);
	if (!count) return refused("the field Incidents must be 1 to 4294967295, got " + quoted(*value));
	report.count = *count;
	return {};
}

Step take_time(Report& report, const Fields& fields, const Handover& handover) {
	if (fields[arrival_date] && fields[received_date])
		return refused(
		    "both Arrival-Date and Received-Date are there; the second is the old name of the first (RFC 5965)");
	const Name name = fields[received_date] ? received_date : arrival_date;
	if (!fields[name]) {
		report.at = report.origin == AddressOrigin::received ? handover.at : std::nullopt;
		return {};
	}
	const auto value = value_of(fields, name);
	if (!value) return tl::unexpected(value.error());
	report.at = mime::parse_date(*value);
	// Taking "now" instead would blame whoever holds the address now.
	if (!report.at)
		return aside(
		    fmt::format("{} is no date with a time and a zone: {}", field_names[name], quoted(*fields[name])));
	return {};
}

Step take_all(Report& report, const Fields& fields, const ArfMail& mail) {
	const Handover handover = mail.enclosed ? read_received(*mail.enclosed) : Handover{};
	// Everything is read although the type may set it aside: a person will want to see it.
	const Step type = take_type(report, fields);
	for (const Step& step :
	     {check_version(fields), take_source(report, fields, handover), take_port(report, fields),
	      take_count(report, fields), take_time(report, fields, handover)})
		if (!step) return step;
	if (!type) return type;
	if (!report.address)
		return aside("no Source-IP, and no Received field of an enclosed message names a client outside of the "
		             "reporter's house");
	return {};
}

std::string evidence_of(const Report& report) {
	std::string text = report.type + " report";
	if (report.count > 1) text += fmt::format(" about {} mails", report.count);
	if (report.at) text += " of " + time_text(*report.at);
	return ascii_line(text, longest_evidence);
}

} // namespace

Report read_arf(const ArfMail& mail) {
	Report report;
	report.format = ReportFormat::arf;
	report.reporter = ascii_line(mime::address_in(mail.from), longest_name);
	report.id = ascii_line(mail.message_id, longest_id);
	const auto fields = read_fields(mail.fields);
	if (!fields) return ended(std::move(report), tl::unexpected(fields.error()));
	const Step step = take_all(report, *fields, mail);
	report = ended(std::move(report), step);
	report.evidence = evidence_of(report);
	return report;
}

} // namespace gate25::reports
