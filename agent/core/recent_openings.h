// SPDX-License-Identifier: GPL-2.0-or-later
//
// A first packet that nobody answers comes again, up to six times within two minutes (RFC 6298): it is the same
// connection and counts once. A table of fixed size; when two fall on the same place the later one stays, and a repetition
// of the earlier one counts again.
#pragma once

#include "core/opening.h"
#include "core/sliding_sum.h"

#include <optional>
#include <vector>

namespace gate25 {

class RecentOpenings {
public:
	// A power of two; 8 bytes each. Without the secret nobody can make two packets look like one.
	explicit RecentOpenings(std::uint64_t secret, std::size_t places = 65'536);
	// Has the memory for this one fetched, for a find() that follows soon.
	void fetch(const Opening& opening) const;
	// What remember() was told of this very packet less than 130 seconds ago.
	std::optional<bool> find(const Opening& opening, VolumeTime now) const;
	void remember(const Opening& opening, VolumeTime now, bool is_refused);

private:
	struct Place {
		std::uint32_t hash = 0; // the lowest bit: whether it was refused
		VolumeTime at = 0;
	};
	std::uint64_t hash_of(const Opening& opening) const;
	std::uint64_t secret_;
	std::vector<Place> places_;
};

} // namespace gate25
