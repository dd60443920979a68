// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who has the most of something right now, in one pass over all entries.
#pragma once

#include "core/volume_entry.h"

#include <cstddef>
#include <vector>

namespace gate25 {

struct TopPlace {
	VolumeKey key;
	std::uint32_t value = 0;
	bool is_estimated = false;
	VolumeTime last = 0; // when something was added
	friend bool operator==(const TopPlace&, const TopPlace&) = default;
};

class VolumeTop {
public:
	VolumeTop(Quantity quantity, Window window, VolumeTime now, std::size_t most)
		: quantity_(quantity), window_(window), now_(now), most_(most) {}
	// Of the activity of the quantity. One that has none takes no place.
	void take(const VolumeEntry& entry);
	// The most first; among equals the lower key.
	std::vector<TopPlace> result() const;
	// How many have any.
	std::uint64_t active() const { return active_; }

private:
	Quantity quantity_;
	Window window_;
	VolumeTime now_;
	std::size_t most_;
	std::uint64_t active_ = 0;
	std::vector<TopPlace> heap_; // the last place on top
};

} // namespace gate25
