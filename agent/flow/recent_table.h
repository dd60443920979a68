// SPDX-License-Identifier: GPL-2.0-or-later
//
// Remembers what was put last, under keys that are spread evenly (hashes): at least the newest `capacity`, at most twice as
// many. So it is bounded without a clock and without a list of ages: two generations, and a full one lets the elder go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace gate25 {

template <class Value> class RecentTable {
public:
	explicit RecentTable(std::size_t capacity) : capacity_(capacity) {}

	// nullptr: it never was here, or was forgotten. Valid until the next put().
	Value* find(std::uint64_t key) {
		Slot* found = find_in(newer_, key);
		if (found == nullptr) found = find_in(older_, key);
		return found == nullptr ? nullptr : &found->value;
	}
	void put(std::uint64_t key, const Value& value) {
		if (Value* known = find(key)) {
			*known = value;
			return;
		}
		if (count_ == capacity_ || newer_.empty()) {
			older_ = std::exchange(newer_, std::vector<Slot>(slots()));
			count_ = 0;
		}
		newer_[place_of(newer_, key)] = {used(key), value};
		++count_;
	}

private:
	struct Slot {
		std::uint64_t key = 0; // 0: free
		Value value{};
	};
	static std::uint64_t used(std::uint64_t key) { return key == 0 ? 1 : key; }
	// A power of two, at most half of it used.
	std::size_t slots() const {
		std::size_t count = 4;
		while (count < 2 * capacity_) count *= 2;
		return count;
	}
	// Where this key is, or would be.
	static std::size_t place_of(const std::vector<Slot>& all, std::uint64_t key) {
		std::size_t place = used(key) & (all.size() - 1);
		while (all[place].key != 0 && all[place].key != used(key)) place = (place + 1) & (all.size() - 1);
		return place;
	}
	static Slot* find_in(std::vector<Slot>& all, std::uint64_t key) {
		if (all.empty()) return nullptr;
		Slot& slot = all[place_of(all, key)];
		return slot.key == 0 ? nullptr : &slot;
	}

	std::size_t capacity_;
	std::size_t count_ = 0; // in newer_
	std::vector<Slot> newer_, older_;
};

} // namespace gate25
