// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/assignment_table.h"

#include "core/big_endian.h"

#include <algorithm>

namespace gate25 {
namespace {

// The finalizer of splitmix64: neighbours land far apart.
std::uint64_t mixed(std::uint64_t value) {
	value = (value ^ value >> 30U) * 0xbf58476d1ce4e5b9U;
	value = (value ^ value >> 27U) * 0x94d049bb133111ebU;
	return value ^ value >> 31U;
}

void put_big_endian(std::span<std::uint8_t> bytes, std::uint64_t value) {
	for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte, value >>= 8U) *byte = static_cast<std::uint8_t>(value);
}

} // namespace

PackedPrefix PackedPrefix::of(const Prefix& prefix) {
	const auto bytes = prefix.address().bytes();
	const auto length = static_cast<std::uint8_t>(prefix.length());
	if (prefix.family() == Family::ipv4) return {big_endian(bytes), 0, length};
	return {big_endian(bytes.first(8)), big_endian(bytes.last(8)), static_cast<std::uint8_t>(ipv6_shape + length)};
}

Prefix PackedPrefix::prefix() const {
	if (family() == Family::ipv4) return Prefix::of(Address::ipv4(static_cast<std::uint32_t>(upper)), shape);
	std::array<std::uint8_t, 16> bytes{};
	put_big_endian(std::span(bytes).first(8), upper);
	put_big_endian(std::span(bytes).last(8), lower);
	return Prefix::of(Address::from_bytes(bytes), shape - ipv6_shape);
}

std::uint64_t PackedPrefix::hash() const {
	return mixed(upper + mixed(lower + shape));
}

PackedTime packed(UnixTime time) {
	return static_cast<PackedTime>(std::clamp<std::int64_t>(time.time_since_epoch().count(), 0, no_time - 1));
}

PackedTime packed(const std::optional<UnixTime>& time) {
	return time ? packed(*time) : no_time;
}

AssignmentTable::AssignmentTable() = default;

std::uint64_t AssignmentTable::hash_of(SessionHash session) {
	return mixed(session);
}

PackedPrefix AssignmentTable::prefix_of(const AssignmentSlot& slot) const {
	return {slot.upper, lower_of(slot), slot.shape};
}

Assignment AssignmentTable::assignment(const AssignmentSlot& slot) const {
	Assignment out;
	out.prefix = prefix_of(slot).prefix();
	out.ports = slot.ports;
	out.subscriber = names_.name(slot.who);
	out.from = unpacked(slot.from);
	out.seen = unpacked(slot.seen);
	if (slot.until != no_time) out.until = unpacked(slot.until);
	out.source = slot.source;
	out.session = slot.session;
	out.server = slot.server;
	return out;
}

AssignmentTable::Number AssignmentTable::add(const PackedPrefix& prefix, const AssignmentSlot& slot) {
	const Number number = free_slot();
	AssignmentSlot& added = at(number);
	added = slot;
	added.upper = prefix.upper;
	added.lower = keep_lower(prefix.lower);
	added.shape = prefix.shape;
	link(number);
	count(added, 1);
	++size_;
	return number;
}

void AssignmentTable::remove(Number number) {
	AssignmentSlot& slot = at(number);
	unlink(number);
	count(slot, ~std::uint32_t{0});
	drop_lower(slot.lower);
	slot = {};
	slot.next_of = free_;
	free_ = number;
	--size_;
}

AssignmentTable::Number AssignmentTable::free_slot() {
	if (const Number number = free_; number != none) {
		free_ = at(number).next_of;
		return number;
	}
	if (slots_ % block_slots == 0) blocks_.push_back(std::make_unique<AssignmentSlot[]>(block_slots));
	return ++slots_;
}

std::uint32_t AssignmentTable::keep_lower(std::uint64_t lower) {
	if (lower == 0) return 0;
	if (free_lower_ == 0) {
		lower_.push_back(lower);
		return static_cast<std::uint32_t>(lower_.size() - 1);
	}
	const std::uint32_t place = free_lower_;
	free_lower_ = static_cast<std::uint32_t>(lower_[place]);
	lower_[place] = lower;
	return place;
}

void AssignmentTable::drop_lower(std::uint32_t place) {
	if (place == 0) return;
	lower_[place] = free_lower_;
	free_lower_ = place;
}

void AssignmentTable::link(Number number) {
	AssignmentSlot& slot = at(number);
	by_prefix_.add(prefixes_, number);
	if (slot.session != 0) by_session_.add(sessions_, number);
	std::uint32_t& first = names_.mark(slot.who);
	slot.previous_of = none;
	slot.next_of = first;
	if (first != none) at(first).previous_of = number;
	first = number;
}

void AssignmentTable::unlink(Number number) {
	const AssignmentSlot& slot = at(number);
	by_prefix_.remove(prefixes_, number);
	if (slot.session != 0) by_session_.remove(sessions_, number);
	if (slot.next_of != none) at(slot.next_of).previous_of = slot.previous_of;
	if (slot.previous_of != none)
		at(slot.previous_of).next_of = slot.next_of;
	else
		names_.mark(slot.who) = slot.next_of;
}

// By 1 or, the greatest number, by -1.
void AssignmentTable::count(const AssignmentSlot& slot, std::uint32_t by) {
	by_shape_[slot.shape] += by;
	by_source_[slot.source] += by;
	if (slot.server == 0) return;
	const auto counted = by_server_.try_emplace(server_key(slot.server, slot.source), 0).first;
	if ((counted->second += by) == 0) by_server_.erase(counted);
}

std::uint32_t AssignmentTable::of_server(ServerHash server, SourceRank source) const {
	const auto counted = by_server_.find(server_key(server, source));
	return counted == by_server_.end() ? 0 : counted->second;
}

std::size_t AssignmentTable::memory() const {
	const std::size_t of_malloc = 16; // of each block; 64 more so that slots lie on cache lines
	const std::size_t of_deque = 512; // what libstdc++ takes at once
	const std::size_t of_node = 40;
	return sizeof *this - sizeof names_ + names_.memory() + by_prefix_.memory() + by_session_.memory() +
	       blocks_.size() * (block_slots * sizeof(AssignmentSlot) + of_malloc + 64) + blocks_.capacity() * sizeof(blocks_[0]) +
	       (lower_.size() * sizeof lower_[0] / of_deque + 1) * (of_deque + of_malloc + 2 * sizeof(void*)) +
	       by_server_.size() * of_node + by_server_.bucket_count() * sizeof(void*);
}

} // namespace gate25
