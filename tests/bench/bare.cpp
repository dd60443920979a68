// SPDX-License-Identifier: GPL-2.0-or-later
#include "bare.h"

#include "subscriber.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <endian.h>
#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bench {
namespace {

constexpr std::uint32_t most_per_batch = 1000;
constexpr std::size_t room = most_per_batch * 48 + 512;

[[noreturn]] void give_up(const char* what, int number) {
	fmt::print(stderr, "bare netlink: {}: {}\n", what, std::strerror(number));
	std::exit(1);
}

// All of nf_tables is aligned to four bytes, and the buffer is zeroed.
std::size_t put_attribute(char* at, std::uint16_t type, const void* data, std::size_t size) {
	auto* attribute = reinterpret_cast<nlattr*>(at);
	attribute->nla_type = type;
	attribute->nla_len = static_cast<std::uint16_t>(NLA_HDRLEN + size);
	if (size > 0) std::memcpy(at + NLA_HDRLEN, data, size);
	return NLA_ALIGN(attribute->nla_len);
}

std::size_t put_header(char* at, std::uint16_t type, std::uint16_t flags, std::uint8_t family, std::uint16_t resource,
                       std::uint32_t number) {
	auto* header = reinterpret_cast<nlmsghdr*>(at);
	*header = {NLMSG_LENGTH(sizeof(nfgenmsg)), type, static_cast<std::uint16_t>(NLM_F_REQUEST | flags), number, 0};
	auto* generic = static_cast<nfgenmsg*>(NLMSG_DATA(header));
	*generic = {family, NFNETLINK_V0, htons(resource)};
	return header->nlmsg_len;
}

} // namespace

Bare::Bare() : buffer_(room) {
	fd_ = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	const int on = 1, size = 4 << 20;
	if (fd_ < 0 || setsockopt(fd_, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on) != 0) give_up("socket", errno);
	setsockopt(fd_, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
}

Bare::~Bare() { close(fd_); }

void Bare::begin(const char* table, const char* set) {
	std::memset(buffer_.data(), 0, std::max<std::size_t>(size_, 512));
	size_ = put_header(buffer_.data(), NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, ++number_);
	message_ = size_;
	size_ += put_header(at(), NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWSETELEM, NLM_F_CREATE | NLM_F_ACK, NFPROTO_INET, 0,
	                    ++number_);
	size_ += put_attribute(at(), NFTA_SET_ELEM_LIST_TABLE, table, std::strlen(table) + 1);
	size_ += put_attribute(at(), NFTA_SET_ELEM_LIST_SET, set, std::strlen(set) + 1);
	list_ = size_;
	size_ += put_attribute(at(), NLA_F_NESTED | NFTA_SET_ELEM_LIST_ELEMENTS, nullptr, 0);
}

void Bare::put(const gate25::Address& key, std::optional<std::chrono::hours> timeout) {
	char* element = at();
	size_ += put_attribute(element, NLA_F_NESTED | NFTA_LIST_ELEM, nullptr, 0);
	char* nest = at();
	size_ += put_attribute(nest, NLA_F_NESTED | NFTA_SET_ELEM_KEY, nullptr, 0);
	size_ += put_attribute(at(), NFTA_DATA_VALUE, key.bytes().data(), key.bytes().size());
	reinterpret_cast<nlattr*>(nest)->nla_len = static_cast<std::uint16_t>(at() - nest);
	if (timeout) {
		const std::uint64_t value = htobe64(static_cast<std::uint64_t>(std::chrono::milliseconds(*timeout).count()));
		size_ += put_attribute(at(), NFTA_SET_ELEM_TIMEOUT, &value, sizeof value);
	}
	reinterpret_cast<nlattr*>(element)->nla_len = static_cast<std::uint16_t>(at() - element);
}

void Bare::send() {
	reinterpret_cast<nlattr*>(buffer_.data() + list_)->nla_len = static_cast<std::uint16_t>(size_ - list_);
	reinterpret_cast<nlmsghdr*>(buffer_.data() + message_)->nlmsg_len = static_cast<std::uint32_t>(size_ - message_);
	size_ += put_header(at(), NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, ++number_);
	if (::send(fd_, buffer_.data(), size_, 0) < 0) give_up("send", errno);
	alignas(nlmsghdr) char answer[512];
	const ssize_t got = recv(fd_, answer, sizeof answer, 0);
	if (got < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(nlmsgerr)))) give_up("receive", got < 0 ? errno : EIO);
	const auto* header = reinterpret_cast<const nlmsghdr*>(answer);
	const auto* told = static_cast<const nlmsgerr*>(NLMSG_DATA(const_cast<nlmsghdr*>(header)));
	if (header->nlmsg_type != NLMSG_ERROR || told->error != 0) give_up("the kernel refused a batch", -told->error);
}

void Bare::add(const char* table, const char* set, const gate25::Address& key, std::optional<std::chrono::hours> timeout) {
	begin(table, set);
	put(key, timeout);
	send();
}

void Bare::fill(const char* table, const char* set, gate25::Family family, std::uint32_t first, std::uint32_t count,
                std::optional<std::chrono::hours> timeout) {
	for (std::uint32_t done = 0; done < count;) {
		begin(table, set);
		for (std::uint32_t n = 0; n < most_per_batch && done < count; ++n, ++done) put(subscriber(family, first + done), timeout);
		send();
	}
}

} // namespace bench
