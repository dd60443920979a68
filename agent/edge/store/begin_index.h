// SPDX-License-Identifier: GPL-2.0-or-later
//
// When quarantines of a prefix began: how often a subscriber was quarantined before. Kept in memory, since
// it is asked for on every alert; 12 bytes each in a flat hash table, since there may be a million.
#pragma once

#include "core/address.h"
#include "core/time.h"

#include <cstdint>
#include <vector>

namespace gate25 {

struct Begin {
	Prefix prefix;
	UnixTime from{};
};

class BeginIndex {
public:
	void add(const Prefix& prefix, UnixTime from);
	// Removes one entry that is exactly this; nothing when there is none.
	void remove(const Prefix& prefix, UnixTime from);
	unsigned count_since(const Prefix& prefix, UnixTime since) const;
	std::size_t size() const { return used_; }
	void clear();

private:
	std::size_t home(std::uint64_t key) const;
	std::size_t after(std::size_t slot) const { return slot + 1 == keys_.size() ? 0 : slot + 1; }
	void grow();
	void put(std::uint64_t key, std::uint32_t time);
	void close_gap(std::size_t gap);

	// Linear probing. A key of 0 is a free slot.
	std::vector<std::uint64_t> keys_;
	std::vector<std::uint32_t> times_;
	std::size_t used_ = 0;
};

} // namespace gate25
