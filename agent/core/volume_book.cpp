// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/volume_book.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <new>
#include <utility>

namespace gate25 {
namespace {

constexpr int evict_among = 8;

void finish(const VolumeEntry& entry, std::vector<VolumeRecord>& finished) {
	if (auto record = entry.record()) finished.push_back(*record);
}

} // namespace

void VolumeTable::Free::operator()(std::uint32_t* index) const noexcept { std::free(index); }

VolumeTable::VolumeTable(Activity activity, std::size_t most)
	: activity_(activity), most_(std::max<std::size_t>(most, 1)), mask_(std::bit_ceil(most_ + most_ / 3 + 2) - 1),
	  index_(static_cast<std::uint32_t*>(std::calloc(mask_ + 1, sizeof(std::uint32_t)))) {
	if (!index_) throw std::bad_alloc();
}

// Where the key is, or the free slot where it belongs.
std::size_t VolumeTable::slot_of(const VolumeKey& key) const {
	std::size_t slot = std::hash<VolumeKey>{}(key) & mask_;
	while (index_[slot] != none && entry(index_[slot] - 1).key() != key) slot = (slot + 1) & mask_;
	return slot;
}

const VolumeEntry* VolumeTable::find(const VolumeKey& key) const {
	const std::uint32_t number = index_[slot_of(key)];
	return number == none ? nullptr : &entry(number - 1);
}

void VolumeTable::fetch(std::span<const VolumeKey> keys) const {
	constexpr std::size_t line = 64;
	for (const VolumeKey& key : keys) __builtin_prefetch(&index_[std::hash<VolumeKey>{}(key) & mask_]);
	for (const VolumeKey& key : keys) {
		const std::uint32_t number = index_[std::hash<VolumeKey>{}(key) & mask_]; // nearly always the right one
		if (number == none) continue;
		const char* begin = reinterpret_cast<const char*>(&entry(number - 1));
		for (std::size_t at = 0; at < sizeof(VolumeEntry); at += line) __builtin_prefetch(begin + at, 1);
	}
}

VolumeEntry& VolumeTable::at(const VolumeKey& key, VolumeTime now, std::vector<VolumeRecord>& finished) {
	if (const std::uint32_t number = index_[slot_of(key)]; number != none) {
		VolumeEntry& found = entry(number - 1);
		if (found.last() / 3600 < now / 3600) {
			finish(found, finished);
			found.end_hour();
		}
		return found;
	}
	if (size_ == most_) evict(finished);
	return append(VolumeEntry(key, activity_, now));
}

void VolumeTable::put(const VolumeEntry& stored) {
	if (stored.activity() != activity_) return;
	const std::uint32_t number = index_[slot_of(stored.key())];
	if (number == none && size_ == most_) return;
	VolumeEntry& place = number == none ? append(stored) : entry(number - 1) = stored;
	place.set_dirty(false);
}

VolumeEntry& VolumeTable::append(const VolumeEntry& added) {
	if (size_ == blocks_.size() * block_entries) blocks_.push_back(std::make_unique<VolumeEntry[]>(block_entries));
	index_[slot_of(added.key())] = static_cast<std::uint32_t>(size_ + 1);
	return entry(size_++) = added;
}

void VolumeTable::remove(std::size_t number) {
	std::size_t hole = slot_of(entry(number).key());
	index_[hole] = none;
	// Those behind it in the same run move up, unless they are where they belong.
	for (std::size_t slot = (hole + 1) & mask_; index_[slot] != none; slot = (slot + 1) & mask_) {
		const std::size_t home = std::hash<VolumeKey>{}(entry(index_[slot] - 1).key()) & mask_;
		if (((slot - home) & mask_) < ((slot - hole) & mask_)) continue;
		index_[hole] = std::exchange(index_[slot], none);
		hole = slot;
	}
	const std::size_t last = --size_;
	if (number == last) return;
	const std::size_t slot = slot_of(entry(last).key());
	entry(number) = entry(last);
	index_[slot] = static_cast<std::uint32_t>(number + 1);
}

void VolumeTable::evict(std::vector<VolumeRecord>& finished) {
	std::size_t oldest = 0;
	for (int tries = 0; tries < evict_among; ++tries) {
		dice_ = dice_ * 6364136223846793005U + 1442695040888963407U;
		const std::size_t number = static_cast<std::size_t>(dice_ >> 33U) % size_;
		if (tries == 0 || entry(number).last() < entry(oldest).last()) oldest = number;
	}
	finish(entry(oldest), finished);
	remove(oldest);
	++evicted_;
}

void VolumeTable::for_each(const std::function<void(const VolumeEntry&)>& visit) const {
	for (std::size_t number = 0; number < size_; ++number) visit(entry(number));
}

bool VolumeTable::sweep(VolumeTime now, std::size_t entries, std::vector<VolumeRecord>& finished,
                        std::vector<VolumeEntry>& dirty) {
	for (; entries > 0 && cursor_ < size_; --entries) {
		VolumeEntry& swept = entry(cursor_);
		if (swept.last() / 3600 < now / 3600) {
			finish(swept, finished);
			swept.end_hour();
		}
		if (swept.is_over(now)) {
			remove(cursor_); // another one is in its place now
			continue;
		}
		if (swept.is_dirty()) {
			dirty.push_back(swept);
			swept.set_dirty(false);
		}
		++cursor_;
	}
	const bool is_round = cursor_ >= size_;
	if (is_round) cursor_ = 0;
	return is_round;
}

VolumeBook::VolumeBook(std::size_t most_each)
	: tables_{VolumeTable(Activity::attempts, most_each), VolumeTable(Activity::connections, most_each),
	          VolumeTable(Activity::mail, most_each)} {}

} // namespace gate25
