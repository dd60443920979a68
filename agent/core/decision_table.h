// SPDX-License-Identifier: GPL-2.0-or-later
//
// Decisions of one kind by prefix, packed: a million of them cost some 50 MB, texts aside. Entries lie in
// slots that do not move; an index of slot numbers (open addressing, linear probing) finds them.
#pragma once

#include "core/address.h"
#include "core/decision.h"
#include "core/text_pool.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

namespace gate25 {

class DecisionTable {
public:
	struct Entry {
		std::uint64_t id = 0;
		std::int64_t until_boot = no_end; // milliseconds
		std::uint32_t until_wall = 0;     // seconds since 1970, enough until the year 2106
		std::uint32_t from = 0;
		TextPool::Id texts{}; // of the book
		Level level = Level::port25;
		bool is_monitored = false;
	};
	static constexpr std::int64_t no_end = -1;

	// Nothing may stand for this prefix.
	void add(const Prefix& prefix, const Entry& entry);
	// nullopt: nothing stood for it.
	std::optional<Entry> take(const Prefix& prefix);
	const Entry* find(const Prefix& prefix) const;
	std::size_t size() const { return used_; }
	void each(const std::function<void(const Prefix&, const Entry&)>& visit) const;
	// The next `most` slots in a round that never ends: those whose time is over, each once. `visit` must not
	// change the table and says whether it takes another one.
	void sweep(Milliseconds boot, std::size_t most, const std::function<bool(const Prefix&, const Entry&)>& visit);

private:
	// The address to its 64th bit; few prefixes are longer, and these have the rest in lower_.
	// Derived, so that the small ones fill the gap at the entry's end: 40 bytes instead of 48.
	struct Slot : Entry {
		std::uint8_t shape = free; // family and length
		bool is_reported = false;  // its end
		std::uint64_t upper = 0;
	};
	static constexpr std::uint8_t free = 0xff;
	Prefix prefix_of(std::uint32_t slot) const;
	bool holds(std::uint32_t slot, const Prefix& prefix) const;
	std::size_t place_of(const Prefix& prefix) const; // in index_: of the prefix, or where it would be
	std::size_t home(const Prefix& prefix) const { return std::hash<Prefix>{}(prefix) & (index_.size() - 1); }
	std::size_t after(std::size_t place) const { return (place + 1) & (index_.size() - 1); }
	void grow();
	void close_gap(std::size_t gap);

	std::deque<Slot> slots_;
	std::vector<std::uint32_t> free_slots_;
	std::vector<std::uint32_t> index_; // slot number + 1, 0: free; a power of two
	std::unordered_map<std::uint32_t, std::uint64_t> lower_;
	std::size_t used_ = 0;
	std::size_t next_swept_ = 0;
};

} // namespace gate25
