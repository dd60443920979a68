// SPDX-License-Identifier: GPL-2.0-or-later
//
// Names of subscribers by the bits of their keys, each once, with the number of one thing that its owner keeps of it. A
// name of 18 bytes costs some 44: it stands behind its key in blocks that never move, and leaves its room to the next one.
#pragma once

#include "core/prefetch.h"
#include "core/subscriber_key.h"
#include "core/tag_index.h"

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace gate25 {

class SubscriberPool {
public:
	using Number = std::uint32_t;
	static constexpr Number none = 0;
	SubscriberPool() { add_block(); }
	SubscriberPool(const SubscriberPool&) = delete;
	SubscriberPool& operator=(const SubscriberPool&) = delete;

	// none: nobody has these bits.
	Number find(std::uint64_t bits) const;
	// At most longest_subscriber_id bytes; nobody may have the bits yet. none: no room for more than some 13 million.
	Number add(std::uint64_t bits, std::string_view name);
	void drop(Number number);
	// Valid until it is dropped.
	std::string_view name(Number number) const;
	std::uint64_t bits(Number number) const { return record(number).bits; }
	// Of the owner; 0 at first.
	std::uint32_t& mark(Number number) { return record(number).mark; }
	std::uint32_t mark(Number number) const { return record(number).mark; }
	// So that find() waits less: first the one for all that are looked for, then the other.
	void fetch(std::uint64_t bits) const { index_.fetch(hash_of(bits)); }
	void fetch_found(std::uint64_t bits) const { index_.fetch_found(*this, hash_of(bits)); }
	std::size_t size() const { return size_; }
	std::size_t memory() const;

	// For the index.
	void fetch(Number number) const { prefetch(address(number)); }
	std::uint64_t hash(Number number) const { return hash_of(record(number).bits); }

private:
	// The name follows, as many bytes as `length` says.
	struct Record {
		std::uint64_t bits = 0;
		std::uint32_t mark = 0; // of a free one: the next free one of this size
		std::uint8_t length = 0;
	};
	static constexpr std::size_t name_at = offsetof(Record, length) + 1;
	static constexpr std::size_t unit = 8; // bytes; numbers of records count them
	static constexpr std::size_t block_units = 8192;
	static constexpr std::size_t most_units = (name_at + longest_subscriber_id + unit - 1) / unit;
	static constexpr std::size_t least_units = sizeof(Record) / unit;
	static std::uint64_t hash_of(std::uint64_t bits);
	static std::size_t units_of(std::size_t length);
	std::byte* address(Number number) const { return blocks_[number / block_units].get() + number % block_units * unit; }
	Record& record(Number number) { return *reinterpret_cast<Record*>(address(number)); }
	const Record& record(Number number) const { return *reinterpret_cast<const Record*>(address(number)); }
	Number room(std::size_t units);
	void put_free(Number number, std::size_t units);
	Number take_free(std::size_t units);
	bool add_block();

	TagIndex<SubscriberPool> index_;
	std::vector<std::unique_ptr<std::byte[]>> blocks_;
	Number fresh_ = 0; // the units behind it in the last block were never used
	std::size_t fresh_units_ = 0;
	std::array<Number, most_units + 1> free_{}; // by size
	std::size_t size_ = 0;
};

} // namespace gate25
