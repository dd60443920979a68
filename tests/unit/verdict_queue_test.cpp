// SPDX-License-Identifier: GPL-2.0-or-later
//
// What NFQUEUE asks, and how it is answered. The kernel itself: tests/lab/test_verdict_queue.py.
#include "edge/kernel/packet_message.h"
#include "edge/kernel/verdict_batch.h"
#include "packet_messages.h"

#include <doctest/doctest.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <optional>
#include <vector>

using namespace gate25;
using namespace gate25::test;

namespace {

struct Sent {
	int type = 0;
	unsigned queue = 0;
	std::uint32_t verdict = 99, packet = 0;
	std::optional<std::uint32_t> mark{};
	friend bool operator==(const Sent&, const Sent&) = default;
};

// As the kernel reads them.
std::vector<Sent> read_back(std::span<const char> bytes) {
	std::vector<Sent> all;
	int left = static_cast<int>(bytes.size());
	for (const auto* message = reinterpret_cast<const nlmsghdr*>(bytes.data()); mnl_nlmsg_ok(message, left);
	     message = mnl_nlmsg_next(message, &left)) {
		CHECK((message->nlmsg_type >> 8) == NFNL_SUBSYS_QUEUE);
		CHECK((message->nlmsg_flags & NLM_F_REQUEST) != 0);
		const auto* generic = static_cast<const nfgenmsg*>(mnl_nlmsg_get_payload(message));
		Sent sent{message->nlmsg_type & 0xff, ntohs(generic->res_id)};
		const char* end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(message));
		const auto* attribute = static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(message, sizeof(nfgenmsg)));
		for (; mnl_attr_ok(attribute, static_cast<int>(end - reinterpret_cast<const char*>(attribute)));
		     attribute = mnl_attr_next(attribute)) {
			if (mnl_attr_get_type(attribute) == NFQA_MARK) sent.mark = ntohl(mnl_attr_get_u32(attribute));
			if (mnl_attr_get_type(attribute) != NFQA_VERDICT_HDR) continue;
			const auto* verdict = static_cast<const nfqnl_msg_verdict_hdr*>(mnl_attr_get_payload(attribute));
			sent.verdict = ntohl(verdict->verdict);
			sent.packet = ntohl(verdict->id);
		}
		all.push_back(sent);
	}
	CHECK(left == 0);
	return all;
}

Sent refused(std::uint32_t packet) { return {NFQNL_MSG_VERDICT, 27, NF_ACCEPT, packet, 0x67323572}; }
Sent accepted(std::uint32_t packet) { return {NFQNL_MSG_VERDICT_BATCH, 27, NF_ACCEPT, packet}; }

} // namespace

TEST_CASE("verdicts: a question has a number and a packet") {
	const std::vector<std::uint8_t> packet{0x60, 1, 2, 3};
	KernelMessage message(NFNL_SUBSYS_QUEUE, NFQNL_MSG_PACKET);
	message.with(NFQA_PACKET_HDR, nfqnl_msg_packet_hdr{htonl(0xfffffffe), 0, 2}).with_bytes(NFQA_PAYLOAD, packet);
	const auto read = read_queue_message(message.get());
	REQUIRE(read);
	CHECK(read->number == 0xfffffffe);
	CHECK(std::equal(packet.begin(), packet.end(), read->packet.begin(), read->packet.end()));
}

TEST_CASE("verdicts: what has no number is no question") {
	CHECK_FALSE(read_queue_message(KernelMessage(NFNL_SUBSYS_QUEUE, NFQNL_MSG_PACKET).get()));
	KernelMessage cut(NFNL_SUBSYS_QUEUE, NFQNL_MSG_PACKET);
	cut.with(NFQA_PACKET_HDR, std::uint16_t{7});
	CHECK_FALSE(read_queue_message(cut.get()));
	CHECK_FALSE(read_queue_message(KernelMessage(NFNL_SUBSYS_ULOG, NFQNL_MSG_PACKET).get()));
	CHECK_FALSE(read_queue_message(kernel_answer(2, 0).get()));
}

TEST_CASE("verdicts: refusals go first and are marked, then one verdict accepts the rest") {
	VerdictBatch batch(27, 64);
	batch.refuse(5);
	batch.refuse(7);
	batch.accept_up_to(9);
	CHECK(read_back(batch.bytes()) == std::vector{refused(5), refused(7), accepted(9)});
	batch.clear();
	batch.accept_up_to(0xffffffff);
	CHECK(read_back(batch.bytes()) == std::vector{accepted(0xffffffff)});
}

TEST_CASE("verdicts: there is room when all of a read are refused") {
	VerdictBatch batch(27, 64);
	std::vector<Sent> wanted;
	for (std::uint32_t packet = 1; packet <= 64; ++packet) {
		batch.refuse(packet);
		wanted.push_back(refused(packet));
	}
	batch.accept_up_to(64);
	wanted.push_back(accepted(64));
	CHECK(read_back(batch.bytes()) == wanted);
}
