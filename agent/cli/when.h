// SPDX-License-Identifier: GPL-2.0-or-later
//
// Times and durations for people, from the RFC 3339 texts and whole seconds of the API.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gate25::cli {

// "2026-11-21T23:43:33Z" -> "2026-11-21 23:43:33 UTC"; what is no time stays as it is.
std::string moment(std::string_view rfc3339);
// The two largest units: "2d 3h", "23h 59m", "45s".
std::string span_text(std::int64_t seconds);
// "23h 59m left", or "until released".
std::string left_text(std::optional<std::int64_t> seconds_left);

} // namespace gate25::cli
