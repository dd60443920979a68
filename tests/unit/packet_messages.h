// SPDX-License-Identifier: GPL-2.0-or-later
//
// Messages of NFLOG and NFQUEUE as the kernel writes them.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>

namespace gate25::test {

class KernelMessage {
public:
	KernelMessage(unsigned subsystem, unsigned type) : header_(mnl_nlmsg_put_header(room_.data())) {
		header_->nlmsg_type = static_cast<std::uint16_t>(subsystem << 8 | type);
		mnl_nlmsg_put_extra_header(header_, sizeof(nfgenmsg));
	}
	template <class T> KernelMessage& with(std::uint16_t type, const T& value) {
		mnl_attr_put(header_, type, sizeof value, &value);
		return *this;
	}
	KernelMessage& with_bytes(std::uint16_t type, std::span<const std::uint8_t> bytes) {
		mnl_attr_put(header_, type, bytes.size(), bytes.data());
		return *this;
	}
	const nlmsghdr* get() const { return header_; }
	nlmsghdr* get() { return header_; }

private:
	alignas(nlmsghdr) std::array<char, 4096> room_{};
	nlmsghdr* header_;
};

// What the kernel answers request `number` with.
inline KernelMessage kernel_answer(int error, std::uint32_t number) {
	KernelMessage message(0, NLMSG_ERROR);
	nlmsghdr* header = message.get();
	header->nlmsg_len = static_cast<std::uint32_t>(mnl_nlmsg_size(sizeof(nlmsgerr)));
	header->nlmsg_seq = number;
	static_cast<nlmsgerr*>(mnl_nlmsg_get_payload(header))->error = -error;
	return message;
}

} // namespace gate25::test
