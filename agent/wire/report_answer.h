// SPDX-License-Identifier: GPL-2.0-or-later
//
// A report as JSON, the same in `gate25 report --json` and in the API.
#pragma once

#include "core/report.h"

#include <boost/json/object.hpp>

namespace gate25 {

// Keys as in gate25(1); what is not known is null.
boost::json::object report_object(const Report& report);

} // namespace gate25
