// SPDX-License-Identifier: GPL-2.0-or-later
//
// What NFLOG says, and what its numbers say. The kernel itself: tests/lab/test_verdict_queue.py.
#include "edge/kernel/packet_message.h"
#include "packet_messages.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <linux/netfilter/nfnetlink_log.h>
#include <vector>

using namespace gate25;
using namespace gate25::test;

namespace {

const std::vector<std::uint8_t> packet{0x45, 1, 2, 3, 4};

bool is_packet(std::span<const std::uint8_t> bytes) { return std::equal(bytes.begin(), bytes.end(), packet.begin(), packet.end()); }

} // namespace

TEST_CASE("nflog: a message has a number and a packet, wherever they stand in it") {
	KernelMessage message(NFNL_SUBSYS_ULOG, NFULNL_MSG_PACKET);
	message.with(NFULA_PACKET_HDR, nfulnl_msg_packet_hdr{}).with(NFULA_SEQ, htonl(70'000)).with_bytes(NFULA_PAYLOAD, packet);
	const auto read = read_log_message(message.get());
	REQUIRE(read);
	CHECK(read->number == 70'000);
	CHECK(is_packet(read->packet));
	KernelMessage other_way(NFNL_SUBSYS_ULOG, NFULNL_MSG_PACKET);
	other_way.with_bytes(NFULA_PAYLOAD, packet).with(NFULA_SEQ, htonl(7));
	CHECK(read_log_message(other_way.get())->number == 7);
	CHECK(is_packet(read_log_message(other_way.get())->packet));
}

TEST_CASE("nflog: without a packet there is none, and other messages are none") {
	KernelMessage empty(NFNL_SUBSYS_ULOG, NFULNL_MSG_PACKET);
	REQUIRE(read_log_message(empty.get()));
	CHECK(read_log_message(empty.get())->packet.empty());
	CHECK_FALSE(read_log_message(KernelMessage(NFNL_SUBSYS_QUEUE, NFULNL_MSG_PACKET).get()));
	CHECK_FALSE(read_log_message(KernelMessage(NFNL_SUBSYS_ULOG, NFULNL_MSG_CONFIG).get()));
	CHECK_FALSE(read_log_message(KernelMessage(0, NLMSG_DONE).get()));
	empty.get()->nlmsg_len = sizeof(nlmsghdr);
	CHECK_FALSE(read_log_message(empty.get()));
}

TEST_CASE("nflog: an answer is one to our own request, and says what was wrong") {
	CHECK(read_answer(kernel_answer(0, 1).get(), 1) == 0);
	CHECK(read_answer(kernel_answer(EPERM, 1).get(), 1) == EPERM);
	CHECK_FALSE(read_answer(kernel_answer(ENOENT, 0).get(), 1));
	CHECK_FALSE(read_answer(KernelMessage(NFNL_SUBSYS_ULOG, NFULNL_MSG_PACKET).get(), 0));
}

TEST_CASE("nflog: what is missing between two numbers was lost") {
	PacketNumbers numbers(0);
	CHECK(numbers.take(0) == 0);
	CHECK(numbers.take(1) == 0);
	CHECK(numbers.take(5) == 3);
	CHECK(numbers.take(6) == 0);
	CHECK(PacketNumbers(0).take(64) == 64); // the first ones too
}

TEST_CASE("nflog: numbers go round the end, and one that comes late is missed only once") {
	PacketNumbers numbers(0xffffffff);
	CHECK(numbers.take(0xffffffff) == 0);
	CHECK(numbers.take(0) == 0);
	CHECK(numbers.take(3) == 2);
	CHECK(numbers.take(2) == 0);
	CHECK(numbers.take(4) == 0);
}
