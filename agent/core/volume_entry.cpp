// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/volume_entry.h"

#include <algorithm>

namespace gate25 {
namespace {

constexpr VolumeTime hour_length = 3600;

void raise(std::uint16_t& peak, std::uint32_t value) {
	peak = static_cast<std::uint16_t>(std::max<std::uint32_t>(peak, std::min<std::uint32_t>(value, 0xffff)));
}

} // namespace

std::uint32_t destination_hash(const Address& destination, std::uint64_t secret) {
	// FNV-1a, whose low bits alone would be poor; then the finalizer of MurmurHash3 spreads them.
	std::uint64_t hash = 0xcbf29ce484222325U ^ secret;
	for (const std::uint8_t byte : destination.bytes()) hash = (hash ^ byte) * 0x100000001b3U;
	hash = (hash ^ hash >> 33U) * 0xff51afd7ed558ccdU;
	hash = (hash ^ hash >> 33U) * 0xc4ceb9fe1a85ec53U;
	return static_cast<std::uint32_t>(hash >> 32U);
}

VolumeEntry::VolumeEntry(VolumeKey key, Activity activity, VolumeTime now) : key_(key), activity_(activity), last_(now), sample_() {
	if (activity == Activity::mail) second_ = SlidingSum();
}

VolumeTime VolumeEntry::move_to(VolumeTime now) {
	now = std::max(now, last_);
	if (now / hour_length != last_ / hour_length) end_hour();
	first_.advance(last_, now);
	if (activity_ == Activity::mail) second_.advance(last_, now);
	else sample_.advance(last_, now);
	is_dirty_ = true;
	return last_ = now;
}

VolumeValues VolumeEntry::add_destination(std::uint32_t hash, VolumeTime now) {
	now = move_to(now);
	++events_;
	first_.add(1);
	sample_.add(hash, now);
	return note_peaks();
}

VolumeValues VolumeEntry::add_mail(std::uint32_t messages, std::uint32_t recipients, VolumeTime now) {
	move_to(now);
	events_ += messages;
	first_.add(messages);
	second_.add(recipients);
	return note_peaks();
}

void VolumeEntry::add_refused(VolumeTime now) {
	move_to(now);
	++refused_;
	note_peaks();
}

VolumeValues VolumeEntry::values_at_last() const {
	return {first_.sums(last_), activity_ == Activity::mail ? second_.sums(last_) : sample_.counts(last_)};
}

VolumeValues VolumeEntry::note_peaks() {
	const VolumeValues values = values_at_last();
	for (std::size_t window = 0; window < all_windows.size(); ++window) {
		raise(peaks_.first[window], values.first[window]);
		raise(peaks_.second[window], values.second[window]);
	}
	return values;
}

std::uint32_t VolumeEntry::ten_minutes(VolumeTime now) const {
	VolumeEntry then = *this;
	return then.first_.ten_minutes(then.move_to(now));
}

VolumeValues VolumeEntry::values(VolumeTime now) const {
	if (now <= last_) return values_at_last();
	VolumeEntry then = *this;
	then.move_to(now);
	return then.values_at_last();
}

bool VolumeEntry::is_estimated(Quantity quantity, Window window, VolumeTime now) const {
	if (activity_ == Activity::mail || !is_second(quantity)) return false;
	VolumeEntry then = *this;
	now = then.move_to(now);
	return then.sample_.is_estimated(window, now);
}

std::optional<VolumeRecord> VolumeEntry::record() const {
	if (events_ == 0 && refused_ == 0) return std::nullopt;
	return VolumeRecord{last_ / hour_length, key_, activity_, events_, refused_, peaks_};
}

void VolumeEntry::end_hour() {
	events_ = refused_ = 0;
	peaks_ = {};
}

} // namespace gate25
