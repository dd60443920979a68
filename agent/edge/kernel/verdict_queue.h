// SPDX-License-Identifier: GPL-2.0-or-later
//
// One NFQUEUE: the kernel holds a packet back, asks, and lets it go on with the verdict. All of a read is answered with
// one send: a verdict of its own for each packet that is refused, then one for all the others up to the last.
// A refused packet is accepted with a mark, and a later chain of the rules turns it into a reset: the queue itself knows
// only how to drop.
//
// What happens without an answer is decided by the kernel alone. Nobody has the queue (not started, killed): the rule's `bypass`.
// The queue is full, since its program is slow or frozen: with Fail::open packets pass unasked, otherwise they
// are dropped; those that are in the queue already wait until it goes on or ends.
#pragma once

#include "core/config.h"
#include "core/volume_world.h"
#include "edge/kernel/packet_message.h"
#include "edge/kernel/packet_stream.h"
#include "edge/kernel/verdict_batch.h"
#include "edge/loop.h"

#include <functional>
#include <span>
#include <vector>

namespace gate25 {

// At once: the packet waits for it. Must not throw.
using Decide = std::function<QueueVerdict(const Opening&)>;
// All that will be decided about now, so that what is needed for it can be brought near; may be empty.
using Prepare = std::function<void(std::span<const Opening>)>;

class VerdictQueue {
public:
	struct Options {
		std::uint16_t number = 25;
		Fail fail = Fail::open;
		Decide decide;
		std::uint32_t longest = 4096; // packets that wait at most
		Prepare prepare{};
	};

	// Asked from now on. When that cannot be, or is over, health() says why, and it is tried again every second.
	VerdictQueue(Loop& loop, Options options);
	VerdictQueue(const VerdictQueue&) = delete;
	VerdictQueue& operator=(const VerdictQueue&) = delete;
	// `waiting` and `full` are read from a file of the kernel that root alone may read; 0 for others, and `full`
	// does not have what passed with Fail::open, which the kernel does not count.
	WatchHealth health() const;

private:
	void open();
	[[nodiscard]] Result<void> try_open();
	[[nodiscard]] Result<void> configure();
	[[nodiscard]] Result<void> begin();
	void answer_some();
	[[nodiscard]] Result<bool> answer_once(); // whether there may be more
	void take_in(const nlmsghdr* message);
	void decide_about_all();
	void give_up(const Error& error);

	Loop& loop_;
	Options options_;
	std::optional<PacketStream> stream_;
	Watch readable_;
	Timer later_;
	PacketNumbers numbers_{1};
	// Of one read.
	std::vector<Opening> openings_;
	std::vector<std::uint32_t> packets_; // of those
	std::optional<std::uint32_t> last_;
	VerdictBatch verdicts_;
	std::optional<int> answer_; // to configure()
	WatchHealth health_;
};

} // namespace gate25
