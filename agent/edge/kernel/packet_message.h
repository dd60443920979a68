// SPDX-License-Identifier: GPL-2.0-or-later
//
// What stands in one message of NFLOG or NFQUEUE, and what the numbers of such messages say.
// include/uapi/linux/netfilter/nfnetlink_log.h, nfnetlink_queue.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

struct nlmsghdr;

namespace gate25 {

struct PacketMessage {
	std::uint32_t number = 0; // consecutive
	std::span<const std::uint8_t> packet; // lives as long as the message
};

// nullopt: another kind of message.
std::optional<PacketMessage> read_log_message(const nlmsghdr* message);
std::optional<PacketMessage> read_queue_message(const nlmsghdr* message);
// The errno that a message answers a request with, 0: it was done; nullopt: no answer to this one.
std::optional<int> read_answer(const nlmsghdr* message, std::uint32_t request);

// Numbers come one after the other, round the end too; what is missing was lost on the way.
class PacketNumbers {
public:
	explicit PacketNumbers(std::uint32_t first) : next_(first) {}
	// How many are missing before this one.
	std::uint32_t take(std::uint32_t number);

private:
	std::uint32_t next_;
};

} // namespace gate25
