// SPDX-License-Identifier: GPL-2.0-or-later
//
// XARF 3 and 4: one JSON object about one incident. Both shapes of version 3 are read, that of its schemas
// (Report.SourceIp) and that of the samples of version 4's specification (Report.Source.IP).
#pragma once

#include "core/report.h"
#include "wire/report_json.h"

namespace gate25::reports {

bool is_xarf3(const JsonFacts& facts);
bool is_xarf4(const JsonFacts& facts);
Report read_xarf3(const JsonFacts& facts);
Report read_xarf4(const JsonFacts& facts);

} // namespace gate25::reports
