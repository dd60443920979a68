// SPDX-License-Identifier: GPL-2.0-or-later
//
// A value for each of very many keys, for the time of one question over a record of weeks: open addressing, since the
// nodes of a standard map would take twice the room. It grows to a bound and then takes no further keys.
#pragma once

#include "core/volume_key.h"

#include <cstddef>
#include <vector>

namespace gate25 {

template <class Value> class VolumeMap {
public:
	static constexpr std::size_t most_keys = (std::size_t{1} << 21U) / 8 * 7; // some 1.8 million

	// A new one is Value(). nullptr: the map is full. Valid until the next call.
	Value* find_or_add(const VolumeKey& key) {
		if (slots_.empty()) slots_.resize(1024);
		std::size_t at = place_of(key);
		if (slots_[at].is_used) return &slots_[at].value;
		if (size_ >= most_keys) return nullptr;
		if (size_ + 1 > slots_.size() / 8 * 7) {
			grow();
			at = place_of(key);
		}
		slots_[at].key = key;
		slots_[at].is_used = true;
		++size_;
		return &slots_[at].value;
	}
	std::size_t size() const { return size_; }
	template <class Visit> void for_each(Visit&& visit) const {
		for (const Slot& slot : slots_)
			if (slot.is_used) visit(slot.key, slot.value);
	}

private:
	struct Slot {
		VolumeKey key;
		bool is_used = false;
		Value value{};
	};
	// Of the key, or of the gap where it belongs.
	std::size_t place_of(const VolumeKey& key) const {
		const std::size_t mask = slots_.size() - 1;
		std::size_t at = std::hash<VolumeKey>()(key) & mask;
		while (slots_[at].is_used && slots_[at].key != key) at = (at + 1) & mask;
		return at;
	}
	void grow() {
		std::vector<Slot> old(slots_.size() * 2);
		old.swap(slots_);
		for (const Slot& slot : old)
			if (slot.is_used) slots_[place_of(slot.key)] = slot;
	}
	std::vector<Slot> slots_; // a power of two of them
	std::size_t size_ = 0;
};

} // namespace gate25
