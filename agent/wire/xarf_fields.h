// SPDX-License-Identifier: GPL-2.0-or-later
//
// Fields of JSON reports, taken with their checks. Names stand in the messages as paths: "Report.SourceIp".
#pragma once

#include "wire/report_build.h"
#include "wire/report_json.h"

#include <optional>
#include <string>
#include <string_view>

namespace gate25::reports {

// Absent or null: nullopt. Anything but a string, or a longer one, is an error.
tl::expected<std::optional<std::string>, Ending> optional_text(const JsonFacts& facts, std::string_view path);
// Absent or empty is an error too.
tl::expected<std::string, Ending> required_text(const JsonFacts& facts, std::string_view path);
// 1 to 65535, also as a string of digits; nullopt: absent or null.
tl::expected<std::optional<std::uint16_t>, Ending> optional_port(const JsonFacts& facts, std::string_view path);
// A strict RFC 3339 time. A wrong one sets the report aside: without it nobody knows whose address it was.
Step take_time(Report& report, const JsonFacts& facts, std::string_view path);
// The address in `path`; what is a domain, a URL or a prefix sets the report aside.
Step take_source(Report& report, const JsonFacts& facts, std::string_view path);

} // namespace gate25::reports
