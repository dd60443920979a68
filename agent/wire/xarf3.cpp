// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/text.h"
#include "wire/xarf.h"
#include "wire/xarf_fields.h"

#include <array>
#include <fmt/format.h>

namespace gate25::reports {
namespace {

// The two shapes of version 3 put the same thing in different places.
struct Place {
	std::string_view of_the_schemas;
	std::string_view of_the_samples;
};
constexpr Place source{"Report.SourceIp", "Report.Source.IP"};
constexpr Place port{"Report.SourcePort", "Report.Source.Port"};

// Both at once may stand there when they say the same.
tl::expected<std::string_view, Ending> path_of(const JsonFacts& facts, const Place& place) {
	const bool has_both = facts.has(place.of_the_schemas) && facts.has(place.of_the_samples);
	if (has_both && facts.spelt(place.of_the_schemas) != facts.spelt(place.of_the_samples))
		return refused(fmt::format("the fields {} ({}) and {} ({}) contradict each other", place.of_the_schemas,
		                           facts.spelt(place.of_the_schemas), place.of_the_samples,
		                           facts.spelt(place.of_the_samples)));
	return facts.has(place.of_the_samples) ? place.of_the_samples : place.of_the_schemas;
}

struct TypeMeaning {
	std::string_view type; // without case, blanks, "-" and "_"
	AlertKind kind;
};
constexpr std::array<TypeMeaning, 20> meanings{{
    {"spam", AlertKind::spam},
    {"bot", AlertKind::bot},
    {"botnet", AlertKind::bot},
    {"bots", AlertKind::bot},
    {"malware", AlertKind::malware},
    {"ransomware", AlertKind::malware},
    {"phishing", AlertKind::other}, // a page, not a mail
    {"fraud", AlertKind::other},
    {"loginattack", AlertKind::other},
    {"portscan", AlertKind::other},
    {"ddos", AlertKind::other},
    {"exploit", AlertKind::other},
    {"copyright", AlertKind::other},
    {"trademark", AlertKind::other},
    {"childabuse", AlertKind::other},
    {"harassment", AlertKind::other},
    {"openservice", AlertKind::other},
    {"potentiallycompromisedaccount", AlertKind::other},
    {"rpz", AlertKind::other},
    {"webcrawler", AlertKind::other},
}};

std::string bare(std::string_view type) {
	std::string out;
	for (const char c : lower(type))
		if (c != ' ' && c != '-' && c != '_') out += c;
	return out;
}

Step take_version(const JsonFacts& facts) {
	const auto* version = facts.find("Version");
	if (version == nullptr) return {}; // early ones have none
	const std::string& text = version->text;
	if (text == "3" || text.starts_with("3.")) return {};
	return aside("Version " + facts.spelt("Version") + " of XARF is not known here; 3 and 4 are");
}

Step take_reporter(Report& report, const JsonFacts& facts) {
	for (const auto* path :
	     {"ReporterInfo.ReporterOrgDomain", "ReporterInfo.ReporterOrgEmail", "ReporterInfo.ReporterOrg"}) {
		const auto text = optional_text(facts, path);
		if (!text) return tl::unexpected(text.error());
		if (!*text || (*text)->empty()) continue;
		report.reporter = utf8_line(**text, longest_name);
		return {};
	}
	return refused("the field ReporterInfo names no reporter (ReporterOrgDomain, ReporterOrgEmail or ReporterOrg)");
}

Step take_id(Report& report, const JsonFacts& facts) {
	for (const auto* path : {"ReportID", "Report.ReportID"}) {
		const auto text = optional_text(facts, path);
		if (!text) return tl::unexpected(text.error());
		if (*text) report.id = utf8_line(**text, longest_id);
	}
	return {};
}

Step take_kind(Report& report, const JsonFacts& facts) {
	const auto type = required_text(facts, "Report.ReportType");
	if (!type) return tl::unexpected(type.error());
	const auto klass = optional_text(facts, "Report.ReportClass");
	if (!klass) return tl::unexpected(klass.error());
	report.type = utf8_line(*klass ? **klass + "/" + *type : *type, longest_type);
	for (const TypeMeaning& meaning : meanings) {
		if (meaning.type != bare(*type)) continue;
		report.kind = meaning.kind;
		return {};
	}
	return aside("Report.ReportType " + quoted(*type) + " is none that is known here");
}

Step take_place(Report& report, const JsonFacts& facts) {
	const auto path = path_of(facts, source);
	if (!path) return tl::unexpected(path.error());
	return take_source(report, facts, *path);
}

Step take_port(Report& report, const JsonFacts& facts) {
	const auto path = path_of(facts, port);
	if (!path) return tl::unexpected(path.error());
	const auto number = optional_port(facts, *path);
	if (!number) return tl::unexpected(number.error());
	if (*number) report.port = client_port(**number);
	return {};
}

Step take_all(Report& report, const JsonFacts& facts) {
	const Step kind = take_kind(report, facts);
	for (const Step& step :
	     {take_version(facts), take_reporter(report, facts), take_id(report, facts), take_place(report, facts),
	      take_port(report, facts), take_time(report, facts, "Report.Date")})
		if (!step) return step;
	return kind;
}

} // namespace

bool is_xarf3(const JsonFacts& facts) {
	return facts.has("ReporterInfo") || (facts.has("Version") && facts.has("Report"));
}

Report read_xarf3(const JsonFacts& facts) {
	Report report;
	report.format = ReportFormat::xarf3;
	const Step step = take_all(report, facts);
	report = ended(std::move(report), step);
	report.evidence = report.type + (report.at ? ", " + time_text(*report.at) : "");
	return report;
}

} // namespace gate25::reports
