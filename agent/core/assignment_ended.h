// SPDX-License-Identifier: GPL-2.0-or-later
//
// When sessions ended, of some 65,000 that ended last: packets of accounting overtake each other, and a Start that comes
// after its Stop, or is sent again by somebody who listened, must not begin the session anew.
#pragma once

#include "core/assignment_table.h"
#include "core/prefetch.h"

#include <array>
#include <vector>

namespace gate25 {

class EndedSessions {
public:
	void add(SessionHash session, SourceRank source, PackedTime at);
	// This word of the session is older than its end.
	bool is_over(SessionHash session, SourceRank source, PackedTime at) const;
	void fetch(SessionHash session, SourceRank source) const {
		if (!buckets_.empty()) prefetch(&bucket_of(key_of(session, source)));
	}
	std::size_t memory() const { return buckets_.capacity() * sizeof(Bucket); }

private:
	struct Entry {
		std::uint64_t key = 0;
		PackedTime at = 0;
	};
	// The one that ended first leaves it.
	using Bucket = std::array<Entry, 4>;
	static constexpr std::size_t most_buckets = 16'384;
	static std::uint64_t key_of(SessionHash session, SourceRank source) { return session * 0x9e3779b97f4a7c15U + source; }
	const Bucket& bucket_of(std::uint64_t key) const { return buckets_[key >> 50U]; }
	std::vector<Bucket> buckets_; // none before the first end
};

} // namespace gate25
