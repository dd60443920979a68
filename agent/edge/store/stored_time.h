// SPDX-License-Identifier: GPL-2.0-or-later
//
// The times that a row may hold: the years 0000 to 9999, which is what RFC 3339 can say. Sums of such
// times cannot overflow.
#pragma once

#include <cstdint>

namespace gate25 {

inline constexpr std::int64_t first_stored_second = -62167219200;
inline constexpr std::int64_t last_stored_second = 253402300799;

} // namespace gate25
