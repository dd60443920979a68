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
#include "edge/loop.h"

#include <functional>

namespace gate25 {

enum class Answer : std::uint8_t { accept, refuse };
// At once: the packet waits for it.
using Decide = std::function<Answer(const Opening&)>;

// What a refused packet is marked with; rules know it too.
inline constexpr std::uint32_t refused_mark = 0x67323572; // "g25r"

class VerdictQueue {
public:
	struct Options {
		std::uint16_t number = 25;
		Fail fail = Fail::open;
		Decide decide;
		std::uint32_t longest = 4096; // packets that wait at most
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
	void put_verdict(int type, std::uint32_t id, bool is_marked);
	void give_up(const Error& error);

	Loop& loop_;
	Options options_;
	std::optional<PacketStream> stream_;
	Watch readable_;
	Timer later_;
	PacketNumbers numbers_{1};
	std::vector<char> verdicts_; // of one read
	std::size_t size_ = 0;       // of those
	std::optional<std::uint32_t> last_;
	std::optional<int> answer_; // to configure()
	WatchHealth health_;
};

} // namespace gate25
