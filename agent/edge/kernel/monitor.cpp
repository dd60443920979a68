// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/monitor.h"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gate25 {
namespace {

constexpr int receive_buffer = 32 * 1024 * 1024;
// The attribute with the table's name has this number in every message of nf_tables that belongs to a table.
constexpr std::uint16_t table_attribute = NFTA_TABLE_NAME;
static_assert(NFTA_CHAIN_TABLE == table_attribute && NFTA_RULE_TABLE == table_attribute &&
              NFTA_SET_TABLE == table_attribute && NFTA_SET_ELEM_LIST_TABLE == table_attribute &&
              NFTA_OBJ_TABLE == table_attribute);

const nlattr* find_attribute(const nlmsghdr* message, std::uint16_t type) {
	const char* end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(message));
	const auto* attribute = static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(message, sizeof(nfgenmsg)));
	for (; mnl_attr_ok(attribute, static_cast<int>(end - reinterpret_cast<const char*>(attribute)));
	     attribute = mnl_attr_next(attribute))
		if (mnl_attr_get_type(attribute) == type) return attribute;
	return nullptr;
}

bool is_our_table(const nlmsghdr* message) {
	const auto* generic = static_cast<const nfgenmsg*>(mnl_nlmsg_get_payload(message));
	if (generic->nfgen_family != NFPROTO_INET) return false;
	const nlattr* name = find_attribute(message, table_attribute);
	return name != nullptr && std::strncmp(mnl_attr_get_str(name), "gate25", mnl_attr_get_payload_len(name)) == 0;
}

std::uint32_t pid_of(const nlmsghdr* generation) {
	const nlattr* pid = find_attribute(generation, NFTA_GEN_PROC_PID);
	return pid == nullptr ? 0 : ntohl(mnl_attr_get_u32(pid));
}

std::string name_of(const nlmsghdr* generation) {
	const nlattr* name = find_attribute(generation, NFTA_GEN_PROC_NAME);
	if (name == nullptr) return "an unknown process";
	return {mnl_attr_get_str(name), strnlen(mnl_attr_get_str(name), mnl_attr_get_payload_len(name))};
}

} // namespace

void TableMonitor::Close::operator()(mnl_socket* socket) const noexcept { mnl_socket_close(socket); }

TableMonitor::TableMonitor(mnl_socket* socket, std::function<void(const std::string&)> on_change,
                           std::function<void()> on_loss)
	: socket_(socket), on_change_(std::move(on_change)), on_loss_(std::move(on_loss)) {}

Result<std::unique_ptr<TableMonitor>> TableMonitor::open(std::function<void(const std::string&)> on_change,
                                                         std::function<void()> on_loss) {
	mnl_socket* raw = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (raw == nullptr) return fail(ErrorKind::kernel, std::string("cannot open a netlink socket: ") + std::strerror(errno), errno);
	std::unique_ptr<TableMonitor> monitor(new TableMonitor(raw, std::move(on_change), std::move(on_loss)));
	int group = NFNLGRP_NFTABLES;
	setsockopt(monitor->fd(), SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof receive_buffer);
	if (mnl_socket_bind(raw, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_setsockopt(raw, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0)
		return fail(ErrorKind::kernel, std::string("cannot listen to nf_tables: ") + std::strerror(errno), errno);
	return monitor;
}

int TableMonitor::fd() const { return mnl_socket_get_fd(socket_.get()); }

void TableMonitor::take(const void* raw, std::string& culprit) {
	const auto* message = static_cast<const nlmsghdr*>(raw);
	if (NFNL_SUBSYS_ID(message->nlmsg_type) != NFNL_SUBSYS_NFTABLES) return;
	if (NFNL_MSG_TYPE(message->nlmsg_type) != NFT_MSG_NEWGEN) {
		is_touched_ = is_touched_ || is_our_table(message);
		return;
	}
	const std::uint32_t pid = pid_of(message);
	if (is_touched_ && pid != static_cast<std::uint32_t>(getpid())) culprit = name_of(message) + ", pid " + std::to_string(pid);
	is_touched_ = false;
}

// A message bears the port of the socket whose transaction it tells of, and so does the NFT_MSG_NEWGEN at its end.
void TableMonitor::ignore(const std::vector<std::uint32_t>& ports) {
	if (ports == ignored_) return;
	ignored_ = ports;
	constexpr std::uint32_t all = 0xffffffff, none = 0;
	std::vector<sock_filter> program{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(nlmsghdr, nlmsg_pid))};
	// Loaded as a number in network order, whatever this machine's order is.
	for (const std::uint32_t port : ports) {
		program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(port), 0, 1));
		program.push_back(BPF_STMT(BPF_RET | BPF_K, none));
	}
	program.push_back(BPF_STMT(BPF_RET | BPF_K, all));
	const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
	// Without it everything is read and told apart by the process, as at the start.
	(void)setsockopt(fd(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

void TableMonitor::read() {
	alignas(nlmsghdr) static std::array<char, 64 * 1024> buffer;
	std::string culprit;
	bool is_lossy = false;
	while (true) {
		const ssize_t got = recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
		if (got < 0 && errno == EINTR) continue;
		if (got < 0 && errno == ENOBUFS) {
			is_lossy = true;
			is_touched_ = false; // of a transaction whose end may be lost
			continue;
		}
		if (got <= 0) break;
		int left = static_cast<int>(got);
		for (auto* message = reinterpret_cast<nlmsghdr*>(buffer.data()); mnl_nlmsg_ok(message, left);
		     message = mnl_nlmsg_next(message, &left))
			take(message, culprit);
	}
	if (is_lossy) return on_loss_();
	if (!culprit.empty()) on_change_(culprit);
}

} // namespace gate25
