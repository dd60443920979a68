// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/policy_server_tcp.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace gate25 {
namespace {

constexpr int accepted_per_turn = 64;
constexpr int backlog = 1024; // cut by net.core.somaxconn
constexpr Milliseconds pause_without_descriptors{50};

// The kernel's form of an endpoint, and its length.
std::pair<sockaddr_storage, socklen_t> spelled(const PolicyEndpoint& endpoint) {
	sockaddr_storage storage{};
	const auto bytes = endpoint.address.bytes();
	if (endpoint.address.family() == Family::ipv4) {
		sockaddr_in v4{};
		v4.sin_family = AF_INET;
		v4.sin_port = htons(endpoint.port);
		std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::uint8_t*>(&v4.sin_addr));
		std::memcpy(&storage, &v4, sizeof v4);
		return {storage, sizeof v4};
	}
	sockaddr_in6 v6{};
	v6.sin6_family = AF_INET6;
	v6.sin6_port = htons(endpoint.port);
	std::copy(bytes.begin(), bytes.end(), v6.sin6_addr.s6_addr);
	std::memcpy(&storage, &v6, sizeof v6);
	return {storage, sizeof v6};
}

PolicyEndpoint read(const sockaddr_storage& storage) {
	PolicyEndpoint endpoint;
	if (storage.ss_family == AF_INET) {
		sockaddr_in v4{};
		std::memcpy(&v4, &storage, sizeof v4);
		endpoint.address = Address::from_bytes({reinterpret_cast<const std::uint8_t*>(&v4.sin_addr), 4});
		endpoint.port = ntohs(v4.sin_port);
	} else {
		sockaddr_in6 v6{};
		std::memcpy(&v6, &storage, sizeof v6);
		endpoint.address = Address::from_bytes(v6.sin6_addr.s6_addr);
		endpoint.port = ntohs(v6.sin6_port);
	}
	return endpoint;
}

bool switch_on(int fd, int level, int option) {
	const int on = 1;
	return ::setsockopt(fd, level, option, &on, sizeof on) == 0;
}

tl::unexpected<Error> cannot_listen(const PolicyEndpoint& endpoint, int error) {
	const char* advice = error == EADDRINUSE ? "; another program has it: choose another port" : "";
	return fail(ErrorKind::unavailable,
	            fmt::format("cannot listen on {} for the policy service: {}{}", endpoint_text(endpoint), std::strerror(error), advice), error);
}

} // namespace

std::string endpoint_text(const PolicyEndpoint& endpoint) {
	const bool is_v6 = endpoint.address.family() == Family::ipv6;
	return fmt::format("{}{}{}:{}", is_v6 ? "[" : "", endpoint.address.text(), is_v6 ? "]" : "", endpoint.port);
}

Result<std::unique_ptr<PolicyTcpListener>> PolicyTcpListener::open(Loop& loop, const PolicyEndpoint& endpoint, TakeIn take_in,
                                                                   std::function<bool()> make_room) {
	const bool is_v6 = endpoint.address.family() == Family::ipv6;
	Descriptor fd(::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
	if (!fd.is_open()) return cannot_listen(endpoint, errno);
	const auto [address, length] = spelled(endpoint);
	const bool is_ready = switch_on(fd.get(), SOL_SOCKET, SO_REUSEADDR) &&
	                      switch_on(fd.get(), is_v6 ? SOL_IPV6 : SOL_IP, is_v6 ? IPV6_FREEBIND : IP_FREEBIND) &&
	                      (!is_v6 || switch_on(fd.get(), SOL_IPV6, IPV6_V6ONLY)) &&
	                      ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0 && ::listen(fd.get(), backlog) == 0;
	if (!is_ready) return cannot_listen(endpoint, errno);
	std::unique_ptr<PolicyTcpListener> made(new PolicyTcpListener(loop, std::move(fd), std::move(take_in), std::move(make_room)));
	if (auto started = made->start(); !started) return fail(started.error());
	return made;
}

std::uint16_t PolicyTcpListener::port() const {
	sockaddr_storage storage{};
	socklen_t length = sizeof storage;
	::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&storage), &length);
	return read(storage).port;
}

Result<void> PolicyTcpListener::start() {
	auto watched = loop_.watch_readable(fd_.get(), [this] { accept_some(); });
	if (!watched) return fail(watched.error());
	incoming_ = std::move(*watched);
	return {};
}

void PolicyTcpListener::accept_some() {
	for (int i = 0; i < accepted_per_turn; ++i) {
		sockaddr_storage peer{};
		socklen_t length = sizeof peer;
		Descriptor fd(::accept4(fd_.get(), reinterpret_cast<sockaddr*>(&peer), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
		if (fd.is_open()) {
			switch_on(fd.get(), IPPROTO_TCP, TCP_NODELAY); // a question waits for each answer
			take_in_(std::move(fd), read(peer).address);
			continue;
		}
		const int error = errno;
		if (error == EAGAIN || error == EWOULDBLOCK) return;
		const bool is_full = error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
		if (is_full && !make_room_()) return pause();
		// Anything else is an error of that one connection (accept(2)).
	}
}

// The kernel keeps reporting those who wait, so do not look for a moment.
void PolicyTcpListener::pause() {
	incoming_.cancel();
	later_ = loop_.after(pause_without_descriptors, [this] {
		if (!start()) pause();
	});
}

} // namespace gate25
