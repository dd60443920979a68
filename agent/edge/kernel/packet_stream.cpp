// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/packet_stream.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <libmnl/libmnl.h>
#include <sstream>
#include <sys/socket.h>

namespace gate25 {
namespace {

// A waiting message takes about a kilobyte of it, so 4096 packets in a queue find room, large ones too.
constexpr int receive_buffer = 16 * 1024 * 1024;

Error lost(const char* what) { return {ErrorKind::kernel, std::string(what) + ": " + std::strerror(errno), errno}; }

} // namespace

struct PacketStream::Room {
	Room(std::size_t at_once, std::size_t longest) : bytes(at_once * longest), pieces(at_once), headers(at_once) {
		for (std::size_t i = 0; i < at_once; ++i) {
			pieces[i] = {bytes.data() + i * longest, longest};
			headers[i].msg_hdr.msg_iov = &pieces[i];
			headers[i].msg_hdr.msg_iovlen = 1;
		}
	}
	std::vector<char> bytes;
	std::vector<iovec> pieces;
	std::vector<mmsghdr> headers;
};

void PacketStream::Close::operator()(mnl_socket* socket) const noexcept { mnl_socket_close(socket); }
void PacketStream::FreeRoom::operator()(Room* room) const noexcept { delete room; }

PacketStream::PacketStream(mnl_socket* socket, std::size_t at_once, std::size_t longest)
	: socket_(socket), room_(new Room(at_once, longest)) {}

Result<PacketStream> PacketStream::open(std::size_t at_once, std::size_t longest) {
	mnl_socket* raw = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (raw == nullptr) return fail(lost("cannot open a netlink socket"));
	PacketStream stream(raw, at_once, longest);
	if (mnl_socket_bind(raw, 0, MNL_SOCKET_AUTOPID) < 0) return fail(lost("cannot bind a netlink socket"));
	setsockopt(stream.fd(), SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof receive_buffer);
	// A full socket is known by the gap in the numbers of the packets, exactly. The error would say only that there was one,
	// and while it stands the kernel puts nothing into the socket until all of it has been read.
	int on = 1;
	if (mnl_socket_setsockopt(raw, NETLINK_NO_ENOBUFS, &on, sizeof on) < 0) return fail(lost("cannot set up a netlink socket"));
	return stream;
}

int PacketStream::fd() const { return mnl_socket_get_fd(socket_.get()); }

std::uint32_t PacketStream::port() const { return mnl_socket_get_portid(socket_.get()); }

Result<void> PacketStream::send(const void* messages, std::size_t size) {
	while (mnl_socket_sendto(socket_.get(), messages, size) < 0)
		if (errno != EINTR) return fail(lost("cannot send to the kernel"));
	return {};
}

Result<std::size_t> PacketStream::receive(const std::function<void(const nlmsghdr*)>& each) {
	auto& headers = room_->headers;
	const int got = recvmmsg(fd(), headers.data(), static_cast<unsigned>(headers.size()), MSG_DONTWAIT, nullptr);
	if (got < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)) return 0;
	if (got < 0) return fail(lost("cannot read from the kernel"));
	for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
		int left = static_cast<int>(headers[i].msg_len);
		for (const auto* message = static_cast<const nlmsghdr*>(room_->pieces[i].iov_base); mnl_nlmsg_ok(message, left);
		     message = mnl_nlmsg_next(message, &left))
			each(message);
	}
	return static_cast<std::size_t>(got);
}

std::optional<std::vector<std::uint64_t>> read_packet_line(const char* file, std::uint16_t number) {
	std::ifstream lines(std::string("/proc/thread-self/net/netfilter/") + file);
	for (std::string line; std::getline(lines, line);) {
		std::istringstream words(line);
		std::vector<std::uint64_t> found;
		for (std::uint64_t word = 0; words >> word;) found.push_back(word);
		if (!found.empty() && found.front() == number) return found;
	}
	return std::nullopt;
}

} // namespace gate25
