// SPDX-License-Identifier: GPL-2.0-or-later
//
// The addresses of this router's interfaces, which can never be quarantined. getifaddrs(3).
#pragma once

#include "core/address.h"

#include <vector>

namespace gate25 {

std::vector<Prefix> own_addresses();

} // namespace gate25
