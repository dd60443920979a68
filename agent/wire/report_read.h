// SPDX-License-Identifier: GPL-2.0-or-later
//
// Between the parts of wire/report.h: one whole text in, one report out.
#pragma once

#include "core/report.h"

#include <optional>
#include <string_view>

namespace gate25::reports {

// nullopt: an EVE event that is no alert.
std::optional<Report> read_json(std::string_view json);

Report too_long(ReportFormat format);
// Spaces and a byte order mark before the text.
std::string_view without_mark(std::string_view text);
// What programs put before a mail's first field: empty lines, and the line of an mbox, perhaps quoted.
std::string_view at_first_field(std::string_view mail);

} // namespace gate25::reports
