// SPDX-License-Identifier: GPL-2.0-or-later
//
// A recorded alert as JSON and back: all that another configuration needs to judge it again.
#pragma once

#include "core/world.h"

#include <boost/json/object.hpp>
#include <string_view>
#include <vector>

namespace gate25 {

boost::json::object json_of(const AlertRow& row);
// Strict: a field that is missing, unknown or of another type is an error that says where it stands:
// `alerts[3].attribution.weight`.
[[nodiscard]] Result<AlertRow> parse_alert_row(const boost::json::object& object, std::string_view where = "alert");
// The answer of GET /v1/alerts.
[[nodiscard]] Result<std::vector<AlertRow>> parse_alert_rows(std::string_view body);

} // namespace gate25
