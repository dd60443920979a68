// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/verdict_queues.h"

namespace gate25 {

VerdictQueues::VerdictQueues(Loop& loop, const VerdictOptions& options) {
	for (unsigned i = 0; i < options.count; ++i) {
		const auto number = static_cast<std::uint16_t>(options.first + i);
		queues_.push_back(std::make_unique<VerdictQueue>(
		    loop, VerdictQueue::Options{number, options.fail, options.decide, options.longest, options.prepare}));
	}
}

WatchHealth VerdictQueues::health() const {
	WatchHealth all;
	all.is_open = !queues_.empty();
	for (const auto& queue : queues_) {
		const WatchHealth one = queue->health();
		all.is_open = all.is_open && one.is_open;
		if (all.problem.empty()) all.problem = one.problem;
		all.packets += one.packets;
		all.unreadable += one.unreadable;
		all.lost += one.lost;
		if (one.waiting) all.waiting = all.waiting.value_or(0) + *one.waiting;
		if (one.full) all.full = all.full.value_or(0) + *one.full;
	}
	return all;
}

} // namespace gate25
