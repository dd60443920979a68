// SPDX-License-Identifier: GPL-2.0-or-later
//
// Events of Suricata (EVE). Only alerts concern us; its other events are most of the stream.
#pragma once

#include "core/report.h"
#include "wire/report_json.h"

#include <optional>

namespace gate25::reports {

bool is_eve(const JsonFacts& facts);
// nullopt: an event, but no alert.
std::optional<Report> read_eve(const JsonFacts& facts);

} // namespace gate25::reports
