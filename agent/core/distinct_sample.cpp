// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/distinct_sample.h"

#include <algorithm>

namespace gate25 {
namespace {

constexpr VolumeTime day = 86'400;
constexpr std::array<VolumeTime, all_windows.size()> lengths{60, 3600, day};
constexpr VolumeTime refine_every = 3600;
constexpr std::uint8_t few = DistinctSample::places / 4;

std::uint16_t tick_of(VolumeTime time) { return static_cast<std::uint16_t>(time / 2); }
VolumeTime age_of(std::uint16_t tick, VolumeTime now) { return VolumeTime{2} * static_cast<std::uint16_t>(tick_of(now) - tick); }

bool is_kept(std::uint32_t hash, unsigned level) { return level == 0 || hash >> (32 - level) == 0; }

} // namespace

void DistinctSample::advance(VolumeTime from, VolumeTime to) {
	if (to - from >= day) used_ = 0; // ticks begin anew after a day and a half
	for (std::uint8_t place = 0; place < used_;) {
		if (age_of(ticks_[place], from) + (to - from / 2 * 2) < day) { // its age at `to` may be more than ticks can tell
			++place;
			continue;
		}
		--used_;
		hashes_[place] = hashes_[used_];
		ticks_[place] = ticks_[used_];
	}
	if (level_ > 0) refine(to);
}

// There is room again: what comes from now on is kept in a finer sample. Of what came before only the coarse one
// is there, for as long as a window reaches back to it.
void DistinctSample::refine(VolumeTime now) {
	if (used_ > few || (used_ > 0 && now - coarse_until_ < refine_every)) return;
	const bool is_coarse_past = now - coarse_until_ >= day;
	coarse_level_ = is_coarse_past ? level_ : std::max(coarse_level_, level_);
	coarse_until_ = now;
	level_ = used_ == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(level_ - 1);
}

void DistinctSample::add(std::uint32_t hash, VolumeTime now) {
	if (!is_kept(hash, level_)) return;
	for (std::size_t place = 0; place < used_; ++place)
		if (hashes_[place] == hash) {
			ticks_[place] = tick_of(now);
			return;
		}
	while (used_ == places && level_ < 31) halve();
	if (!is_kept(hash, level_) || used_ == places) return;
	hashes_[used_] = hash;
	ticks_[used_++] = tick_of(now);
}

void DistinctSample::halve() {
	++level_;
	std::uint8_t kept = 0;
	for (std::size_t place = 0; place < used_; ++place)
		if (is_kept(hashes_[place], level_)) {
			hashes_[kept] = hashes_[place];
			ticks_[kept++] = ticks_[place];
		}
	used_ = kept;
}

// What was last seen before coarse_until_ stands for as many as the coarse sample says, what came since for as many as the
// finer one does.
std::array<std::uint32_t, all_windows.size()> DistinctSample::counts(VolumeTime now) const {
	std::array<std::uint32_t, all_windows.size()> counts{};
	const unsigned coarse = std::max(level_, coarse_level_);
	for (std::size_t place = 0; place < used_; ++place) {
		const VolumeTime age = age_of(ticks_[place], now);
		const bool is_fine = age <= now - coarse_until_ + 1;
		if (!is_fine && !is_kept(hashes_[place], coarse)) continue;
		for (std::size_t window = 0; window < counts.size(); ++window)
			counts[window] += age < lengths[window] ? 1U << (is_fine ? level_ : coarse) : 0;
	}
	return counts;
}

bool DistinctSample::is_estimated(Window window, VolumeTime now) const {
	return level_ > 0 || (coarse_level_ > 0 && now - coarse_until_ < lengths[static_cast<std::size_t>(window)]);
}

} // namespace gate25
