// SPDX-License-Identifier: GPL-2.0-or-later
#include "counting.h"

#include "subscriber.h"

namespace bench {
namespace {

using namespace gate25;

std::vector<VolumeLimit> three_limits() {
	std::vector<VolumeLimit> limits;
	for (const char* text : {"connections 60000/minute", "connections 60000/hour", "destinations 60000/day"}) {
		VolumeLimit limit;
		limit.limit = parse_limit(text).value();
		limit.mode = Mode::enforce;
		limits.push_back(limit);
	}
	return limits;
}

VolumeKey key_of(const Address& source) {
	return VolumeKey::of(Prefix::of(source, source.family() == Family::ipv4 ? 32 : 56));
}

} // namespace

Counting::Counting() : limits_(three_limits()) {}

void Counting::fill(std::uint32_t subscribers) {
	const auto destination = destination_hash(Address::ipv4(0xc6336419), 25);
	for (std::uint32_t n = 0; n < subscribers; ++n)
		for (const Address& source : {subscriber4(n), subscriber6(n)}) {
			book_.table(Activity::connections).at(key_of(source), now_, finished_).add_destination(destination, now_);
			finished_.clear();
		}
}

void Counting::prepare(std::span<const Opening> openings) {
	keys_.clear();
	for (const Opening& opening : openings) {
		recent_.fetch(opening);
		keys_.push_back(key_of(opening.source));
	}
	book_.table(Activity::connections).fetch(keys_);
}

bool Counting::count(const Opening& opening) {
	if (const auto was_refused = recent_.find(opening, now_)) return *was_refused;
	VolumeEntry& entry = book_.table(Activity::connections).at(key_of(opening.source), now_, finished_);
	VolumeEntry after = entry;
	const VolumeValues values = after.add_destination(destination_hash(opening.destination, 25), now_);
	const bool is_refused = limits_.exceeded(after, values).refuse != nullptr;
	if (is_refused)
		entry.add_refused(now_);
	else
		entry = after;
	recent_.remember(opening, now_, is_refused);
	finished_.clear();
	return is_refused;
}

} // namespace bench
