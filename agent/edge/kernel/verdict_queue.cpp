// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/verdict_queue.h"

#include "wire/packet.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <libmnl/libmnl.h>
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter/nfnetlink.h>

namespace gate25 {
namespace {

constexpr Milliseconds pause{1'000};
constexpr std::size_t packets_at_once = 64, longest_message = 2048;
// Then the others have their turn.
constexpr int reads_per_turn = 4;
constexpr std::uint32_t request = 1;
// Columns of /proc/net/netfilter/nfnetlink_queue.
constexpr std::size_t holder_column = 1, waiting_column = 2, full_column = 5, columns = 9;
static_assert(packet_copy_range + 512 <= longest_message);

Error refused(std::uint16_t number, int error) {
	if (error == EPERM || error == EBUSY) {
		const auto line = read_packet_line("nfnetlink_queue", number);
		const std::string who = line && line->size() > holder_column
		                            ? fmt::format("netlink port {}, often its pid", (*line)[holder_column])
		                            : "not known which";
		return {ErrorKind::kernel,
		        fmt::format("another program has NFQUEUE {} ({}), or CAP_NET_ADMIN is missing: end that one, it is tried again "
		                    "every second", number, who), error};
	}
	return {ErrorKind::kernel, fmt::format("the kernel does not open NFQUEUE {}: {}", number, std::strerror(error)), error};
}

} // namespace

VerdictQueue::VerdictQueue(Loop& loop, Options options)
	: loop_(loop), options_(std::move(options)), verdicts_(options_.number, packets_at_once) {
	open();
}

void VerdictQueue::open() {
	if (auto opened = try_open(); !opened) give_up(opened.error());
}

Result<void> VerdictQueue::try_open() {
	auto stream = PacketStream::open(packets_at_once, longest_message);
	if (!stream) return fail(stream.error());
	stream_.emplace(std::move(*stream));
	numbers_ = PacketNumbers(1);
	answer_.reset();
	if (auto sent = configure(); !sent) return sent;
	const auto read = stream_->receive([this](const nlmsghdr* message) { answer_ = read_answer(message, request); });
	if (!read) return fail(read.error());
	if (answer_.value_or(ENOMSG) != 0) return fail(refused(options_.number, answer_.value_or(ENOMSG)));
	if (auto begun = begin(); !begun) return begun;
	auto watched = loop_.watch_readable(stream_->fd(), [this] { answer_some(); });
	if (!watched) return fail(watched.error());
	readable_ = std::move(*watched);
	health_.is_open = true;
	health_.problem.clear();
	return {};
}

// The queue is ours, but no packet comes yet, so that the answer comes alone.
Result<void> VerdictQueue::configure() {
	char room[256] = {};
	nlmsghdr* header = nfq_nlmsg_put(room, NFQNL_MSG_CONFIG, options_.number);
	header->nlmsg_flags |= NLM_F_ACK;
	header->nlmsg_seq = request;
	nfq_nlmsg_cfg_put_cmd(header, AF_UNSPEC, NFQNL_CFG_CMD_BIND);
	nfq_nlmsg_cfg_put_qmaxlen(header, options_.longest);
	// We look at headers only, so the kernel need neither finish a checksum nor cut a packet into segments for us: a first
	// packet is never longer than one, but rules of others may send anything here.
	const std::uint32_t flags = NFQA_CFG_F_GSO | (options_.fail == Fail::open ? NFQA_CFG_F_FAIL_OPEN : 0);
	mnl_attr_put_u32(header, NFQA_CFG_FLAGS, htonl(flags));
	mnl_attr_put_u32(header, NFQA_CFG_MASK, htonl(NFQA_CFG_F_GSO | NFQA_CFG_F_FAIL_OPEN));
	return stream_->send(header, header->nlmsg_len);
}

Result<void> VerdictQueue::begin() {
	char room[256] = {};
	nlmsghdr* header = nfq_nlmsg_put(room, NFQNL_MSG_CONFIG, options_.number);
	nfq_nlmsg_cfg_put_params(header, NFQNL_COPY_PACKET, packet_copy_range);
	return stream_->send(header, header->nlmsg_len);
}

void VerdictQueue::answer_some() {
	for (int i = 0; i < reads_per_turn; ++i) {
		const auto answered = answer_once();
		if (!answered) return give_up(answered.error());
		if (!*answered) return;
	}
}

Result<bool> VerdictQueue::answer_once() {
	openings_.clear();
	packets_.clear();
	last_.reset();
	const auto packets = stream_->receive([this](const nlmsghdr* message) { take_in(message); });
	if (!packets) return fail(packets.error());
	if (!last_) return false;
	decide_about_all();
	// All that is still in the queue up to here: what was read and not refused. Nothing else can be, since the kernel puts a
	// packet into the queue and its message into our socket under one lock, or neither.
	verdicts_.accept_up_to(*last_);
	const auto bytes = verdicts_.bytes();
	if (auto sent = stream_->send(bytes.data(), bytes.size()); !sent) return fail(sent.error());
	return *packets == packets_at_once;
}

void VerdictQueue::take_in(const nlmsghdr* raw) {
	const auto message = read_queue_message(raw);
	// Else an answer: packets of a link that went down are gone from the queue, which a verdict about them is told.
	if (!message) return;
	last_ = message->number;
	++health_.packets;
	health_.lost += numbers_.take(message->number);
	if (const auto opening = opening_of(message->packet)) {
		openings_.push_back(*opening);
		packets_.push_back(message->number);
	} else {
		++health_.unreadable;
	}
}

void VerdictQueue::decide_about_all() {
	verdicts_.clear();
	if (options_.prepare) options_.prepare(openings_);
	for (std::size_t i = 0; i < openings_.size(); ++i)
		if (options_.decide(openings_[i]) == QueueVerdict::refuse) verdicts_.refuse(packets_[i]);
}

void VerdictQueue::give_up(const Error& error) {
	readable_.cancel();
	stream_.reset();
	health_.is_open = false;
	health_.problem = error.text;
	later_ = loop_.after(pause, [this] { open(); });
}

WatchHealth VerdictQueue::health() const {
	WatchHealth now = health_;
	if (const auto line = read_packet_line("nfnetlink_queue", options_.number); line && line->size() >= columns) {
		now.waiting = (*line)[waiting_column];
		now.full = (*line)[full_column];
	}
	return now;
}

} // namespace gate25
