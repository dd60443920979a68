// SPDX-License-Identifier: GPL-2.0-or-later
//
// Has memory fetched that will be looked at soon.
#pragma once

namespace gate25 {

inline void prefetch(const void* address) {
	__builtin_prefetch(address);
	// Otherwise GCC takes a function that does nothing but this for one without effect, and leaves out its calls.
	asm volatile("");
}

} // namespace gate25
