// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/report_answer.h"
#include "wire/or_null.h"

#include <boost/json/value.hpp>

namespace gate25 {
namespace {

namespace json = boost::json;

json::value port_or_null(const std::optional<std::uint16_t>& port) {
	return port ? json::value(*port) : json::value(nullptr);
}

json::value end_or_null(const std::optional<Endpoint>& end) {
	if (!end) return nullptr;
	return json::object{{"address", end->address.text()}, {"port", port_or_null(end->port)}};
}

} // namespace

json::object report_object(const Report& report) {
	return {{"format", format_text(report.format)},
	        {"kind", kind_text(report.kind)},
	        {"address", report.address ? json::value(report.address->text()) : json::value(nullptr)},
	        {"port", port_or_null(report.port)},
	        {"at", report.at ? json::value(time_text(*report.at)) : json::value(nullptr)},
	        {"reporter", text_or_null(report.reporter)},
	        {"outcome", outcome_text(report.outcome)},
	        {"why", report.why},
	        {"id", text_or_null(report.id)},
	        {"type", text_or_null(report.type)},
	        {"count", report.count},
	        {"origin", origin_text(report.origin)},
	        {"corroboration", corroboration_text(report.corroboration)},
	        {"other", end_or_null(report.other)},
	        {"evidence", report.evidence}};
}

} // namespace gate25
