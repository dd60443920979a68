// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/dialled.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

namespace gate25 {

std::optional<std::uint16_t> dialled_port(int fd) {
	sockaddr_storage own{};
	socklen_t size = sizeof own;
	if (getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size) != 0) return std::nullopt;
	if (own.ss_family == AF_INET) {
		sockaddr_in meant{};
		size = sizeof meant;
		if (getsockopt(fd, SOL_IP, SO_ORIGINAL_DST, &meant, &size) != 0) return std::nullopt;
		return ntohs(meant.sin_port);
	}
	sockaddr_in6 meant{};
	size = sizeof meant;
	if (getsockopt(fd, SOL_IPV6, IP6T_SO_ORIGINAL_DST, &meant, &size) != 0) return std::nullopt;
	return ntohs(meant.sin6_port);
}

} // namespace gate25
