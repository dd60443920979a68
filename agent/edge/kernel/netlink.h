// SPDX-License-Identifier: GPL-2.0-or-later
//
// A netlink socket for nf_tables by libmnl: batches with one acknowledgement, and dumps.
// include/uapi/linux/netfilter/nfnetlink.h, nf_tables.h; net/netfilter/nfnetlink.c for what it answers.
#pragma once

#include "core/result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

struct mnl_socket;
struct nlmsghdr;

namespace gate25 {

class Netlink {
public:
	[[nodiscard]] static Result<Netlink> open();
	// The same socket as this descriptor, whose owner keeps it.
	[[nodiscard]] static Result<Netlink> share(int fd);
	Netlink(Netlink&&) noexcept;
	Netlink& operator=(Netlink&&) noexcept;
	~Netlink();

	// Sends a finished batch whose last message carries NLM_F_ACK under the number `last`. On failure the
	// kernel has applied nothing; `failed` is then the number of the first message that it names.
	[[nodiscard]] Result<void> send_batch(const void* bytes, std::size_t size, std::uint32_t last,
	                                      std::uint32_t& failed);
	// Sends a dump request for objects of `type` (NFT_MSG_GET...) and hands each answer over: those of inet tables,
	// but the flowtables of all.
	[[nodiscard]] Result<void> dump(std::uint16_t type, const std::function<void(const nlmsghdr*)>& each);
	// The elements of a set of the table inet gate25.
	[[nodiscard]] Result<void> dump_elements(const std::string& set, const std::function<void(const nlmsghdr*)>& each);
	std::uint32_t port() const; // the kernel's name of this socket
	std::uint32_t next_number() { return ++number_; }

private:
	explicit Netlink(mnl_socket* socket);
	void drain();
	[[nodiscard]] Result<void> dump_answers(nlmsghdr* request, const std::function<void(const nlmsghdr*)>& each);
	struct Close {
		void operator()(mnl_socket* socket) const noexcept;
	};
	std::unique_ptr<mnl_socket, Close> socket_;
	std::vector<char> buffer_;
	std::uint32_t number_ = 0;
};

} // namespace gate25
