// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/recent_openings.h"

namespace gate25 {
namespace {

constexpr VolumeTime remembered = 130; // the last repetition of Linux comes after 127 s

std::uint64_t mixed(std::uint64_t number) {
	number = (number ^ number >> 33U) * 0xff51afd7ed558ccdU;
	return number ^ number >> 29U;
}

} // namespace

RecentOpenings::RecentOpenings(std::uint64_t secret, std::size_t places) : secret_(secret), places_(places) {}

std::uint64_t RecentOpenings::hash_of(const Opening& opening) const {
	const std::uint64_t ends = std::uint64_t{opening.source_port} << 48U | std::uint64_t{opening.destination_port} << 32U | opening.sequence;
	// The secret comes in again and again, so that no step can be undone without it.
	std::uint64_t hash = mixed(ends ^ secret_);
	hash = mixed((hash ^ secret_) + std::hash<Address>{}(opening.source));
	return mixed((hash ^ secret_) + std::hash<Address>{}(opening.destination));
}

void RecentOpenings::fetch(const Opening& opening) const {
	__builtin_prefetch(&places_[hash_of(opening) >> 32U & (places_.size() - 1)], 1);
}

std::optional<bool> RecentOpenings::find(const Opening& opening, VolumeTime now) const {
	const std::uint64_t hash = hash_of(opening);
	const Place& place = places_[hash >> 32U & (places_.size() - 1)];
	const bool is_known = (place.hash | 1U) == (static_cast<std::uint32_t>(hash) | 1U);
	if (!is_known || place.at == 0 || now - place.at >= remembered) return std::nullopt;
	return (place.hash & 1U) != 0;
}

void RecentOpenings::remember(const Opening& opening, VolumeTime now, bool is_refused) {
	const std::uint64_t hash = hash_of(opening);
	places_[hash >> 32U & (places_.size() - 1)] = {(static_cast<std::uint32_t>(hash) & ~1U) | (is_refused ? 1U : 0U), now};
}

} // namespace gate25
