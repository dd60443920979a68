// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/subscriber_pool.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace gate25 {

std::uint64_t SubscriberPool::hash_of(std::uint64_t bits) {
	bits = (bits ^ bits >> 32U) * 0x9e3779b97f4a7c15U;
	return bits ^ bits >> 29U;
}

std::size_t SubscriberPool::units_of(std::size_t length) {
	return std::max(least_units, (name_at + length + unit - 1) / unit);
}

SubscriberPool::Number SubscriberPool::find(std::uint64_t bits) const {
	Number found = none;
	index_.each(hash_of(bits), [&](Number number) {
		if (record(number).bits == bits) found = number;
		return found != none;
	});
	return found;
}

SubscriberPool::Number SubscriberPool::add(std::uint64_t bits, std::string_view name) {
	const Number number = room(units_of(name.size()));
	if (number == none) return none;
	new (address(number)) Record{bits, 0, static_cast<std::uint8_t>(name.size())};
	std::memcpy(address(number) + name_at, name.data(), name.size());
	index_.add(*this, number);
	++size_;
	return number;
}

void SubscriberPool::drop(Number number) {
	index_.remove(*this, number);
	put_free(number, units_of(record(number).length));
	--size_;
}

std::string_view SubscriberPool::name(Number number) const {
	return {reinterpret_cast<const char*>(address(number) + name_at), record(number).length};
}

SubscriberPool::Number SubscriberPool::room(std::size_t units) {
	if (const Number number = take_free(units); number != none) return number;
	if (fresh_units_ < units && !add_block()) return none;
	const Number number = fresh_;
	fresh_ += static_cast<Number>(units);
	fresh_units_ -= units;
	return number;
}

void SubscriberPool::put_free(Number number, std::size_t units) {
	new (address(number)) Record{0, free_[units], 0};
	free_[units] = number;
}

// One of a greater size is cut in two when both parts can hold something; pieces are not put together again.
SubscriberPool::Number SubscriberPool::take_free(std::size_t units) {
	for (std::size_t size = units; size <= most_units; ++size) {
		const Number number = free_[size];
		if (number == none || (size != units && size < units + least_units)) continue;
		free_[size] = record(number).mark;
		if (size > units) put_free(number + static_cast<Number>(units), size - units);
		return number;
	}
	return none;
}

// What is left of the last one is free for short names. False: there can be no further one.
bool SubscriberPool::add_block() {
	if ((blocks_.size() + 1) * block_units > index_.greatest_number) return false;
	if (fresh_units_ >= least_units) put_free(fresh_, fresh_units_);
	blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(block_units * unit));
	fresh_ = static_cast<Number>((blocks_.size() - 1) * block_units);
	fresh_units_ = block_units;
	if (blocks_.size() > 1) return true;
	fresh_ += 1; // 0 is nobody
	fresh_units_ -= 1;
	return true;
}

std::size_t SubscriberPool::memory() const {
	const std::size_t of_malloc = 16; // of each block
	return sizeof *this + index_.memory() + blocks_.size() * (block_units * unit + of_malloc) +
	       blocks_.capacity() * sizeof(blocks_[0]);
}

} // namespace gate25
