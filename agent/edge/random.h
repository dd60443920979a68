// SPDX-License-Identifier: GPL-2.0-or-later
//
// Bits that nobody can guess, of the kernel (getrandom(2)).
#pragma once

#include <cstdint>

namespace gate25 {

std::uint64_t random_bits();

} // namespace gate25
