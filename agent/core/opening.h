// SPDX-License-Identifier: GPL-2.0-or-later
//
// The first packet of a TCP connection, as the kernel shows it.
#pragma once

#include "core/address.h"

#include <cstdint>

namespace gate25 {

struct Opening {
	Address source;
	Address destination;
	std::uint16_t source_port = 0;
	std::uint16_t destination_port = 0;
	std::uint32_t sequence = 0; // the same in each repetition of the packet
	friend bool operator==(const Opening&, const Opening&) = default;
};

} // namespace gate25
