// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/conntrack_message.h"

#include <algorithm>
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>

namespace gate25 {
namespace {

constexpr std::size_t message_size = 1024;
// Until the next packet, which gives it the usual time. RFC 5382 REQ-5: no less than 2 hours 4 minutes.
constexpr std::uint32_t tcp_seconds = 7440, udp_seconds = 180;
// CTA_FILTER_ORIG_FLAGS, CTA_FILTER_REPLY_FLAGS and their bits: nf_conntrack_netlink.c, in no uapi header.
constexpr std::uint16_t filter_original = 1, filter_reply = 2;
constexpr std::uint32_t filter_source = 1 << 0, filter_protocol = 1 << 3, filter_destination_port = 1 << 5;

std::uint8_t netfilter_family(Family family) { return family == Family::ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6; }

void put_address(nlmsghdr* message, std::uint16_t type, const Address& address) {
	mnl_attr_put(message, type, address.bytes().size(), address.bytes().data());
}

void put_tuple(nlmsghdr* message, std::uint16_t type, const TrackedEntry& entry, const TrackedEnd& end) {
	const bool v4 = entry.family == Family::ipv4;
	nlattr* tuple = mnl_attr_nest_start(message, type);
	nlattr* addresses = mnl_attr_nest_start(message, CTA_TUPLE_IP);
	put_address(message, v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, end.source);
	put_address(message, v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, end.destination);
	mnl_attr_nest_end(message, addresses);
	nlattr* protocol = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(message, CTA_PROTO_NUM, entry.protocol);
	mnl_attr_put_u16(message, CTA_PROTO_SRC_PORT, htons(end.source_port));
	mnl_attr_put_u16(message, CTA_PROTO_DST_PORT, htons(end.destination_port));
	mnl_attr_nest_end(message, protocol);
	if (end.zone) mnl_attr_put_u16(message, CTA_TUPLE_ZONE, htons(*end.zone));
	mnl_attr_nest_end(message, tuple);
}

// The kernel works out the answering packets from this, as it did for the first packet.
void put_translation(nlmsghdr* message, std::uint16_t type, const Address& address, std::uint16_t port) {
	const bool v4 = address.family() == Family::ipv4;
	nlattr* translation = mnl_attr_nest_start(message, type);
	put_address(message, v4 ? CTA_NAT_V4_MINIP : CTA_NAT_V6_MINIP, address);
	put_address(message, v4 ? CTA_NAT_V4_MAXIP : CTA_NAT_V6_MAXIP, address);
	nlattr* ports = mnl_attr_nest_start(message, CTA_NAT_PROTO);
	mnl_attr_put_u16(message, CTA_PROTONAT_PORT_MIN, htons(port));
	mnl_attr_put_u16(message, CTA_PROTONAT_PORT_MAX, htons(port));
	mnl_attr_nest_end(message, ports);
	mnl_attr_nest_end(message, translation);
}

// In the middle of a session nobody knows its window: packets are not to be held against one.
void put_tcp_state(nlmsghdr* message) {
	const nf_ct_tcp_flags liberal{IP_CT_TCP_FLAG_BE_LIBERAL, IP_CT_TCP_FLAG_BE_LIBERAL};
	nlattr* info = mnl_attr_nest_start(message, CTA_PROTOINFO);
	nlattr* tcp = mnl_attr_nest_start(message, CTA_PROTOINFO_TCP);
	mnl_attr_put_u8(message, CTA_PROTOINFO_TCP_STATE, TCP_CONNTRACK_ESTABLISHED);
	mnl_attr_put(message, CTA_PROTOINFO_TCP_FLAGS_ORIGINAL, sizeof liberal, &liberal);
	mnl_attr_put(message, CTA_PROTOINFO_TCP_FLAGS_REPLY, sizeof liberal, &liberal);
	mnl_attr_nest_end(message, tcp);
	mnl_attr_nest_end(message, info);
}

// Sequence numbers moved by nothing. The kernel takes no connection into a flowtable whose numbers are moved
// (nft_flow_offload_eval), also when another table says `flow add` before our rules are asked.
void put_no_offload(nlmsghdr* message) {
	nlattr* adjustment = mnl_attr_nest_start(message, CTA_SEQ_ADJ_ORIG);
	mnl_attr_put_u32(message, CTA_SEQADJ_CORRECTION_POS, 0);
	mnl_attr_put_u32(message, CTA_SEQADJ_OFFSET_BEFORE, 0);
	mnl_attr_put_u32(message, CTA_SEQADJ_OFFSET_AFTER, 0);
	mnl_attr_nest_end(message, adjustment);
}

// By number; those beyond `Size` are newer than this file.
template <std::size_t Size> std::array<const nlattr*, Size> attributes_between(const void* begin, const void* end) {
	std::array<const nlattr*, Size> found{};
	const auto left = [end](const nlattr* at) {
		return static_cast<int>(static_cast<const char*>(end) - reinterpret_cast<const char*>(at));
	};
	for (auto* one = static_cast<const nlattr*>(begin); mnl_attr_ok(one, left(one)); one = mnl_attr_next(one))
		if (mnl_attr_get_type(one) < Size) found[mnl_attr_get_type(one)] = one;
	return found;
}

template <std::size_t Size> std::array<const nlattr*, Size> attributes_of(const nlattr* nest) {
	if (nest == nullptr) return {};
	const auto* begin = static_cast<const char*>(mnl_attr_get_payload(nest));
	return attributes_between<Size>(begin, begin + mnl_attr_get_payload_len(nest));
}

std::optional<std::uint16_t> number16(const nlattr* attribute) {
	if (attribute == nullptr || mnl_attr_get_payload_len(attribute) != sizeof(std::uint16_t)) return std::nullopt;
	return ntohs(mnl_attr_get_u16(attribute));
}

std::optional<std::uint32_t> raw32(const nlattr* attribute) {
	if (attribute == nullptr || mnl_attr_get_payload_len(attribute) != sizeof(std::uint32_t)) return std::nullopt;
	return mnl_attr_get_u32(attribute);
}

std::optional<std::uint32_t> number32(const nlattr* attribute) {
	const auto raw = raw32(attribute);
	return raw ? std::optional(ntohl(*raw)) : std::nullopt;
}

std::optional<Address> address_of(const nlattr* attribute, Family family) {
	const std::size_t size = address_bits(family) / 8;
	if (attribute == nullptr || mnl_attr_get_payload_len(attribute) != size) return std::nullopt;
	const Address address = Address::from_bytes({static_cast<const std::uint8_t*>(mnl_attr_get_payload(attribute)), size});
	return address.family() == family ? std::optional(address) : std::nullopt;
}

bool read_tuple(const nlattr* nest, TrackedEntry& entry, TrackedEnd& end) {
	const auto tuple = attributes_of<CTA_TUPLE_MAX + 1>(nest);
	const auto addresses = attributes_of<CTA_IP_MAX + 1>(tuple[CTA_TUPLE_IP]);
	const auto protocol = attributes_of<CTA_PROTO_MAX + 1>(tuple[CTA_TUPLE_PROTO]);
	const bool v4 = entry.family == Family::ipv4;
	const auto source = address_of(addresses[v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC], entry.family);
	const auto destination = address_of(addresses[v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST], entry.family);
	const nlattr* number = protocol[CTA_PROTO_NUM];
	if (!source || !destination || number == nullptr || mnl_attr_get_payload_len(number) != 1) return false;
	entry.protocol = mnl_attr_get_u8(number);
	end.source = *source;
	end.destination = *destination;
	end.source_port = number16(protocol[CTA_PROTO_SRC_PORT]).value_or(0);
	end.destination_port = number16(protocol[CTA_PROTO_DST_PORT]).value_or(0);
	end.zone = number16(tuple[CTA_TUPLE_ZONE]);
	return true;
}

void put_filter(nlmsghdr* message, const FlowQuery& query) {
	const bool v4 = query.family == Family::ipv4;
	std::uint32_t original = 0, reply = 0;
	if (query.from || query.to_port) {
		nlattr* tuple = mnl_attr_nest_start(message, CTA_TUPLE_ORIG);
		if (query.from) {
			nlattr* addresses = mnl_attr_nest_start(message, CTA_TUPLE_IP);
			put_address(message, v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, *query.from);
			mnl_attr_nest_end(message, addresses);
			original |= filter_source;
		}
		if (query.to_port) {
			nlattr* protocol = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
			mnl_attr_put_u8(message, CTA_PROTO_NUM, IPPROTO_TCP);
			mnl_attr_put_u16(message, CTA_PROTO_DST_PORT, htons(*query.to_port));
			mnl_attr_nest_end(message, protocol);
			original |= filter_protocol | filter_destination_port;
		}
		mnl_attr_nest_end(message, tuple);
	}
	if (query.reached) {
		nlattr* tuple = mnl_attr_nest_start(message, CTA_TUPLE_REPLY);
		nlattr* addresses = mnl_attr_nest_start(message, CTA_TUPLE_IP);
		put_address(message, v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, *query.reached);
		mnl_attr_nest_end(message, addresses);
		mnl_attr_nest_end(message, tuple);
		reply |= filter_source;
	}
	if (original == 0 && reply == 0) return;
	nlattr* filter = mnl_attr_nest_start(message, CTA_FILTER);
	mnl_attr_put_u32(message, filter_original, original);
	mnl_attr_put_u32(message, filter_reply, reply);
	mnl_attr_nest_end(message, filter);
}

} // namespace

LiveFlow TrackedEntry::flow() const {
	return {protocol, original.source, original.destination, original.source_port, original.destination_port,
	        reply.source, reply.source_port};
}

ConntrackMessage::ConntrackMessage(std::uint32_t number, std::uint16_t type, std::uint16_t flags, Family family)
	: bytes_(message_size) {
	nlmsghdr* message = mnl_nlmsg_put_header(bytes_.data());
	message->nlmsg_type = static_cast<std::uint16_t>(NFNL_SUBSYS_CTNETLINK << 8 | type);
	message->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
	message->nlmsg_seq = number;
	auto* generic = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg)));
	generic->nfgen_family = netfilter_family(family);
}

ConntrackMessage ConntrackMessage::dump(std::uint32_t number, const FlowQuery& query, std::uint32_t status) {
	ConntrackMessage dump(number, IPCTNL_MSG_CT_GET, NLM_F_DUMP, query.family);
	mnl_attr_put_u32(dump.message(), CTA_STATUS, htonl(status));
	mnl_attr_put_u32(dump.message(), CTA_STATUS_MASK, htonl(status));
	put_filter(dump.message(), query);
	return dump;
}

ConntrackMessage ConntrackMessage::removal(std::uint32_t number, const TrackedEntry& entry, Whose whose) {
	ConntrackMessage removal(number, IPCTNL_MSG_CT_DELETE, NLM_F_ACK, entry.family);
	if (whose == Whose::reply)
		put_tuple(removal.message(), CTA_TUPLE_REPLY, entry, entry.reply);
	else
		put_tuple(removal.message(), CTA_TUPLE_ORIG, entry, entry.original);
	if (entry.zone) mnl_attr_put_u16(removal.message(), CTA_ZONE, htons(*entry.zone));
	if (entry.id && whose == Whose::entry) mnl_attr_put_u32(removal.message(), CTA_ID, *entry.id);
	return removal;
}

ConntrackMessage ConntrackMessage::copy(std::uint32_t number, const TrackedEntry& entry) {
	ConntrackMessage copy(number, IPCTNL_MSG_CT_NEW, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, entry.family);
	nlmsghdr* message = copy.message();
	const TrackedEnd& original = entry.original;
	const TrackedEnd untranslated{original.destination, original.source, original.destination_port, original.source_port,
	                              entry.reply.zone};
	put_tuple(message, CTA_TUPLE_ORIG, entry, original);
	put_tuple(message, CTA_TUPLE_REPLY, entry, untranslated);
	if (entry.zone) mnl_attr_put_u16(message, CTA_ZONE, htons(*entry.zone));
	mnl_attr_put_u32(message, CTA_STATUS, htonl(IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED));
	const bool is_tcp = entry.protocol == IPPROTO_TCP;
	mnl_attr_put_u32(message, CTA_TIMEOUT, htonl(is_tcp ? tcp_seconds : udp_seconds));
	if (entry.mark) mnl_attr_put_u32(message, CTA_MARK, htonl(*entry.mark));
	if (!entry.labels.empty()) mnl_attr_put(message, CTA_LABELS, entry.labels.size(), entry.labels.data());
	if ((entry.status & IPS_DST_NAT) != 0)
		put_translation(message, CTA_NAT_DST, entry.reply.source, entry.reply.source_port);
	if ((entry.status & IPS_SRC_NAT) != 0)
		put_translation(message, CTA_NAT_SRC, entry.reply.destination, entry.reply.destination_port);
	if (is_tcp) put_tcp_state(message);
	if (is_tcp) put_no_offload(message);
	return copy;
}

bool can_be_copied(const TrackedEntry& entry) {
	return entry.protocol == IPPROTO_TCP || entry.protocol == IPPROTO_UDP;
}

std::optional<TrackedEntry> read_entry(const nlmsghdr* message) {
	if (message->nlmsg_type != (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW)) return std::nullopt;
	if (mnl_nlmsg_get_payload_len(message) < sizeof(nfgenmsg)) return std::nullopt;
	const auto* generic = static_cast<const nfgenmsg*>(mnl_nlmsg_get_payload(message));
	TrackedEntry entry;
	if (generic->nfgen_family != NFPROTO_IPV4 && generic->nfgen_family != NFPROTO_IPV6) return std::nullopt;
	entry.family = generic->nfgen_family == NFPROTO_IPV4 ? Family::ipv4 : Family::ipv6;
	const auto found = attributes_between<CTA_MAX + 1>(mnl_nlmsg_get_payload_offset(message, sizeof(nfgenmsg)),
	                                                   mnl_nlmsg_get_payload_tail(message));
	const auto status = number32(found[CTA_STATUS]);
	if (!status || !read_tuple(found[CTA_TUPLE_ORIG], entry, entry.original) ||
	    !read_tuple(found[CTA_TUPLE_REPLY], entry, entry.reply))
		return std::nullopt;
	entry.status = *status;
	entry.id = raw32(found[CTA_ID]);
	entry.mark = number32(found[CTA_MARK]);
	entry.zone = number16(found[CTA_ZONE]);
	if (const nlattr* labels = found[CTA_LABELS]; labels != nullptr && mnl_attr_get_payload_len(labels) <= 16) {
		const auto* bytes = static_cast<const std::uint8_t*>(mnl_attr_get_payload(labels));
		entry.labels.assign(bytes, bytes + mnl_attr_get_payload_len(labels));
	}
	return entry;
}

} // namespace gate25
