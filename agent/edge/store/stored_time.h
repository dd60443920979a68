// SPDX-License-Identifier: GPL-2.0-or-later
//
// The times that a row may hold: the years 0000 to 9999, which is what RFC 3339 can say. Sums of such
// times cannot overflow.
#pragma once

#include "core/time.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace gate25 {

inline constexpr std::int64_t first_stored_second = -62167219200;
inline constexpr std::int64_t last_stored_second = 253402300799;

// A reporter may say any time; one beyond the range would make the row unreadable.
inline std::int64_t unix_seconds(UnixTime time) {
	return std::clamp(time.time_since_epoch().count(), first_stored_second, last_stored_second);
}
inline std::optional<std::int64_t> unix_seconds(const std::optional<UnixTime>& time) {
	return time ? std::optional(unix_seconds(*time)) : std::nullopt;
}

} // namespace gate25
