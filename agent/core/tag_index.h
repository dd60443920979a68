// SPDX-License-Identifier: GPL-2.0-or-later
//
// Finds records by a hash. A bucket is a cache line of fifteen numbers of records, each with six bits of its hash, so that a
// record is hardly ever looked at in vain: of a million records each look costs a wait for far memory. Buckets are
// split one at a time as records are added (linear hashing): no call takes longer than another, however many there
// are. Several records may have one key; a line that is full goes on in another one.
#pragma once

#include "core/prefetch.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace gate25 {

// Lines of memory that never move.
class TagLines {
public:
	struct alignas(64) Line {
		std::array<std::uint32_t, 15> entries{}; // tag and number; 0: free, and all behind it
		std::uint32_t following = 0;             // where the line goes on: its number among the further ones and one
		bool is_full() const { return entries.back() != 0; }
	};
	Line& operator[](std::size_t number) { return (*blocks_[number / block_lines])[number % block_lines]; }
	const Line& operator[](std::size_t number) const { return (*blocks_[number / block_lines])[number % block_lines]; }
	std::size_t size() const { return size_; }
	void add() {
		if (size_++ % block_lines == 0) blocks_.push_back(std::make_unique<Block>());
	}
	std::size_t memory() const {
		const std::size_t of_malloc = 16 + sizeof(Line); // of each block, with what brings it onto a line
		return blocks_.size() * (sizeof(Block) + of_malloc) + blocks_.capacity() * sizeof(blocks_[0]);
	}

private:
	static constexpr std::size_t block_lines = 256;
	using Block = std::array<Line, block_lines>;
	std::vector<std::unique_ptr<Block>> blocks_;
	std::size_t size_ = 0;
};

// `Records` has hash(number), of 64 good bits, and fetch(number), which has the record's memory fetched.
template <class Records> class TagIndex {
public:
	using Number = std::uint32_t;
	static constexpr Number greatest_number = (Number{1} << 26U) - 1;

	TagIndex() { lines_.add(); }
	// Those that have this hash, and a few others. `visit` must not add or remove; what it returns true for is the last one.
	template <class Visit> void each(std::uint64_t hash, Visit&& visit) const {
		const std::uint32_t tag = tag_of(hash);
		for (const Line* line = &lines_[place(hash)]; line != nullptr; line = following(*line)) {
			for (const std::uint32_t entry : line->entries) {
				if (entry == 0) return;
				if ((entry & ~greatest_number) == tag && visit(entry & greatest_number)) return;
			}
		}
	}
	// Has the memory of the bucket fetched, so that several are not waited for one after the other.
	void fetch(std::uint64_t hash) const { prefetch(&lines_[place(hash)]); }
	// Of what is found there.
	void fetch_found(const Records& records, std::uint64_t hash) const {
		each(hash, [&](Number number) {
			records.fetch(number);
			return false;
		});
	}
	// From 1 to greatest_number.
	void add(const Records& records, Number number) {
		if (size_ >= lines_.size() * wanted_in_line) split(records);
		const std::uint64_t hash = records.hash(number);
		put(lines_[place(hash)], tag_of(hash) | number);
		++size_;
	}
	void remove(const Records& records, Number number) {
		const std::uint64_t hash = records.hash(number);
		Line& first = lines_[place(hash)];
		std::uint32_t& entry = entry_of(first, tag_of(hash) | number);
		const std::uint32_t last = take_last(first);
		if (entry != 0) entry = last; // otherwise it was the last one itself
		--size_;
	}
	std::size_t memory() const { return lines_.memory() + further_.memory(); }

private:
	using Line = TagLines::Line;
	static constexpr std::size_t wanted_in_line = 8;
	static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32U) & ~greatest_number; }
	std::size_t place(std::uint64_t hash) const {
		const std::size_t wide = hash & (2 * round_ - 1);
		return wide < lines_.size() ? wide : wide & (round_ - 1);
	}
	const Line* following(const Line& line) const { return line.following == 0 ? nullptr : &further_[line.following - 1]; }
	Line* following(const Line& line) { return line.following == 0 ? nullptr : &further_[line.following - 1]; }
	std::uint32_t& entry_of(Line& first, std::uint32_t entry) {
		for (Line* line = &first;; line = following(*line))
			for (std::uint32_t& each : line->entries)
				if (each == entry) return each;
	}
	void put(Line& first, std::uint32_t entry) {
		Line* line = &first;
		while (line->is_full()) {
			if (line->following == 0) line->following = further_line();
			line = following(*line);
		}
		for (std::uint32_t& each : line->entries) {
			if (each != 0) continue;
			each = entry;
			return;
		}
	}
	// The last entry of the bucket leaves it, and the line with it that becomes empty.
	std::uint32_t take_last(Line& first) {
		Line* before = nullptr;
		Line* line = &first;
		while (line->following != 0) {
			before = line;
			line = following(*line);
		}
		std::size_t last = line->entries.size() - 1;
		while (line->entries[last] == 0) --last;
		const std::uint32_t entry = line->entries[last];
		line->entries[last] = 0;
		if (last == 0 && before != nullptr) give_back(*before);
		return entry;
	}
	std::uint32_t further_line() {
		if (free_further_ == 0) {
			further_.add();
			return static_cast<std::uint32_t>(further_.size());
		}
		const std::uint32_t number = free_further_;
		free_further_ = further_[number - 1].following;
		further_[number - 1].following = 0;
		return number;
	}
	void give_back(Line& before) {
		const std::uint32_t number = before.following;
		before.following = 0;
		further_[number - 1].following = free_further_;
		free_further_ = number;
	}
	// The records of the next bucket in turn are shared out between it and a new one.
	void split(const Records& records) {
		Line& old = lines_[lines_.size() - round_];
		moving_.clear();
		while (old.entries[0] != 0) moving_.push_back(take_last(old));
		for (const std::uint32_t entry : moving_) records.fetch(entry & greatest_number);
		lines_.add();
		if (lines_.size() == 2 * round_) round_ = lines_.size();
		for (const std::uint32_t entry : moving_) put(lines_[place(records.hash(entry & greatest_number))], entry);
	}

	TagLines lines_;
	TagLines further_;
	std::uint32_t free_further_ = 0;
	std::size_t round_ = 1; // the greatest power of two that is not above the number of lines
	std::size_t size_ = 0;
	std::vector<std::uint32_t> moving_;
};

} // namespace gate25
