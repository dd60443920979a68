// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/eve.h"

#include "core/special.h"
#include "core/text.h"
#include "wire/xarf_fields.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace gate25::reports {
namespace {

// Suricata's own classifications (classification.config) that tell of a machine that is somebody else's. The rest
// (scans, policy, attempts) is recorded and accuses nobody.
struct CategoryMeaning {
	std::string_view category;
	AlertKind kind;
};
constexpr std::array<CategoryMeaning, 5> meanings{{
    {"A Network Trojan was detected", AlertKind::malware},
    {"Malware Command and Control Activity Detected", AlertKind::bot},
    {"Domain Observed Used for C2 Detected", AlertKind::bot},
    {"Crypto Currency Mining Activity Detected", AlertKind::malware},
    {"Targeted Malicious Activity was Detected", AlertKind::malware},
}};

// The operator's own rules may say it outright: metadata: gate25_kind spam;
constexpr std::string_view kind_path = "alert.metadata.gate25_kind[0]";

// "2026-11-22T01:02:03.123456+0100": RFC 3339 but for the colon.
std::string with_colon(std::string_view text) {
	std::string out(text);
	const auto sign = out.size() >= 5 ? out[out.size() - 5] : ' ';
	if ((sign == '+' || sign == '-') && out.find('T') < out.size() - 5) out.insert(out.size() - 2, ":");
	return out;
}

Step take_event_time(Report& report, const JsonFacts& facts) {
	const auto text = required_text(facts, "timestamp");
	if (!text) return tl::unexpected(text.error());
	const auto time = parse_time(with_colon(*text));
	if (!time)
		return aside("the field timestamp must be like \"2026-11-22T01:02:03.123456+0100\", got " + quoted(*text));
	report.at = *time;
	return {};
}

tl::expected<Endpoint, Ending> read_end(const JsonFacts& facts, std::string_view ip, std::string_view port) {
	const auto text = required_text(facts, ip);
	if (!text) return tl::unexpected(text.error());
	const auto address = Address::parse(*text);
	if (!address) return refused(fmt::format("the field {} is wrong: {}", ip, address.error().text));
	// ICMP has none, and 0 is how some versions say so.
	if (facts.integer(port) == "0") return Endpoint{*address, std::nullopt};
	const auto number = optional_port(facts, port);
	if (!number) return tl::unexpected(number.error());
	return Endpoint{*address, *number};
}

bool is_special(const Address& address) {
	return !why_special(Prefix::host(address)).empty();
}

// The source of the packet, unless the rule says who attacked, or the source can be nobody.
bool is_the_other(const JsonFacts& facts, const Endpoint& source, const Endpoint& destination) {
	if (is_special(source.address)) return true;
	const auto attacker = facts.text("alert.source.ip");
	const auto address = attacker ? Address::parse(*attacker) : Address::parse("");
	return address && *address == destination.address && !is_special(destination.address);
}

Step take_ends(Report& report, const JsonFacts& facts) {
	auto source = read_end(facts, "src_ip", "src_port");
	if (!source) return tl::unexpected(source.error());
	auto destination = read_end(facts, "dest_ip", "dest_port");
	if (!destination) return tl::unexpected(destination.error());
	if (is_the_other(facts, *source, *destination)) std::swap(*source, *destination);
	report.other = *destination;
	if (source->port) report.port = client_port(*source->port);
	return take_address(report, "src_ip", source->address);
}

Step take_kind(Report& report, const JsonFacts& facts) {
	const auto category = optional_text(facts, "alert.category");
	if (!category) return tl::unexpected(category.error());
	report.type = utf8_line(category->value_or(""), longest_type);
	for (const CategoryMeaning& meaning : meanings)
		if (*category == meaning.category) report.kind = meaning.kind;
	const auto own = optional_text(facts, kind_path);
	if (!own) return tl::unexpected(own.error());
	if (!*own) return {};
	const auto kind = parse_kind(**own);
	if (!kind) return refused("the field alert.metadata.gate25_kind is wrong: " + kind.error().text);
	report.kind = *kind;
	return {};
}

// The same signature may fire for each packet of a flow; the flow and the signature make one incident.
Step take_id(Report& report, const JsonFacts& facts) {
	const auto signature = facts.integer("alert.signature_id");
	if (!signature)
		return refused("the field alert.signature_id must be a whole number, got " +
		               facts.spelt("alert.signature_id"));
	if (const auto flow = facts.integer("flow_id")) report.id = fmt::format("{}/{}", *flow, *signature);
	return {};
}

std::string end_text(std::string_view what, const JsonFacts& facts, std::string_view address_path, std::string_view port_path) {
	std::string text;
	const auto address = facts.text(address_path);
	if (const auto read = address ? Address::parse(*address) : fail(ErrorKind::bad_input, "")) text += ' ' + read->text();
	if (const auto port = facts.integer(port_path)) text += fmt::format(" port {}", *port);
	return text.empty() ? text : fmt::format(" {}{}", what, text);
}

std::string evidence_of(const Report& report, const JsonFacts& facts) {
	std::string text = fmt::format("signature {}", facts.integer("alert.signature_id").value_or("unknown"));
	if (const auto name = facts.text("alert.signature")) text += fmt::format(" \"{}\"", *name);
	if (const auto proto = facts.text("proto")) text += fmt::format(", {}", *proto);
	text += end_text("from", facts, "src_ip", "src_port") + end_text("to", facts, "dest_ip", "dest_port");
	if (report.at) text += ", " + time_text(*report.at);
	return utf8_line(text, longest_evidence);
}

Step take_all(Report& report, const JsonFacts& facts) {
	const auto host = optional_text(facts, "host");
	if (!host) return tl::unexpected(host.error());
	report.reporter = utf8_line(host->value_or(""), longest_name);
	for (const Step& step : {take_id(report, facts), take_kind(report, facts), take_ends(report, facts),
	                         take_event_time(report, facts)})
		if (!step) return step;
	return {};
}

} // namespace

bool is_eve(const JsonFacts& facts) {
	return facts.has("event_type");
}

std::optional<Report> read_eve(const JsonFacts& facts) {
	Report report;
	report.format = ReportFormat::eve;
	const auto event = required_text(facts, "event_type");
	if (!event) return ended(std::move(report), tl::unexpected(event.error()));
	if (*event != "alert") return std::nullopt;
	const Step step = take_all(report, facts);
	report = ended(std::move(report), step);
	report.evidence = evidence_of(report, facts);
	return report;
}

} // namespace gate25::reports
