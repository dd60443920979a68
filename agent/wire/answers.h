// SPDX-License-Identifier: GPL-2.0-or-later
//
// Core values as the JSON of the control API (docs/openapi.yaml). Times are RFC 3339 in UTC, durations are
// whole seconds.
#pragma once

#include "core/policy.h"
#include "core/world.h"
#include "wire/alert_row.h"
#include "wire/http.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace gate25 {

inline constexpr int schema_version = 1;

boost::json::object json_of(const Quarantine& quarantine, const Now& now);
boost::json::object json_of(const Exemption& exemption, const Now& now);
boost::json::object json_of(const AuditRow& audit);
boost::json::object json_of(const HeldReport& held);
boost::json::object json_of(const Packet& packet, const Decided& decided, const std::string& why);

// {"schema":1, ...} as the body of an answer.
HttpResponse answer(unsigned status, boost::json::object body);
// {"schema":1,"NAME":[...]}, written row by row: as values a million rows would take a gigabyte.
class ListAnswer {
public:
	explicit ListAnswer(std::string_view name);
	void add(const boost::json::object& row);
	HttpResponse finish();

private:
	std::string text_;
	bool is_first_ = true;
};
// {"schema":1,"error":{"code","message"}} with the HTTP status of the kind.
HttpResponse refusal(const Error& error);
std::string_view error_code(ErrorKind kind); // "bad_input"
unsigned http_status(ErrorKind kind);

} // namespace gate25
