// SPDX-License-Identifier: GPL-2.0-or-later
//
// The netlink socket over which the kernel hands packets to a program (NFLOG, NFQUEUE): many are read at once, and
// what the kernel answers to requests comes the same way.
#pragma once

#include "core/result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct mnl_socket;
struct nlmsghdr;

namespace gate25 {

// How much of a packet is asked for. The first packet of a connection is 60 bytes long, so asking for all of it costs
// nothing; asking for less would let those out whose IPv6 options push the TCP header back.
inline constexpr std::uint32_t packet_copy_range = 1536;

class PacketStream {
public:
	// Room for so many messages of the kernel at a time, each no longer than `longest`.
	[[nodiscard]] static Result<PacketStream> open(std::size_t at_once, std::size_t longest);
	int fd() const;
	std::uint32_t port() const; // the kernel's name of this socket
	[[nodiscard]] Result<void> send(const void* messages, std::size_t size);
	// Hands over what is waiting, no more than there is room for. How many pieces that were: 0 when nothing waits. An error:
	// this socket is of no more use.
	[[nodiscard]] Result<std::size_t> receive(const std::function<void(const nlmsghdr*)>& each);

private:
	PacketStream(mnl_socket* socket, std::size_t at_once, std::size_t longest);
	struct Close {
		void operator()(mnl_socket* socket) const noexcept;
	};
	struct Room;
	struct FreeRoom {
		void operator()(Room* room) const noexcept;
	};
	std::unique_ptr<mnl_socket, Close> socket_;
	std::unique_ptr<Room, FreeRoom> room_;
};

// A line of /proc/net/netfilter/nfnetlink_log or nfnetlink_queue that begins with this number, as numbers; nullopt: there
// is none, or the file may not be read (root alone may).
std::optional<std::vector<std::uint64_t>> read_packet_line(const char* file, std::uint16_t number);

} // namespace gate25
