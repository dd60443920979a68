// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who holds by the order of precedence: a claim holds when no source before its own claims the same prefix for ports that
// overlap. A prefix that several share by ports has no holder, unless one that comes before them has it whole.
#pragma once

#include "core/assignment_table.h"

#include <optional>
#include <vector>

namespace gate25 {

bool is_in_force(const AssignmentTable& table, const AssignmentSlot& slot);
// nullptr: nobody has it, or several share it.
const AssignmentSlot* whole_holder(const AssignmentTable& table, const PackedPrefix& prefix);
// nullptr: nobody has this port.
const AssignmentSlot* port_holder(const AssignmentTable& table, const PackedPrefix& prefix, std::uint16_t port);
// The prefixes of lengths in use that contain the address, the longest first.
std::vector<PackedPrefix> prefixes_around(const AssignmentTable& table, const Address& address);

} // namespace gate25
