// SPDX-License-Identifier: GPL-2.0-or-later
//
// Several queues that answer alike: the rules spread packets over them. They share one loop, where each has its turn.
#pragma once

#include "edge/kernel/verdict_queue.h"

#include <memory>
#include <vector>

namespace gate25 {

struct VerdictOptions {
	std::uint16_t first = 25; // and the following numbers
	unsigned count = 1;
	Fail fail = Fail::open;
	Decide decide;
	std::uint32_t longest = 4096; // packets that wait in one of them at most
	Prepare prepare{};
};

class VerdictQueues {
public:
	VerdictQueues(Loop& loop, const VerdictOptions& options);
	// Of all together: open when each is, and the problem of the first that has one.
	WatchHealth health() const;

private:
	std::vector<std::unique_ptr<VerdictQueue>> queues_;
};

} // namespace gate25
