// SPDX-License-Identifier: GPL-2.0-or-later
//
// The subscribers of the benchmarks by their number, the same in subscriber.py: 100.64.0.0 + n, and the n-th /56 of
// 2001:db8:1000::/36 (a million of them; further numbers lie beyond it, which the kernel's sets do not mind).
#pragma once

#include "core/address.h"

namespace bench {

inline gate25::Address subscriber4(std::uint32_t number) { return gate25::Address::ipv4(0x64400000U + number); }

// The prefix's first address, as the sets hold it; `host` makes it a sender's.
inline gate25::Address subscriber6(std::uint32_t number, std::uint8_t host = 0) {
	const std::uint32_t n = 0x100000U + number;
	const std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0d, 0xb8, static_cast<std::uint8_t>(n >> 16),
	                                         static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n),
	                                         0, 0, 0, 0, 0, 0, 0, 0, host};
	return gate25::Address::from_bytes(bytes);
}

inline gate25::Address subscriber(gate25::Family family, std::uint32_t number) {
	return family == gate25::Family::ipv4 ? subscriber4(number) : subscriber6(number);
}

} // namespace bench
