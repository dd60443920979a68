// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/random.h"

#include <random>
#include <sys/random.h>

namespace gate25 {

std::uint64_t random_bits() {
	std::uint64_t bits = 0;
	// So few bytes are given whole, once the kernel has any; of one that has none the library knows another way.
	if (getrandom(&bits, sizeof bits, 0) == static_cast<ssize_t>(sizeof bits)) return bits;
	std::random_device device;
	return std::uint64_t{device()} << 32U | device();
}

} // namespace gate25
