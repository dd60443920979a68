// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/verdict_batch.h"

#include <libmnl/libmnl.h>
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter.h>

namespace gate25 {
namespace {

constexpr std::size_t verdict_size = 64; // one message, with room to spare

} // namespace

VerdictBatch::VerdictBatch(std::uint16_t queue, std::size_t most) : queue_(queue), bytes_((most + 1) * verdict_size) {}

void VerdictBatch::refuse(std::uint32_t packet) { put(NFQNL_MSG_VERDICT, packet, true); }

void VerdictBatch::accept_up_to(std::uint32_t packet) { put(NFQNL_MSG_VERDICT_BATCH, packet, false); }

void VerdictBatch::put(int type, std::uint32_t packet, bool is_marked) {
	nlmsghdr* header = nfq_nlmsg_put(bytes_.data() + size_, type, queue_);
	nfq_nlmsg_verdict_put(header, static_cast<int>(packet), NF_ACCEPT);
	if (is_marked) nfq_nlmsg_verdict_put_mark(header, refused_mark);
	size_ += header->nlmsg_len;
}

} // namespace gate25
