// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/own_addresses.h"

#include "core/handle.h"

#include <cstring>
#include <ifaddrs.h>
#include <memory>
#include <netinet/in.h>

namespace gate25 {
namespace {

using Interfaces = std::unique_ptr<ifaddrs, Deleter<freeifaddrs>>;

template <class Socket, class Bytes> Address address_in(const sockaddr* raw, Bytes Socket::*member) {
	Socket socket{};
	std::memcpy(&socket, raw, sizeof socket);
	std::array<std::uint8_t, sizeof(Bytes)> bytes{};
	std::memcpy(bytes.data(), &(socket.*member), bytes.size());
	return Address::from_bytes(bytes);
}

} // namespace

std::vector<Prefix> own_addresses() {
	ifaddrs* first = nullptr;
	if (getifaddrs(&first) != 0) return {};
	const Interfaces owner(first);
	std::vector<Prefix> found;
	for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
		if (one->ifa_addr == nullptr) continue;
		if (one->ifa_addr->sa_family == AF_INET)
			found.push_back(Prefix::host(address_in(one->ifa_addr, &sockaddr_in::sin_addr)));
		if (one->ifa_addr->sa_family == AF_INET6)
			found.push_back(Prefix::host(address_in(one->ifa_addr, &sockaddr_in6::sin6_addr)));
	}
	return found;
}

} // namespace gate25
