// SPDX-License-Identifier: GPL-2.0-or-later
//
// Frames onto an interface by AF_PACKET, past the queueing discipline: all that happens to them happens in the send.
#pragma once

#include "frames.h"

namespace bench {

class PacketSocket {
public:
	// Ends the program when there is no such interface.
	explicit PacketSocket(const std::string& interface);
	PacketSocket(PacketSocket&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
	PacketSocket& operator=(PacketSocket&&) = delete;
	~PacketSocket();
	// At most 64 at once, from number `at` on, round the ring; how many went out.
	std::size_t send(const std::vector<Frame>& ring, std::size_t at, std::size_t n);

private:
	int fd_ = -1;
};

} // namespace bench
