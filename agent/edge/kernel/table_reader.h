// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the kernel's table looks like: names of sets and chains, numbers of counters. By libnftnl, without
// reading elements (a dump of a million takes the kernel 37 s).
#pragma once

#include "core/world.h"
#include "edge/kernel/netlink.h"

namespace gate25 {

[[nodiscard]] Result<TableShape> read_shape(Netlink& netlink);
[[nodiscard]] Result<std::map<std::string, Counter>> read_counters(Netlink& netlink);

} // namespace gate25
