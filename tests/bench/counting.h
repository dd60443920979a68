// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the agent counts of a connection, and whether it is too many, with the parts of core that it does this with: each
// packet is looked for among the recent ones, added to the sums of its subscriber, and held against three limits.
#pragma once

#include "core/recent_openings.h"
#include "core/volume_book.h"
#include "core/volume_limits.h"

#include <span>
#include <vector>

namespace bench {

class Counting {
public:
	// Limits that nobody reaches.
	Counting();
	// So many subscribers of each family are active already.
	void fill(std::uint32_t subscribers);
	// Those that will be counted next.
	void prepare(std::span<const gate25::Opening> openings);
	// Whether it is too many.
	bool count(const gate25::Opening& opening);
	// The same packets may come again: they are new ones.
	void go_on() { now_ += 200; }
	const gate25::VolumeBook& book() const { return book_; }

private:
	gate25::VolumeBook book_{1'000'000};
	gate25::VolumeLimits limits_;
	gate25::RecentOpenings recent_{25};
	std::vector<gate25::VolumeRecord> finished_;
	std::vector<gate25::VolumeKey> keys_;
	gate25::VolumeTime now_ = 1'800'000'000;
};

} // namespace bench
