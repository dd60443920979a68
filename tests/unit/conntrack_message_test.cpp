// SPDX-License-Identifier: GPL-2.0-or-later
//
// Messages of connection tracking: an entry as the kernel writes it, and the copy that takes its place.
#include "edge/kernel/conntrack_message.h"

#include <arpa/inet.h>
#include <cstring>
#include <doctest/doctest.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <map>

using namespace gate25;

namespace {

constexpr std::uint16_t new_entry = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW;

// Bytes of all attributes, nests opened, by the way that leads there: "1/1/1" is CTA_TUPLE_ORIG, CTA_TUPLE_IP, CTA_IP_V4_SRC.
using Tree = std::map<std::string, std::string>;

void open_nest(const std::string& bytes, const std::string& way, Tree& tree) {
	for (std::size_t at = 0; at + sizeof(nlattr) <= bytes.size();) {
		nlattr one;
		std::memcpy(&one, bytes.data() + at, sizeof one);
		REQUIRE(one.nla_len >= sizeof one);
		REQUIRE(at + one.nla_len <= bytes.size());
		const std::string name = way + std::to_string(one.nla_type & NLA_TYPE_MASK);
		const std::string payload = bytes.substr(at + sizeof one, one.nla_len - sizeof one);
		if ((one.nla_type & NLA_F_NESTED) != 0)
			open_nest(payload, name + "/", tree);
		else
			tree[name] = payload;
		at += MNL_ALIGN(one.nla_len);
	}
}

Tree tree_of(const nlmsghdr* message) {
	const auto* begin = static_cast<const char*>(mnl_nlmsg_get_payload_offset(message, sizeof(nfgenmsg)));
	Tree tree;
	open_nest({begin, static_cast<const char*>(mnl_nlmsg_get_payload_tail(message))}, "", tree);
	return tree;
}

std::string bytes_of(const Address& address) { return {address.bytes().begin(), address.bytes().end()}; }
template <class Number> std::string raw(Number number) {
	return {reinterpret_cast<const char*>(&number), sizeof number};
}
std::string net16(std::uint16_t number) { return raw(htons(number)); }
std::string net32(std::uint32_t number) { return raw(htonl(number)); }

Address address(const char* text) { return Address::parse(text).value(); }

struct Ends {
	Address subscriber, server;
	bool is_v4() const { return server.family() == Family::ipv4; }
};
const Ends both_families[] = {{address("100.64.1.2"), address("198.51.100.25")},
                              {address("2001:db8:1000:100::2"), address("2001:db8:f00::25")}};

// A session from the subscriber's port 40000 to port 25 of the server, redirected to its port 587.
TrackedEntry redirected(const Ends& ends) {
	TrackedEntry entry;
	entry.family = ends.server.family();
	entry.protocol = 6;
	entry.original = {ends.subscriber, ends.server, 40000, 25, {}};
	entry.reply = {ends.server, ends.subscriber, 587, 40000, {}};
	entry.status = IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED | IPS_DST_NAT | IPS_OFFLOAD;
	entry.id = 0x01020304;
	entry.mark = 7;
	return entry;
}

// What the kernel would send; by hand, since ConntrackMessage writes no status of a flowtable and no reply of its own.
struct Written {
	std::vector<char> bytes = std::vector<char>(1024);
	nlmsghdr* message() { return reinterpret_cast<nlmsghdr*>(bytes.data()); }
};

void write_tuple(nlmsghdr* message, std::uint16_t type, const TrackedEnd& end) {
	const bool v4 = end.source.family() == Family::ipv4;
	nlattr* tuple = mnl_attr_nest_start(message, type);
	nlattr* part = mnl_attr_nest_start(message, CTA_TUPLE_IP);
	mnl_attr_put(message, v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, end.source.bytes().size(), end.source.bytes().data());
	mnl_attr_put(message, v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, end.destination.bytes().size(),
	             end.destination.bytes().data());
	mnl_attr_nest_end(message, part);
	part = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(message, CTA_PROTO_NUM, 6);
	mnl_attr_put_u16(message, CTA_PROTO_SRC_PORT, htons(end.source_port));
	mnl_attr_put_u16(message, CTA_PROTO_DST_PORT, htons(end.destination_port));
	mnl_attr_nest_end(message, part);
	if (end.zone) mnl_attr_put_u16(message, CTA_TUPLE_ZONE, htons(*end.zone));
	mnl_attr_nest_end(message, tuple);
}

Written as_the_kernel_writes(const TrackedEntry& entry) {
	Written written;
	nlmsghdr* message = mnl_nlmsg_put_header(written.bytes.data());
	message->nlmsg_type = new_entry;
	auto* generic = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg)));
	generic->nfgen_family = entry.family == Family::ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	write_tuple(message, CTA_TUPLE_ORIG, entry.original);
	write_tuple(message, CTA_TUPLE_REPLY, entry.reply);
	mnl_attr_put_u32(message, CTA_STATUS, htonl(entry.status));
	mnl_attr_put_u32(message, CTA_MARK, htonl(*entry.mark));
	mnl_attr_put_u32(message, CTA_ID, *entry.id);
	mnl_attr_put_u32(message, CTA_USE, htonl(2));
	mnl_attr_put_u32(message, 500, 1); // of a kernel to come
	return written;
}

} // namespace

TEST_CASE("an entry is read: who opened it, who answers, what it is") {
	for (const Ends& ends : both_families) {
		Written written = as_the_kernel_writes(redirected(ends));
		const auto entry = read_entry(written.message());
		REQUIRE(entry);
		const LiveFlow flow = entry->flow();
		CHECK(flow.protocol == 6);
		CHECK(flow.from == ends.subscriber);
		CHECK(flow.to == ends.server);
		CHECK(flow.from_port == 40000);
		CHECK(flow.to_port == 25);
		CHECK(flow.reached == ends.server);
		CHECK(flow.reached_port == 587);
		CHECK((entry->status & IPS_OFFLOAD) != 0);
		CHECK(entry->id == 0x01020304);
		CHECK(entry->mark == 7);
		CHECK_FALSE(entry->zone);
	}
}

TEST_CASE("an entry that is cut short anywhere is read as none or as a part, and never past its end") {
	Written written = as_the_kernel_writes(redirected(both_families[1]));
	const std::uint32_t whole = written.message()->nlmsg_len;
	unsigned refused = 0;
	for (std::uint32_t length = 0; length < whole; ++length) {
		// On the heap in its exact size, so that a sanitizer sees one byte too many.
		std::vector<char> cut(std::max<std::size_t>(length, sizeof(nlmsghdr)));
		std::memcpy(cut.data(), written.bytes.data(), cut.size());
		auto* message = reinterpret_cast<nlmsghdr*>(cut.data());
		message->nlmsg_len = static_cast<std::uint32_t>(cut.size());
		if (!read_entry(message)) ++refused;
	}
	CHECK(refused > whole / 2);
	CHECK(read_entry(written.message()));
}

TEST_CASE("other messages are no entry") {
	Written written = as_the_kernel_writes(redirected(both_families[0]));
	written.message()->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE;
	CHECK_FALSE(read_entry(written.message()));
	written.message()->nlmsg_type = new_entry;
	static_cast<nfgenmsg*>(mnl_nlmsg_get_payload(written.message()))->nfgen_family = NFPROTO_BRIDGE;
	CHECK_FALSE(read_entry(written.message()));
}

TEST_CASE("the copy of a redirected session is redirected, established, liberal, and stays out of flowtables") {
	for (const Ends& ends : both_families) {
		const ConntrackMessage copy = ConntrackMessage::copy(9, redirected(ends));
		CHECK(copy.header()->nlmsg_type == new_entry);
		CHECK(copy.header()->nlmsg_flags == (NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK));
		CHECK(copy.header()->nlmsg_seq == 9);
		Tree tree = tree_of(copy.header());
		const std::string source = ends.is_v4() ? "1" : "3", destination = ends.is_v4() ? "2" : "4";
		CHECK(tree["1/1/" + source] == bytes_of(ends.subscriber));
		CHECK(tree["1/1/" + destination] == bytes_of(ends.server));
		CHECK(tree["1/2/2"] == net16(40000));
		CHECK(tree["1/2/3"] == net16(25));
		// The answering packets as if nothing were translated: the kernel does that once more.
		CHECK(tree["2/1/" + source] == bytes_of(ends.server));
		CHECK(tree["2/2/2"] == net16(25));
		const std::string translation = std::to_string(CTA_NAT_DST) + "/";
		CHECK(tree[translation + (ends.is_v4() ? "1" : "4")] == bytes_of(ends.server));
		CHECK(tree[translation + "3/1"] == net16(587));
		CHECK(tree[translation + "3/2"] == net16(587));
		CHECK(tree.lower_bound(std::to_string(CTA_NAT_SRC) + "/") == tree.lower_bound(std::to_string(CTA_NAT_SRC) + "0"));
		CHECK(tree[std::to_string(CTA_STATUS)] == net32(IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED));
		CHECK(tree[std::to_string(CTA_MARK)] == net32(7));
		CHECK(tree["4/1/1"] == std::string(1, TCP_CONNTRACK_ESTABLISHED));
		CHECK(tree["4/1/4"] == std::string(2, IP_CT_TCP_FLAG_BE_LIBERAL));
		CHECK(tree["4/1/5"] == std::string(2, IP_CT_TCP_FLAG_BE_LIBERAL));
		CHECK(tree[std::to_string(CTA_SEQ_ADJ_ORIG) + "/2"] == net32(0));
		CHECK_FALSE(tree.contains(std::to_string(CTA_ID)));
	}
}

TEST_CASE("masquerading is copied too, and zone and labels") {
	TrackedEntry entry = redirected(both_families[0]);
	entry.reply = {entry.original.destination, address("203.0.113.9"), 25, 61234, {}};
	entry.status = IPS_CONFIRMED | IPS_SRC_NAT;
	entry.zone = 3;
	entry.labels = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2};
	Tree tree = tree_of(ConntrackMessage::copy(1, entry).header());
	const std::string translation = std::to_string(CTA_NAT_SRC) + "/";
	CHECK(tree[translation + "1"] == bytes_of(address("203.0.113.9")));
	CHECK(tree[translation + "3/1"] == net16(61234));
	CHECK_FALSE(tree.contains(std::to_string(CTA_NAT_DST) + "/1"));
	CHECK(tree[std::to_string(CTA_ZONE)] == net16(3));
	CHECK(tree[std::to_string(CTA_LABELS)] == std::string(entry.labels.begin(), entry.labels.end()));
}

TEST_CASE("what is not TCP gets no TCP state, and sequence numbers least of all") {
	TrackedEntry entry = redirected(both_families[0]);
	entry.protocol = 17;
	CHECK(can_be_copied(entry));
	Tree tree = tree_of(ConntrackMessage::copy(1, entry).header());
	CHECK_FALSE(tree.contains("4/1/1"));
	CHECK_FALSE(tree.contains(std::to_string(CTA_SEQ_ADJ_ORIG) + "/2"));
	entry.protocol = 47;
	CHECK_FALSE(can_be_copied(entry));
}

TEST_CASE("a removal names the very entry; the second try whatever came back, from either end") {
	const TrackedEntry entry = redirected(both_families[1]);
	const ConntrackMessage removal = ConntrackMessage::removal(5, entry, ConntrackMessage::Whose::entry);
	CHECK(removal.header()->nlmsg_type == (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE));
	Tree tree = tree_of(removal.header());
	CHECK(tree["1/1/3"] == bytes_of(entry.original.source));
	CHECK(tree[std::to_string(CTA_ID)] == raw(std::uint32_t{0x01020304}));
	Tree original = tree_of(ConntrackMessage::removal(5, entry, ConntrackMessage::Whose::original).header());
	CHECK_FALSE(original.contains(std::to_string(CTA_ID)));
	CHECK(original["1/2/3"] == net16(25));
	Tree reply = tree_of(ConntrackMessage::removal(5, entry, ConntrackMessage::Whose::reply).header());
	CHECK_FALSE(reply.contains("1/2/3"));
	CHECK(reply["2/1/3"] == bytes_of(entry.reply.source));
	CHECK(reply["2/2/2"] == net16(587));
}

TEST_CASE("a dump asks for the status bits, and for what the query names") {
	const std::string filter = std::to_string(CTA_FILTER) + "/";
	Tree all = tree_of(ConntrackMessage::dump(1, {Family::ipv6, {}, {}, {}}, IPS_OFFLOAD).header());
	CHECK(all == Tree{{std::to_string(CTA_STATUS), net32(IPS_OFFLOAD)}, {std::to_string(CTA_STATUS_MASK), net32(IPS_OFFLOAD)}});

	for (const Ends& ends : both_families) {
		const Family family = ends.server.family();
		const std::string source = ends.is_v4() ? "1" : "3";
		Tree from = tree_of(ConntrackMessage::dump(1, {family, ends.subscriber, {}, {}}, IPS_OFFLOAD).header());
		CHECK(from["1/1/" + source] == bytes_of(ends.subscriber));
		CHECK(from[filter + "1"] == raw(std::uint32_t{1}));
		CHECK(from[filter + "2"] == raw(std::uint32_t{0}));
		Tree reached = tree_of(ConntrackMessage::dump(1, {family, {}, ends.subscriber, {}}, IPS_OFFLOAD).header());
		CHECK(reached["2/1/" + source] == bytes_of(ends.subscriber));
		CHECK(reached[filter + "2"] == raw(std::uint32_t{1}));
		Tree port = tree_of(ConntrackMessage::dump(1, {family, {}, {}, 465}, IPS_OFFLOAD).header());
		CHECK(port["1/2/1"] == std::string(1, 6));
		CHECK(port["1/2/3"] == net16(465));
		CHECK(port[filter + "1"] == raw(std::uint32_t{1 << 3 | 1 << 5}));
	}
}
