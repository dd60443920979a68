// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/assignment_ended.h"

#include <algorithm>

namespace gate25 {

void EndedSessions::add(SessionHash session, SourceRank source, PackedTime at) {
	if (buckets_.empty()) buckets_.resize(most_buckets);
	const std::uint64_t key = key_of(session, source);
	Bucket& bucket = buckets_[key >> 50U];
	auto place = std::find_if(bucket.begin(), bucket.end(), [&](const Entry& entry) { return entry.key == key; });
	if (place == bucket.end())
		place = std::min_element(bucket.begin(), bucket.end(), [](const Entry& a, const Entry& b) { return a.at < b.at; });
	*place = {key, place->key == key ? std::max(place->at, at) : at};
}

bool EndedSessions::is_over(SessionHash session, SourceRank source, PackedTime at) const {
	if (buckets_.empty()) return false;
	const std::uint64_t key = key_of(session, source);
	const Bucket& bucket = bucket_of(key);
	return std::any_of(bucket.begin(), bucket.end(), [&](const Entry& entry) { return entry.key == key && at < entry.at; });
}

} // namespace gate25
