// SPDX-License-Identifier: GPL-2.0-or-later
#include "packet_socket.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bench {
namespace {

constexpr std::size_t most = 64;

[[noreturn]] void give_up(const std::string& what) {
	fmt::print(stderr, "packet socket: {}: {}\n", what, std::strerror(errno));
	std::exit(1);
}

} // namespace

PacketSocket::PacketSocket(const std::string& interface) {
	sockaddr_ll address{};
	address.sll_family = AF_PACKET;
	address.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
	const int on = 1;
	// Protocol 0: nothing is received.
	fd_ = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd_ < 0 || address.sll_ifindex == 0 || bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
	    setsockopt(fd_, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on) != 0)
		give_up(interface);
}

PacketSocket::~PacketSocket() {
	if (fd_ >= 0) close(fd_);
}

std::size_t PacketSocket::send(const std::vector<Frame>& ring, std::size_t at, std::size_t n) {
	std::array<mmsghdr, most> messages{};
	std::array<iovec, most> pieces{};
	n = std::min(n, most);
	for (std::size_t i = 0; i < n; ++i) {
		const Frame& frame = ring[(at + i) % ring.size()];
		pieces[i] = {const_cast<std::uint8_t*>(frame.data()), frame.size()};
		messages[i].msg_hdr.msg_iov = &pieces[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	const int sent = sendmmsg(fd_, messages.data(), static_cast<unsigned>(n), 0);
	if (sent < 0 && errno != ENOBUFS && errno != EAGAIN) give_up("sendmmsg");
	return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

} // namespace bench
