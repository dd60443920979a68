// SPDX-License-Identifier: GPL-2.0-or-later
//
// The sums of one activity of one subscriber (or user), in 188 bytes. Time comes from outside and never goes back: an
// earlier one counts as the last.
#pragma once

#include "core/config.h"
#include "core/distinct_sample.h"
#include "core/volume_record.h"

#include <cstdint>
#include <optional>
#include <type_traits>

namespace gate25 {

// The sums of both quantities of an activity, by window.
struct VolumeValues {
	std::array<std::uint32_t, all_windows.size()> first{}, second{};
	std::uint32_t of(Quantity quantity, Window window) const {
		return (is_second(quantity) ? second : first)[static_cast<std::size_t>(window)];
	}
};

// Spread evenly over all numbers. Without the secret nobody can choose destinations that a sample passes over.
std::uint32_t destination_hash(const Address& destination, std::uint64_t secret);

// Whoever changes its members raises entry_layout in edge/store/volume_file_open.cpp.
// Trivially copyable, so that it is tried on a copy and stored as it is, by the machine that made it.
class VolumeEntry {
public:
	VolumeEntry() : sample_() {}
	VolumeEntry(VolumeKey key, Activity activity, VolumeTime now);
	const VolumeKey& key() const { return key_; }
	Activity activity() const { return activity_; }
	VolumeTime last() const { return last_; } // when something was added
	// A connection or an attempt. The sums are those with it.
	VolumeValues add_destination(std::uint32_t hash, VolumeTime now);
	// Messages, and recipients of them.
	VolumeValues add_mail(std::uint32_t messages, std::uint32_t recipients, VolumeTime now);
	// Something was not let through, which is not in the sums.
	void add_refused(VolumeTime now);
	// Of a quantity of this activity.
	std::uint32_t value(Quantity quantity, Window window, VolumeTime now) const { return values(now).of(quantity, window); }
	VolumeValues values(VolumeTime now) const;
	bool is_estimated(Quantity quantity, Window window, VolumeTime now) const;
	// Events of the last ten minutes.
	std::uint32_t ten_minutes(VolumeTime now) const;
	// Whether nothing is left in the sums.
	bool is_over(VolumeTime now) const { return now > last_ && now - last_ >= VolumeTime{7 * 14'400}; }

	// What there was in the hour of last(); end_hour() forgets it. add_...() in a later hour forgets it too.
	std::optional<VolumeRecord> record() const;
	void end_hour();
	// When an alert was raised last; 0: never. One that is only monitored is told apart, so that it hides no other.
	VolumeTime alerted(Mode mode) const { return mode == Mode::enforce ? alerted_ : would_alert_; }
	void set_alerted(Mode mode, VolumeTime at) {
		(mode == Mode::enforce ? alerted_ : would_alert_) = at;
		is_dirty_ = true;
	}
	// Whether it differs from what was stored.
	bool is_dirty() const { return is_dirty_; }
	void set_dirty(bool is_dirty) { is_dirty_ = is_dirty; }

private:
	// The later of both times.
	VolumeTime move_to(VolumeTime now);
	VolumeValues values_at_last() const;
	VolumeValues note_peaks();

	VolumeKey key_;
	Activity activity_ = Activity::attempts;
	bool is_dirty_ = true;
	VolumeTime last_ = 0;
	VolumeTime alerted_ = 0, would_alert_ = 0;
	std::uint32_t events_ = 0, refused_ = 0; // within the hour of last_
	VolumePeaks peaks_;
	SlidingSum first_;
	union {
		DistinctSample sample_; // of attempts and connections
		SlidingSum second_;     // of mail
	};
};
static_assert(std::is_trivially_copyable_v<VolumeEntry>);
static_assert(sizeof(VolumeEntry) <= 188);

} // namespace gate25
