// SPDX-License-Identifier: GPL-2.0-or-later
//
// Small packets ready for the wire: Ethernet, IPv4 or IPv6, TCP or UDP without data, with right checksums. They go
// from a subscriber to the far side of the router under test, whose interfaces all have the same address.
#pragma once

#include "core/address.h"

#include <string>
#include <vector>

namespace bench {

struct Packet {
	gate25::Address source, destination;
	bool is_tcp = true;
	std::uint16_t source_port = 0, destination_port = 0;
	std::uint8_t tcp_flags = 0x10; // ACK
};
inline constexpr std::uint8_t syn = 0x02;

using Frame = std::vector<std::uint8_t>;
Frame frame_of(const Packet& packet);

// What a sender may fill its ring with: n packets of one family.
//   other       UDP to port 9999 and TCP to port 443 in turn, a thousand subscribers: what a router forwards all day
//   submission  TCP to port 587 of subscribers who are not in quarantine
//   opening     first packets to port 25, of n subscribers spread over numbers below `first`
//   smtp        first packets to ports 25 and 587 in turn of subscribers number `first` and on
std::vector<Frame> frames_of(const std::string& kind, gate25::Family family, std::uint32_t first, std::size_t n);

} // namespace bench
