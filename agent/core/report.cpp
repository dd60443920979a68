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
	Alert alert;
	alert.address = *report.address;
	alert.kind = report.kind;
	alert.reporter = report.reporter;
	alert.at = report.at;
	alert.port = report.port;
	alert.count = report.count;
	alert.id = report.id;
	alert.format = report.format;
	alert.is_weak = report.origin == AddressOrigin::received || report.corroboration == Corroboration::differs;
	alert.evidence = report.evidence;
	return alert;
}

} // namespace gate25
