// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/packet_message.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>

namespace gate25 {
namespace {

bool is(const nlmsghdr* message, unsigned subsystem, unsigned type) {
	return message->nlmsg_type == (subsystem << 8 | type) && message->nlmsg_len >= mnl_nlmsg_size(sizeof(nfgenmsg));
}

std::span<const std::uint8_t> bytes_of(const nlattr* attribute) {
	return {static_cast<const std::uint8_t*>(mnl_attr_get_payload(attribute)), mnl_attr_get_payload_len(attribute)};
}

} // namespace

std::optional<PacketMessage> read_log_message(const nlmsghdr* message) {
	if (!is(message, NFNL_SUBSYS_ULOG, NFULNL_MSG_PACKET)) return std::nullopt;
	PacketMessage read;
	const char* end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(message));
	const auto* attribute = static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(message, sizeof(nfgenmsg)));
	for (; mnl_attr_ok(attribute, static_cast<int>(end - reinterpret_cast<const char*>(attribute)));
	     attribute = mnl_attr_next(attribute)) {
		const auto type = mnl_attr_get_type(attribute);
		if (type == NFULA_PAYLOAD) read.packet = bytes_of(attribute);
		if (type == NFULA_SEQ && mnl_attr_get_payload_len(attribute) == sizeof(std::uint32_t))
			read.number = ntohl(mnl_attr_get_u32(attribute));
	}
	return read;
}

std::optional<PacketMessage> read_queue_message(const nlmsghdr* message) {
	if (!is(message, NFNL_SUBSYS_QUEUE, NFQNL_MSG_PACKET)) return std::nullopt;
	nlattr* attributes[NFQA_MAX + 1] = {};
	if (nfq_nlmsg_parse(message, attributes) < 0 || attributes[NFQA_PACKET_HDR] == nullptr) return std::nullopt;
	const auto* header = static_cast<const nfqnl_msg_packet_hdr*>(mnl_attr_get_payload(attributes[NFQA_PACKET_HDR]));
	PacketMessage read{ntohl(header->packet_id), {}};
	if (attributes[NFQA_PAYLOAD] != nullptr) read.packet = bytes_of(attributes[NFQA_PAYLOAD]);
	return read;
}

std::optional<int> read_answer(const nlmsghdr* message, std::uint32_t request) {
	if (message->nlmsg_type != NLMSG_ERROR || message->nlmsg_seq != request) return std::nullopt;
	if (message->nlmsg_len < mnl_nlmsg_size(sizeof(nlmsgerr))) return std::nullopt;
	return -static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(message))->error;
}

std::uint32_t PacketNumbers::take(std::uint32_t number) {
	const std::uint32_t missing = number - next_;
	constexpr std::uint32_t half = 0x80000000;
	if (missing >= half) return 0; // an older one: it was missed when a later one came
	next_ = number + 1;
	return missing;
}

} // namespace gate25
