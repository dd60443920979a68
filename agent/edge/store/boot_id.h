// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which boot of the machine this is: times of the boot clock mean nothing in another one.
#pragma once

#include <array>
#include <cstdint>

namespace gate25 {

using BootId = std::array<std::uint8_t, 16>;

// /proc/sys/kernel/random/boot_id. Where that cannot be read (ProcSubset=pid), a random one: deadlines are
// then restored by the wall clock, as after a boot.
BootId this_boot();

} // namespace gate25
