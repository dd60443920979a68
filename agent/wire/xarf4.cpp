// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/text.h"
#include "wire/xarf.h"
#include "wire/xarf_fields.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace gate25::reports {
namespace {

constexpr std::array<std::string_view, 7> categories{"messaging",     "content",        "copyright", "connection",
                                                     "vulnerability", "infrastructure", "reputation"};

// ^4\.[0-9]+\.[0-9]+$
bool is_version_4(std::string_view text) {
	if (!text.starts_with("4.")) return false;
	const auto dot = text.find('.', 2);
	const auto is_number = [](std::string_view part) {
		return !part.empty() && part.find_first_not_of("0123456789") == part.npos;
	};
	return dot != text.npos && is_number(text.substr(2, dot - 2)) && is_number(text.substr(dot + 1));
}

// The first drafts of version 4 said "class".
std::string_view category_path(const JsonFacts& facts) {
	return !facts.has("category") && facts.has("class") ? "class" : "category";
}

// Mail alone is what a mail quarantine can answer; a chat message is not.
Step take_messaging(Report& report, const JsonFacts& facts, std::string_view type) {
	const auto protocol = required_text(facts, "protocol");
	if (!protocol) return tl::unexpected(protocol.error());
	const bool is_mail = lower(*protocol) == "smtp";
	if (is_mail && (type == "spam" || type == "bulk_messaging" || type == "phishing"))
		report.kind = AlertKind::spam;
	return {};
}

// "infected_host" also reports the crawlers of search engines, by its bot_type.
AlertKind kind_of_connection(const JsonFacts& facts, std::string_view type) {
	const bool is_bot = (type == "infected_host" || type == "bot") && facts.text("bot_type") == "malicious";
	return is_bot ? AlertKind::bot : AlertKind::other;
}

Step take_kind(Report& report, const JsonFacts& facts) {
	const auto category = required_text(facts, category_path(facts));
	if (!category) return tl::unexpected(category.error());
	const auto type = required_text(facts, "type");
	if (!type) return tl::unexpected(type.error());
	report.type = utf8_line(*category + "/" + *type, longest_type);
	if (std::find(categories.begin(), categories.end(), *category) == categories.end())
		return refused(fmt::format("the field {} must be one of {}, got {}", category_path(facts),
		                           listed(categories), quoted(*category)));
	if (*category == "messaging") return take_messaging(report, facts, *type);
	if (*category == "connection") report.kind = kind_of_connection(facts, *type);
	// The specification's text says "bot", its schema "botnet".
	if (*category == "infrastructure" && (*type == "botnet" || *type == "bot")) report.kind = AlertKind::bot;
	if (*category == "content" && *type == "malware") report.kind = AlertKind::malware;
	return {};
}

Step take_reporter(Report& report, const JsonFacts& facts) {
	const auto* reporter = facts.find("reporter");
	if (reporter == nullptr || reporter->kind != JsonFacts::Kind::object)
		return refused("the field reporter must be an object, got " + facts.spelt("reporter"));
	const auto domain = optional_text(facts, "reporter.domain");
	if (!domain) return tl::unexpected(domain.error());
	const auto org = optional_text(facts, "reporter.org");
	if (!org) return tl::unexpected(org.error());
	if (!*domain && !*org) return refused("the field reporter has neither domain nor org");
	report.reporter = utf8_line(*domain ? **domain : **org, longest_name);
	return {};
}

Step take_port(Report& report, const JsonFacts& facts) {
	const auto port = optional_port(facts, "source_port");
	if (!port) return tl::unexpected(port.error());
	if (*port) report.port = client_port(**port);
	return {};
}

Step take_identity(Report& report, const JsonFacts& facts) {
	const auto version = required_text(facts, "xarf_version");
	if (!version) return tl::unexpected(version.error());
	if (!is_version_4(*version))
		return refused("the field xarf_version must be like \"4.2.0\", got " + quoted(*version));
	const auto id = required_text(facts, "report_id");
	if (!id) return tl::unexpected(id.error());
	report.id = utf8_line(*id, longest_id);
	return {};
}

std::string evidence_of(const Report& report, const JsonFacts& facts) {
	std::string text = report.type;
	if (const auto source = facts.text("evidence_source")) text += ", seen by " + utf8_line(*source, longest_type);
	if (report.at) text += ", " + time_text(*report.at);
	return utf8_line(text, longest_evidence);
}

Step take_all(Report& report, const JsonFacts& facts) {
	for (const Step& step : {take_identity(report, facts), take_reporter(report, facts), take_kind(report, facts),
	                         take_source(report, facts, "source_identifier"), take_port(report, facts),
	                         take_time(report, facts, "timestamp")})
		if (!step) return step;
	return {};
}

} // namespace

bool is_xarf4(const JsonFacts& facts) {
	return facts.has("xarf_version");
}

Report read_xarf4(const JsonFacts& facts) {
	Report report;
	report.format = ReportFormat::xarf4;
	const Step step = take_all(report, facts);
	report = ended(std::move(report), step);
	report.evidence = evidence_of(report, facts);
	return report;
}

} // namespace gate25::reports
