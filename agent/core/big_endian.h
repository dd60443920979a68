// SPDX-License-Identifier: GPL-2.0-or-later
//
// Bytes in network order as a number.
#pragma once

#include <cstdint>
#include <span>

namespace gate25 {

// At most eight bytes.
inline std::uint64_t big_endian(std::span<const std::uint8_t> bytes) {
	std::uint64_t value = 0;
	for (const std::uint8_t byte : bytes) value = value << 8U | byte;
	return value;
}

} // namespace gate25
