// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/sources/radius_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <tuple>
#include <utility>

namespace gate25 {
namespace {

// Some seconds of accounting at its highest rate, for when the loop is busy; a datagram takes about a kilobyte of it.
constexpr int receive_buffer = 16 * 1024 * 1024;
constexpr std::size_t longest_datagram = longest_radius_packet;
// Whether a datagram was cut: it is longer than the room for it.
constexpr std::size_t room_for_datagram = longest_datagram + 1;
constexpr std::size_t room_for_control = CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(in_pktinfo));

struct SocketAddress {
	sockaddr_storage storage{};
	socklen_t length = 0;
};

SocketAddress spelled(const Address& address, std::uint16_t port, std::uint32_t interface = 0) {
	SocketAddress out;
	const auto bytes = address.bytes();
	if (address.family() == Family::ipv4) {
		sockaddr_in v4{};
		v4.sin_family = AF_INET;
		v4.sin_port = htons(port);
		std::memcpy(&v4.sin_addr, bytes.data(), bytes.size());
		std::memcpy(&out.storage, &v4, out.length = sizeof v4);
		return out;
	}
	sockaddr_in6 v6{};
	v6.sin6_family = AF_INET6;
	v6.sin6_port = htons(port);
	std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
	if (IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr)) v6.sin6_scope_id = interface;
	std::memcpy(&out.storage, &v6, out.length = sizeof v6);
	return out;
}

std::pair<Address, std::uint16_t> read(const sockaddr_storage& storage) {
	if (storage.ss_family == AF_INET) {
		sockaddr_in v4{};
		std::memcpy(&v4, &storage, sizeof v4);
		return {Address::from_bytes({reinterpret_cast<const std::uint8_t*>(&v4.sin_addr), 4}), ntohs(v4.sin_port)};
	}
	sockaddr_in6 v6{};
	std::memcpy(&v6, &storage, sizeof v6);
	return {Address::from_bytes(v6.sin6_addr.s6_addr), ntohs(v6.sin6_port)};
}

// Which of our addresses it was sent to.
void read_target(msghdr& header, RadiusPath& path) {
	for (cmsghdr* one = CMSG_FIRSTHDR(&header); one != nullptr; one = CMSG_NXTHDR(&header, one))
		if (one->cmsg_level == IPPROTO_IP && one->cmsg_type == IP_PKTINFO) {
			in_pktinfo info{};
			std::memcpy(&info, CMSG_DATA(one), sizeof info);
			path.own = Address::from_bytes({reinterpret_cast<const std::uint8_t*>(&info.ipi_addr), 4});
			path.interface = static_cast<std::uint32_t>(info.ipi_ifindex);
		} else if (one->cmsg_level == IPPROTO_IPV6 && one->cmsg_type == IPV6_PKTINFO) {
			in6_pktinfo info{};
			std::memcpy(&info, CMSG_DATA(one), sizeof info);
			path.own = Address::from_bytes(info.ipi6_addr.s6_addr);
			path.interface = info.ipi6_ifindex;
		}
}

template <class Info> std::size_t put_control(std::array<char, room_for_control>& out, int level, int type, const Info& info) {
	auto* one = reinterpret_cast<cmsghdr*>(out.data());
	one->cmsg_level = level;
	one->cmsg_type = type;
	one->cmsg_len = CMSG_LEN(sizeof info);
	std::memcpy(CMSG_DATA(one), &info, sizeof info);
	return CMSG_SPACE(sizeof info);
}

// Answered from there; by which interface, the routes decide, except where an address says nothing without one.
std::size_t spell_target(const RadiusPath& path, std::array<char, room_for_control>& out) {
	const auto bytes = path.own.bytes();
	if (path.own.family() == Family::ipv4) {
		in_pktinfo info{};
		std::memcpy(&info.ipi_spec_dst, bytes.data(), bytes.size());
		return put_control(out, IPPROTO_IP, IP_PKTINFO, info);
	}
	in6_pktinfo info{};
	std::memcpy(&info.ipi6_addr, bytes.data(), bytes.size());
	if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) info.ipi6_ifindex = path.interface;
	return put_control(out, IPPROTO_IPV6, IPV6_PKTINFO, info);
}

bool switch_on(int fd, int level, int option) {
	const int on = 1;
	return ::setsockopt(fd, level, option, &on, sizeof on) == 0;
}

std::string text_of(const UdpEndpoint& endpoint) {
	const bool is_v6 = endpoint.address.family() == Family::ipv6;
	return fmt::format("{}{}{}:{}", is_v6 ? "[" : "", endpoint.address.text(), is_v6 ? "]" : "", endpoint.port);
}

Result<Descriptor> listen_on(const UdpEndpoint& endpoint) {
	const bool is_v6 = endpoint.address.family() == Family::ipv6;
	const auto refused = [&](int error) {
		const char* advice = error == EADDRINUSE ? "; another program has it: choose another port" : "";
		return fail(ErrorKind::unavailable, fmt::format("cannot listen on {} for RADIUS accounting: {}{}", text_of(endpoint), std::strerror(error), advice), error);
	};
	Descriptor fd(::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP));
	if (!fd.is_open()) return refused(errno);
	const SocketAddress address = spelled(endpoint.address, endpoint.port);
	const bool is_ready = switch_on(fd.get(), is_v6 ? SOL_IPV6 : SOL_IP, is_v6 ? IPV6_FREEBIND : IP_FREEBIND) &&
	                      switch_on(fd.get(), is_v6 ? IPPROTO_IPV6 : IPPROTO_IP, is_v6 ? IPV6_RECVPKTINFO : IP_PKTINFO) &&
	                      (!is_v6 || switch_on(fd.get(), SOL_IPV6, IPV6_V6ONLY)) &&
	                      ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) == 0;
	if (!is_ready) return refused(errno);
	// More than an administrator allows to all; without the right to it, as much as he allows.
	if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof receive_buffer) != 0)
		::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
	return fd;
}

} // namespace

namespace {

// What the kernel is given for many datagrams at once.
struct Messages {
	void point(std::size_t i, const iovec& piece, socklen_t length, std::size_t control) {
		pieces[i] = piece;
		msghdr& header = headers[i].msg_hdr;
		header = {};
		header.msg_name = &peers[i].storage;
		header.msg_namelen = length;
		header.msg_iov = &pieces[i];
		header.msg_iovlen = 1;
		header.msg_control = controls[i].data();
		header.msg_controllen = control;
	}
	std::array<iovec, RadiusServer::at_once> pieces{};
	std::array<SocketAddress, RadiusServer::at_once> peers{};
	alignas(cmsghdr) std::array<std::array<char, room_for_control>, RadiusServer::at_once> controls{};
	std::array<mmsghdr, RadiusServer::at_once> headers{};
};
// Each begins where the one before ends.
static_assert(room_for_control % alignof(cmsghdr) == 0);

} // namespace

struct RadiusServer::Room {
	std::uint8_t* place(std::size_t i) { return bytes.data() + i * room_for_datagram; }
	std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(at_once * room_for_datagram);
	std::vector<RadiusDatagram> datagrams;
	Messages incoming, outgoing; // answers may go while a turn's datagrams are still looked at
};

RadiusServer::RadiusServer(Loop& loop, RadiusServerOptions options)
	: loop_(loop), options_(std::move(options)), room_(std::make_unique<Room>()) {}

RadiusServer::~RadiusServer() = default;

Result<std::unique_ptr<RadiusServer>> RadiusServer::open(Loop& loop, RadiusServerOptions options) {
	std::unique_ptr<RadiusServer> made(new RadiusServer(loop, std::move(options)));
	if (auto started = made->start(); !started) return fail(started.error());
	return made;
}

Result<void> RadiusServer::start() {
	for (const UdpEndpoint& endpoint : options_.listen) {
		auto fd = listen_on(endpoint);
		if (!fd) return fail(fd.error());
		const auto number = static_cast<std::uint32_t>(listeners_.size());
		auto watched = loop_.watch_readable(fd->get(), [this, number] { receive(number); });
		if (!watched) return fail(watched.error());
		listeners_.push_back({std::move(*fd), std::move(*watched)});
	}
	return {};
}

void RadiusServer::receive(std::uint32_t listener) {
	Messages& messages = room_->incoming;
	for (std::size_t i = 0; i < at_once; ++i)
		messages.point(i, {room_->place(i), room_for_datagram}, sizeof(sockaddr_storage), room_for_control);
	const int got = ::recvmmsg(listeners_[listener].fd.get(), messages.headers.data(), at_once, MSG_DONTWAIT, nullptr);
	if (got <= 0) return; // nothing, or an error that a peer's router sent for an answer: there is no connection to lose
	status_.received += static_cast<std::uint64_t>(got);
	room_->datagrams.clear();
	for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
		mmsghdr& message = messages.headers[i];
		if (message.msg_len > longest_datagram) {
			++status_.too_long;
			continue;
		}
		RadiusDatagram& datagram = room_->datagrams.emplace_back();
		std::tie(datagram.path.peer, datagram.path.port) = read(messages.peers[i].storage);
		read_target(message.msg_hdr, datagram.path);
		datagram.path.listener = listener;
		datagram.bytes = {room_->place(i), message.msg_len};
	}
	if (!room_->datagrams.empty()) options_.take(room_->datagrams);
}

void RadiusServer::send(const std::vector<RadiusAnswer>& answers) {
	std::vector<const RadiusAnswer*> some;
	for (std::uint32_t listener = 0; listener < listeners_.size(); ++listener) {
		some.clear();
		for (const RadiusAnswer& answer : answers)
			if (answer.path.listener == listener) some.push_back(&answer);
		for (std::size_t begin = 0; begin < some.size(); begin += at_once)
			send_some(listener, std::span(some).subspan(begin, std::min(at_once, some.size() - begin)));
	}
}

void RadiusServer::send_some(std::uint32_t listener, std::span<const RadiusAnswer* const> answers) {
	Messages& messages = room_->outgoing;
	for (std::size_t i = 0; i < answers.size(); ++i) {
		const RadiusAnswer& answer = *answers[i];
		messages.peers[i] = spelled(answer.path.peer, answer.path.port, answer.path.interface);
		const iovec piece{const_cast<std::uint8_t*>(answer.bytes.data()), answer.bytes.size()};
		messages.point(i, piece, messages.peers[i].length, spell_target(answer.path, messages.controls[i]));
	}
	for (std::size_t done = 0; done < answers.size();) {
		const int sent = ::sendmmsg(listeners_[listener].fd.get(), messages.headers.data() + done, static_cast<unsigned>(answers.size() - done), MSG_DONTWAIT);
		if (sent < 0 && errno == EINTR) continue;
		const std::size_t went = sent > 0 ? static_cast<std::size_t>(sent) : 0;
		status_.sent += went;
		status_.unsent += went == 0 ? 1 : 0;
		done += std::max<std::size_t>(1, went); // one that cannot go holds up no other
	}
}

std::vector<UdpEndpoint> RadiusServer::listening() const {
	std::vector<UdpEndpoint> all = options_.listen;
	for (std::size_t i = 0; i < listeners_.size(); ++i) {
		sockaddr_storage storage{};
		socklen_t length = sizeof storage;
		::getsockname(listeners_[i].fd.get(), reinterpret_cast<sockaddr*>(&storage), &length);
		all[i].port = read(storage).second;
	}
	return all;
}

} // namespace gate25
