// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/nflog.h"

#include "wire/packet.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>

namespace gate25 {
namespace {

constexpr Milliseconds pause{1'000};
// One piece holds up to 64 packets. Some pieces in a turn, then the others have theirs.
constexpr std::size_t pieces_at_once = 8;
constexpr int reads_per_turn = 4;
constexpr std::uint32_t packets_per_piece = 64, hundredths = 10;
// What the kernel fills before it sends: 64 packets of the usual length. A longer packet makes a longer piece.
constexpr std::uint32_t piece_size = 32 * 1024;
constexpr std::size_t longest_piece = 2 * piece_size;
constexpr std::uint32_t request = 1;

Error refused(std::uint16_t group, int number) {
	if (number == EPERM || number == EBUSY) {
		const auto line = read_packet_line("nfnetlink_log", group);
		const std::string who = line && line->size() > 1 ? fmt::format("netlink port {}, often its pid", (*line)[1]) : "not known which";
		return {ErrorKind::kernel,
		        fmt::format("another program reads NFLOG group {} ({}), or CAP_NET_ADMIN is missing: end that one, it is tried "
		                    "again every second", group, who), number};
	}
	return {ErrorKind::kernel, fmt::format("the kernel does not open NFLOG group {}: {}", group, std::strerror(number)), number};
}

} // namespace

NflogReader::NflogReader(Loop& loop, std::uint16_t group, Take take) : loop_(loop), group_(group), take_(std::move(take)) {
	open();
}

void NflogReader::open() {
	if (auto opened = try_open(); !opened) give_up(opened.error());
}

Result<void> NflogReader::try_open() {
	auto stream = PacketStream::open(pieces_at_once, longest_piece);
	if (!stream) return fail(stream.error());
	stream_.emplace(std::move(*stream));
	numbers_ = PacketNumbers(0);
	answer_.reset();
	if (auto sent = configure(); !sent) return sent;
	// The answer is there already; packets may have come before it, and are handed over with the next ones.
	while (!answer_) {
		const auto pieces = receive();
		if (!pieces) return fail(pieces.error());
		if (*pieces == 0) return fail(refused(group_, ENOMSG));
	}
	if (*answer_ != 0) return fail(refused(group_, *answer_));
	auto watched = loop_.watch_readable(stream_->fd(), [this] { read_some(); });
	if (!watched) return fail(watched.error());
	readable_ = std::move(*watched);
	health_.is_open = true;
	health_.problem.clear();
	return {};
}

Result<void> NflogReader::configure() {
	char room[256] = {};
	nlmsghdr* header = mnl_nlmsg_put_header(room);
	header->nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	header->nlmsg_seq = request;
	auto* generic = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(nfgenmsg)));
	generic->nfgen_family = AF_UNSPEC;
	generic->version = NFNETLINK_V0;
	generic->res_id = htons(group_);
	const nfulnl_msg_config_cmd bind{NFULNL_CFG_CMD_BIND};
	const nfulnl_msg_config_mode mode{htonl(packet_copy_range), NFULNL_COPY_PACKET, 0};
	mnl_attr_put(header, NFULA_CFG_CMD, sizeof bind, &bind);
	mnl_attr_put(header, NFULA_CFG_MODE, sizeof mode, &mode);
	mnl_attr_put_u32(header, NFULA_CFG_NLBUFSIZ, htonl(piece_size));
	mnl_attr_put_u32(header, NFULA_CFG_TIMEOUT, htonl(hundredths));
	mnl_attr_put_u32(header, NFULA_CFG_QTHRESH, htonl(packets_per_piece));
	mnl_attr_put_u16(header, NFULA_CFG_FLAGS, htons(NFULNL_CFG_F_SEQ));
	return stream_->send(header, header->nlmsg_len);
}

void NflogReader::read_some() {
	for (int i = 0; i < reads_per_turn; ++i) {
		const auto read = read_once();
		if (!read) return give_up(read.error());
		if (!*read) return;
	}
}

Result<bool> NflogReader::read_once() {
	const auto pieces = receive();
	if (!pieces) return fail(pieces.error());
	if (!openings_.empty()) take_(openings_);
	openings_.clear();
	return *pieces == pieces_at_once;
}

Result<std::size_t> NflogReader::receive() {
	return stream_->receive([this](const nlmsghdr* message) { take_in(message); });
}

void NflogReader::take_in(const nlmsghdr* raw) {
	if (const auto answer = read_answer(raw, request)) answer_ = answer;
	const auto message = read_log_message(raw);
	if (!message) return;
	++health_.packets;
	health_.lost += numbers_.take(message->number);
	if (const auto opening = opening_of(message->packet))
		openings_.push_back(*opening);
	else
		++health_.unreadable;
}

void NflogReader::give_up(const Error& error) {
	readable_.cancel();
	stream_.reset();
	health_.is_open = false;
	health_.problem = error.text;
	later_ = loop_.after(pause, [this] { open(); });
}

} // namespace gate25
