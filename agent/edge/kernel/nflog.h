// SPDX-License-Identifier: GPL-2.0-or-later
//
// The packets that rules log to an NFLOG group. The kernel collects 64 of them, or for a tenth of a second, and hands them over
// at once, so one costs 50 ns to read; nothing waits for what becomes of them. What comes faster than it is read is lost
// and counted.
#pragma once

#include "core/volume_world.h"
#include "edge/kernel/packet_message.h"
#include "edge/kernel/packet_stream.h"
#include "edge/loop.h"

#include <functional>
#include <span>

namespace gate25 {

class NflogReader {
public:
	using Take = std::function<void(std::span<const Opening>)>; // lives until it returns

	// Reads from now on. When that cannot be, or is over, health() says why, and it is tried again every second.
	NflogReader(Loop& loop, std::uint16_t group, Take take);
	NflogReader(const NflogReader&) = delete;
	NflogReader& operator=(const NflogReader&) = delete;
	WatchHealth health() const { return health_; }

private:
	void open();
	[[nodiscard]] Result<void> try_open();
	[[nodiscard]] Result<void> configure();
	void read_some();
	[[nodiscard]] Result<bool> read_once(); // whether there may be more
	[[nodiscard]] Result<std::size_t> receive();
	void take_in(const nlmsghdr* message);
	void give_up(const Error& error);

	Loop& loop_;
	std::uint16_t group_;
	Take take_;
	std::optional<PacketStream> stream_;
	Watch readable_;
	Timer later_;
	PacketNumbers numbers_{0};
	std::vector<Opening> openings_; // not yet handed over
	std::optional<int> answer_;     // to configure()
	WatchHealth health_;
};

} // namespace gate25
