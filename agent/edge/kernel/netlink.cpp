// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/netlink.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

namespace gate25 {
namespace {

// A dump in pieces below 32 KiB is three times slower for big sets.
constexpr std::size_t receive_size = 64 * 1024;
// A batch is one send: 52 bytes for an IPv6 element, so a million in one transaction fit.
constexpr int send_buffer = 256 * 1024 * 1024;

Error kernel_error(const std::string& what, int number) {
	return {ErrorKind::kernel, what + ": " + std::strerror(number), number};
}

constexpr std::size_t request_room = 256;

nlmsghdr* put_dump(char* at, std::uint16_t type, std::uint8_t family) {
	nlmsghdr* header = mnl_nlmsg_put_header(at);
	header->nlmsg_type = static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | type);
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(nfgenmsg)))->nfgen_family = family;
	return header;
}

} // namespace

void Netlink::Close::operator()(mnl_socket* socket) const noexcept { mnl_socket_close(socket); }

Netlink::Netlink(mnl_socket* socket)
	: socket_(socket), buffer_(receive_size), number_(static_cast<std::uint32_t>(std::time(nullptr))) {}
Netlink::Netlink(Netlink&&) noexcept = default;
Netlink& Netlink::operator=(Netlink&&) noexcept = default;
Netlink::~Netlink() = default;

Result<Netlink> Netlink::open() {
	mnl_socket* raw = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (raw == nullptr) return fail(kernel_error("cannot open a netlink socket", errno));
	Netlink netlink(raw);
	if (mnl_socket_bind(raw, 0, MNL_SOCKET_AUTOPID) < 0) return fail(kernel_error("cannot bind the netlink socket", errno));
	const int fd = mnl_socket_get_fd(raw);
	// Needs CAP_NET_ADMIN in the first user namespace; without it small batches still fit.
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &send_buffer, sizeof send_buffer);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &send_buffer, sizeof send_buffer);
	// Acknowledgements without the text of what they acknowledge.
	const int on = 1;
	mnl_socket_setsockopt(raw, NETLINK_CAP_ACK, const_cast<int*>(&on), sizeof on);
	return netlink;
}

Result<Netlink> Netlink::share(int fd) {
	const int twin = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (twin < 0) return fail(kernel_error("cannot share a netlink socket", errno));
	mnl_socket* raw = mnl_socket_fdopen(twin);
	if (raw == nullptr) return fail(kernel_error("cannot share a netlink socket", errno));
	setsockopt(twin, SOL_SOCKET, SO_SNDBUFFORCE, &send_buffer, sizeof send_buffer);
	return Netlink(raw);
}

std::uint32_t Netlink::port() const { return mnl_socket_get_portid(socket_.get()); }

// The kernel answers within sendmsg(), so whatever is queued belongs to something given up.
void Netlink::drain() {
	while (recv(mnl_socket_get_fd(socket_.get()), buffer_.data(), buffer_.size(), MSG_DONTWAIT) > 0) {}
}

Result<void> Netlink::send_batch(const void* bytes, std::size_t size, std::uint32_t last, std::uint32_t& failed) {
	const int fd = mnl_socket_get_fd(socket_.get());
	if (mnl_socket_sendto(socket_.get(), bytes, size) < 0) return fail(kernel_error("cannot send to nf_tables", errno));
	int first_error = 0;
	while (true) {
		const ssize_t got = recv(fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
		if (got <= 0) {
			const int number = got < 0 ? errno : EIO;
			if (number == EINTR) continue;
			if (first_error != 0) return fail(kernel_error("nf_tables refused a batch", first_error));
			return fail(kernel_error("nf_tables did not acknowledge a batch", number == EAGAIN ? ENOBUFS : number));
		}
		int left = static_cast<int>(got);
		for (auto* message = reinterpret_cast<nlmsghdr*>(buffer_.data()); mnl_nlmsg_ok(message, left);
		     message = mnl_nlmsg_next(message, &left)) {
			if (message->nlmsg_type != NLMSG_ERROR) continue;
			const auto* answer = static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(message));
			if (answer->error != 0 && first_error == 0) {
				first_error = -answer->error;
				failed = message->nlmsg_seq;
			}
			if (message->nlmsg_seq == last && first_error == 0) return {};
			if (message->nlmsg_seq == last) {
				drain();
				return fail(kernel_error("nf_tables refused a batch", first_error));
			}
		}
	}
}

Result<void> Netlink::dump(std::uint16_t type, const std::function<void(const nlmsghdr*)>& each) {
	char room[request_room] = {};
	nlmsghdr* header = put_dump(room, type, type == NFT_MSG_GETFLOWTABLE ? NFPROTO_UNSPEC : NFPROTO_INET);
	if (type == NFT_MSG_GETSET || type == NFT_MSG_GETOBJ || type == NFT_MSG_GETCHAIN || type == NFT_MSG_GETRULE)
		mnl_attr_put_strz(header, NFTA_SET_TABLE, "gate25"); // the same number in all four
	return dump_answers(header, each);
}

Result<void> Netlink::dump_elements(const std::string& set, const std::function<void(const nlmsghdr*)>& each) {
	char room[request_room] = {};
	nlmsghdr* header = put_dump(room, NFT_MSG_GETSETELEM, NFPROTO_INET);
	mnl_attr_put_strz(header, NFTA_SET_ELEM_LIST_TABLE, "gate25");
	mnl_attr_put_strz(header, NFTA_SET_ELEM_LIST_SET, set.c_str());
	return dump_answers(header, each);
}

Result<void> Netlink::dump_answers(nlmsghdr* header, const std::function<void(const nlmsghdr*)>& each) {
	drain();
	header->nlmsg_seq = next_number();
	if (mnl_socket_sendto(socket_.get(), header, header->nlmsg_len) < 0)
		return fail(kernel_error("cannot ask nf_tables", errno));
	while (true) {
		const ssize_t got = mnl_socket_recvfrom(socket_.get(), buffer_.data(), buffer_.size());
		if (got < 0) return fail(kernel_error("cannot read from nf_tables", errno));
		int left = static_cast<int>(got);
		for (auto* message = reinterpret_cast<nlmsghdr*>(buffer_.data()); mnl_nlmsg_ok(message, left);
		     message = mnl_nlmsg_next(message, &left)) {
			if (message->nlmsg_seq != header->nlmsg_seq) continue;
			if (message->nlmsg_type == NLMSG_DONE) return {};
			if (message->nlmsg_type == NLMSG_ERROR) {
				const int number = -static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(message))->error;
				return fail(kernel_error("nf_tables refused a dump", number));
			}
			// Another writer was faster; the names that matter are asked for again by the caller's next turn.
			if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0)
				return fail(kernel_error("nf_tables changed during a dump", EINTR));
			each(message);
		}
	}
}

} // namespace gate25
