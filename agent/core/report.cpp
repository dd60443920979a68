// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/report.h"

#include <algorithm>
#include <utility>

namespace gate25 {

namespace {

constexpr std::uint16_t mail_port = 25;

bool lies_in(const Address& address, std::span<const Prefix> prefixes) {
	return std::any_of(prefixes.begin(), prefixes.end(),
	                   [&](const Prefix& prefix) { return prefix.contains(address); });
}

} // namespace

std::string_view format_text(ReportFormat format) {
	switch (format) {
	case ReportFormat::arf: return "arf";
	case ReportFormat::xarf3: return "xarf3";
	case ReportFormat::xarf4: return "xarf4";
	case ReportFormat::eve: return "eve";
	case ReportFormat::json: return "json";
	case ReportFormat::unknown: break;
	}
	return "unknown";
}

std::string_view outcome_text(ReportOutcome outcome) {
	switch (outcome) {
	case ReportOutcome::parsed: return "parsed";
	case ReportOutcome::aside: return "aside";
	case ReportOutcome::refused: break;
	}
	return "refused";
}

std::string_view origin_text(AddressOrigin origin) {
	switch (origin) {
	case AddressOrigin::source_field: return "source-field";
	case AddressOrigin::received: return "received";
	case AddressOrigin::none: break;
	}
	return "none";
}

std::string_view corroboration_text(Corroboration corroboration) {
	switch (corroboration) {
	case Corroboration::agrees: return "agrees";
	case Corroboration::differs: return "differs";
	case Corroboration::none: break;
	}
	return "none";
}

void choose_subscriber(Report& report, std::span<const Prefix> subscribers) {
	if (!report.address || !report.other) return;
	if (lies_in(*report.address, subscribers) || !lies_in(report.other->address, subscribers)) return;
	const Endpoint end = {*report.address, report.port};
	report.address = report.other->address;
	report.port = report.other->port == mail_port ? std::nullopt : report.other->port;
	report.other = end;
}

std::optional<Alert> alert_of(const Report& report) {
	if (report.outcome != ReportOutcome::parsed || !report.address) return std::nullopt;
	return Alert{*report.address, report.kind, report.reporter, report.at, report.port, report.count};
}

} // namespace gate25
