// SPDX-License-Identifier: GPL-2.0-or-later
//
// Sliding sums of one activity of one subscriber, in 176 bytes. A minute, an hour and a day are cut into six slots
// each; an event leaves a sum gradually while the slot in which it came is the oldest, so between five and seven
// sixths of the window after it came. Time comes from outside and never goes back: an earlier one counts as the last.
//
// Destinations are remembered by a hash with the time of their last connection, exactly as long as there are no more than
// `places`. Then only those whose hash is in the lower half (quarter, ...) of all hashes are kept, and what is
// counted stands for twice (four times, ...) as many: distinct sampling (Gibbons, VLDB 2001).
#pragma once

#include "core/volume_record.h"

#include <array>
#include <cstdint>
#include <type_traits>

namespace gate25 {

// Whole seconds since 1970, which suffices until 2106.
using VolumeTime = std::uint32_t;
constexpr VolumeTime volume_time(UnixTime time) { return static_cast<VolumeTime>(time.time_since_epoch().count()); }

class SlidingSum {
public:
	static constexpr std::size_t slots = 7; // six and the current one
	// All slots move on from `from` to `to`.
	void advance(VolumeTime from, VolumeTime to);
	void add(std::uint32_t n);
	// At the time that it was advanced to.
	std::uint32_t sum(Window window, VolumeTime now) const;

private:
	std::array<std::array<std::uint16_t, slots>, 3> counts_{}; // the current slot first
};

class DistinctSample {
public:
	static constexpr std::size_t places = 15;
	void advance(VolumeTime to);
	void add(std::uint32_t hash, VolumeTime now);
	std::uint32_t count(Window window, VolumeTime now) const;
	bool is_estimated(Window window, VolumeTime now) const;

private:
	struct Seen {
		std::uint32_t hash;
		VolumeTime at;
	};
	void halve(VolumeTime now);
	std::array<Seen, places> seen_{};
	VolumeTime sparse_until_ = 0; // before this time more was left out than now
	std::uint8_t used_ = 0;
	std::uint8_t level_ = 0;  // hashes below 2^(32 - level) are kept
	std::uint8_t sparse_ = 0; // the level that counts for what was seen before sparse_until_
};

// Trivially copyable: it is stored as it is, by the machine that made it.
class VolumeEntry {
public:
	VolumeEntry() = default;
	VolumeEntry(VolumeKey key, Activity activity, VolumeTime now);
	const VolumeKey& key() const { return key_; }
	Activity activity() const { return activity_; }
	VolumeTime last() const { return last_; }
	// A connection or an attempt, to this destination.
	void add_destination(std::uint32_t hash, VolumeTime now);
	// A message, or a further recipient of one.
	void add_mail(std::uint32_t messages, std::uint32_t recipients, VolumeTime now);
	void add_refused() { ++refused_; }
	std::uint32_t value(Quantity quantity, Window window, VolumeTime now) const;
	bool is_estimated(Quantity quantity, Window window, VolumeTime now) const;
	// Whether nothing is left of what it counts.
	bool is_over(VolumeTime now) const { return now > last_ && now - last_ > 7 * 14'400; }
	// The hour that it is in when something is added; when that begins a new one, what the last one was.
	VolumeRecord record() const;
	std::uint32_t hour() const { return hour_; }
	void begin_hour(VolumeTime now);
	// When an alert was raised last; 0: never.
	VolumeTime alerted() const { return alerted_; }
	void set_alerted(VolumeTime at) { alerted_ = at; }

private:
	void move_to(VolumeTime now);
	void note_peaks(VolumeTime now);
	VolumeKey key_;
	Activity activity_ = Activity::attempts;
	VolumeTime last_ = 0;
	VolumeTime alerted_ = 0;
	std::uint32_t hour_ = 0;
	std::uint32_t events_ = 0;
	std::uint32_t refused_ = 0;
	VolumePeaks peaks_;
	SlidingSum first_;
	union {
		DistinctSample sample_;
		SlidingSum second_;
	};
};
static_assert(std::is_trivially_copyable_v<VolumeEntry>);

} // namespace gate25
