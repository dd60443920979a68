// SPDX-License-Identifier: GPL-2.0-or-later
//
// Finds records by a hash: linear hashing. A record has the link to the next one of its bucket; buckets are split one at a
// time as records are added, so no call takes longer than another however many there are. Several records may have one key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace gate25 {

// `Records` has next(number), a reference to the link, and hash(number).
template <class Records> class ChainIndex {
public:
	using Number = std::uint32_t;
	static constexpr Number none = 0;

	// Of the bucket: its records may have other keys too.
	Number first(std::uint64_t hash) const { return head(place(hash)); }
	// Has the memory of the bucket fetched, so that others are not waited for one after the other.
	void fetch(std::uint64_t hash) const { __builtin_prefetch(&head(place(hash))); }
	void add(Records& records, Number number) {
		while (buckets_ < size_ + size_ / 2) split(records);
		Number& bucket = head(place(records.hash(number)));
		records.next(number) = bucket;
		bucket = number;
		++size_;
	}
	void remove(Records& records, Number number) {
		Number* link = &head(place(records.hash(number)));
		while (*link != number) link = &records.next(*link);
		*link = records.next(number);
		--size_;
	}
	std::size_t memory() const { return blocks_.size() * (sizeof(Block) + 16) + blocks_.capacity() * sizeof(blocks_[0]); }

private:
	static constexpr std::size_t block_buckets = 1024;
	using Block = std::array<Number, block_buckets>;
	std::size_t place(std::uint64_t hash) const {
		const std::size_t wide = hash & (2 * round_ - 1);
		return wide < buckets_ ? wide : wide & (round_ - 1);
	}
	Number& head(std::size_t place) { return (*blocks_[place / block_buckets])[place % block_buckets]; }
	const Number& head(std::size_t place) const { return (*blocks_[place / block_buckets])[place % block_buckets]; }
	// The records of the next bucket in turn are shared out between it and a new one.
	void split(Records& records) {
		if (buckets_ % block_buckets == 0) blocks_.push_back(std::make_unique<Block>());
		Number& old = head(buckets_ - round_);
		Number number = old;
		old = none;
		if (++buckets_ == 2 * round_) round_ = buckets_;
		while (number != none) {
			Number& link = records.next(number);
			const Number following = link;
			Number& bucket = head(place(records.hash(number)));
			link = bucket;
			bucket = number;
			number = following;
		}
	}

	std::vector<std::unique_ptr<Block>> blocks_ = first_block();
	std::size_t buckets_ = block_buckets;
	std::size_t round_ = block_buckets; // the greatest power of two that is not above buckets_
	std::size_t size_ = 0;

	static std::vector<std::unique_ptr<Block>> first_block() {
		std::vector<std::unique_ptr<Block>> blocks;
		blocks.push_back(std::make_unique<Block>());
		return blocks;
	}
};

} // namespace gate25
