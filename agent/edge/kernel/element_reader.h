// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the decision sets hold, read back: only when the store lost what the kernel still knows. The kernel starts
// its walk anew for each 64 KiB that it hands out, so a million elements take half a minute.
#pragma once

#include "core/element.h"
#include "edge/kernel/netlink.h"

namespace gate25 {

// Sets, or a table, that are not there hold nothing.
[[nodiscard]] Result<std::vector<FoundElement>> read_elements(Netlink& netlink, const std::vector<DecisionSet>& sets);

} // namespace gate25
