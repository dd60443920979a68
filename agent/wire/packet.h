// SPDX-License-Identifier: GPL-2.0-or-later
//
// An IP packet as the kernel hands it out (NFLOG, NFQUEUE): from its IP header on, perhaps cut off behind.
#pragma once

#include "core/opening.h"

#include <cstdint>
#include <optional>
#include <span>

namespace gate25 {

// nullopt: not the first packet of a TCP connection (SYN without ACK and RST), or its TCP header is not there:
// cut off, in a later fragment, behind a header that says nothing about the next one. A first fragment that ends
// before the flags is an opening.
std::optional<Opening> opening_of(std::span<const std::uint8_t> packet);

} // namespace gate25
