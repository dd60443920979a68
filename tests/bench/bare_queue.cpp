// SPDX-License-Identifier: GPL-2.0-or-later
#include "bare_queue.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <sys/socket.h>

namespace bench {
namespace {

constexpr std::size_t at_once = 64, longest = 2048;

[[noreturn]] void give_up(const char* what) {
	fmt::print(stderr, "bare queue: {}: {}\n", what, std::strerror(errno));
	std::exit(1);
}

std::uint32_t id_of(const nlmsghdr* message) {
	nlattr* attributes[NFQA_MAX + 1] = {};
	if (nfq_nlmsg_parse(message, attributes) < 0 || attributes[NFQA_PACKET_HDR] == nullptr) give_up("no packet");
	return ntohl(static_cast<const nfqnl_msg_packet_hdr*>(mnl_attr_get_payload(attributes[NFQA_PACKET_HDR]))->packet_id);
}

} // namespace

BareQueue::BareQueue(std::uint16_t number) : socket_(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC)), number_(number), bytes_(at_once * longest) {
	if (socket_ == nullptr || mnl_socket_bind(socket_, 0, MNL_SOCKET_AUTOPID) < 0) give_up("socket");
	const int room = 16 * 1024 * 1024;
	setsockopt(mnl_socket_get_fd(socket_), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
	configure();
}

BareQueue::~BareQueue() { mnl_socket_close(socket_); }

void BareQueue::configure() {
	char room[256] = {};
	nlmsghdr* header = nfq_nlmsg_put(room, NFQNL_MSG_CONFIG, number_);
	header->nlmsg_flags |= NLM_F_ACK;
	nfq_nlmsg_cfg_put_cmd(header, AF_UNSPEC, NFQNL_CFG_CMD_BIND);
	nfq_nlmsg_cfg_put_qmaxlen(header, 4096);
	mnl_attr_put_u32(header, NFQA_CFG_FLAGS, htonl(NFQA_CFG_F_GSO | NFQA_CFG_F_FAIL_OPEN));
	mnl_attr_put_u32(header, NFQA_CFG_MASK, htonl(NFQA_CFG_F_GSO | NFQA_CFG_F_FAIL_OPEN));
	nfq_nlmsg_cfg_put_params(header, NFQNL_COPY_PACKET, 128);
	if (mnl_socket_sendto(socket_, header, header->nlmsg_len) < 0) give_up("configure");
	const auto size = mnl_socket_recvfrom(socket_, bytes_.data(), bytes_.size());
	if (size < 0 || mnl_cb_run(bytes_.data(), static_cast<std::size_t>(size), 0, 0, nullptr, nullptr) < 0) give_up("configure");
}

std::size_t BareQueue::accept_some() {
	std::array<iovec, at_once> pieces{};
	std::array<mmsghdr, at_once> headers{};
	for (std::size_t i = 0; i < at_once; ++i) {
		pieces[i] = {bytes_.data() + i * longest, longest};
		headers[i].msg_hdr.msg_iov = &pieces[i];
		headers[i].msg_hdr.msg_iovlen = 1;
	}
	const int got = recvmmsg(mnl_socket_get_fd(socket_), headers.data(), at_once, MSG_WAITFORONE, nullptr);
	if (got <= 0) give_up("receive");
	std::uint32_t last = 0;
	for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) last = id_of(static_cast<const nlmsghdr*>(pieces[i].iov_base));
	char room[256] = {};
	nlmsghdr* header = nfq_nlmsg_put(room, NFQNL_MSG_VERDICT_BATCH, number_);
	nfq_nlmsg_verdict_put(header, static_cast<int>(last), NF_ACCEPT);
	if (mnl_socket_sendto(socket_, header, header->nlmsg_len) < 0) give_up("verdict");
	return static_cast<std::size_t>(got);
}

} // namespace bench
