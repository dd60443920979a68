// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/report.h"

#include "core/text.h"
#include "wire/eve.h"
#include "wire/report_build.h"
#include "wire/report_read.h"
#include "wire/requests.h"
#include "wire/xarf.h"

#include <fmt/format.h>

namespace gate25 {
namespace reports {
namespace {

constexpr std::size_t largest_alert = std::size_t{64} << 10U;

Step take_alert(Report& report, std::string_view json) {
	if (json.size() > largest_alert) return refused(fmt::format("an alert is longer than {} bytes", largest_alert));
	const auto alert = parse_alert(json);
	if (!alert) return refused(alert.error().text);
	report.kind = alert->kind;
	report.reporter = utf8_line(alert->reporter, longest_name);
	report.at = alert->at;
	report.count = alert->count;
	if (alert->port) report.port = client_port(*alert->port);
	report.type = kind_text(alert->kind);
	report.evidence = report.type;
	return take_address(report, "address", alert->address);
}

bool is_alert(const JsonFacts& facts) {
	return facts.has("address") || facts.has("kind");
}

Report read_alert(std::string_view json) {
	Report report;
	report.format = ReportFormat::json;
	const Step step = take_alert(report, json);
	return ended(std::move(report), step);
}

} // namespace

Report too_long(ReportFormat format) {
	Report report;
	report.format = format;
	return ended(std::move(report), refused(fmt::format("it is longer than {} bytes", largest_report)));
}

std::string_view without_mark(std::string_view text) {
	constexpr std::string_view mark = "\xef\xbb\xbf";
	if (text.starts_with(mark)) text.remove_prefix(mark.size());
	return text;
}

std::optional<Report> read_json(std::string_view json) {
	if (json.size() > largest_report) return too_long(ReportFormat::unknown);
	json = trimmed(without_mark(json));
	const auto facts = JsonFacts::read(json);
	if (!facts) return ended({}, refused(facts.error().text));
	if (is_xarf4(*facts)) return read_xarf4(*facts);
	if (is_eve(*facts)) return read_eve(*facts);
	if (is_xarf3(*facts)) return read_xarf3(*facts);
	if (is_alert(*facts)) return read_alert(json);
	return ended(
	    {},
	    aside("JSON of no known format; expected xarf_version (XARF 4), ReporterInfo (XARF 3), event_type (EVE), "
	          "or address and kind"));
}

} // namespace reports

Report read_json_report(std::string_view json) {
	auto report = reports::read_json(json);
	if (report) return *std::move(report);
	Report event;
	event.format = ReportFormat::eve;
	return reports::ended(std::move(event), reports::aside("an EVE event that is no alert"));
}

} // namespace gate25
