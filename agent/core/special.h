// SPDX-License-Identifier: GPL-2.0-or-later
//
// Addresses that are nobody's: a router never forwards them, so they are no subscriber, relay or portal.
#pragma once

#include "core/address.h"

#include <string>

namespace gate25 {

// Why this prefix can stand for nobody: "it lies in 127.0.0.0/8 (loopback)"; empty: it can.
std::string why_special(const Prefix& prefix);

} // namespace gate25
