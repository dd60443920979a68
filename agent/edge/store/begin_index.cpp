// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/begin_index.h"

#include "core/big_endian.h"

#include <algorithm>

namespace gate25 {

namespace {

constexpr std::uint64_t mix(std::uint64_t value) { // the finalizer of splitmix64
	value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
	value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
	return value ^ (value >> 31U);
}

// The low byte is the length and the family, the other 56 bits the address: exact for IPv4 and for IPv6 up
// to /56. A longer IPv6 prefix is hashed into them, so that two of a million meet once in 10^11 questions;
// all that can happen then is that a quarantine lasts as long as a later one.
std::uint64_t key_of(const Prefix& prefix) {
	const auto bytes = prefix.address().bytes();
	constexpr std::uint64_t ipv4_tag = 200; // 200..232; IPv6 is 1..129, so no key is 0
	if (prefix.family() == Family::ipv4) return big_endian(bytes) << 8U | (ipv4_tag + prefix.length());
	const std::uint64_t tag = prefix.length() + 1;
	const std::uint64_t upper = big_endian(bytes.first(8));
	if (prefix.length() <= 56) return (upper & ~std::uint64_t{0xff}) | tag;
	return (mix(upper ^ mix(big_endian(bytes.last(8)))) & ~std::uint64_t{0xff}) | tag;
}

// Enough until the year 2106.
std::uint32_t time_of(UnixTime time) {
	const std::int64_t seconds = time.time_since_epoch().count();
	return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, UINT32_MAX));
}

} // namespace

// Scales the hash to the size instead of taking a remainder, so that any size will do.
std::size_t BeginIndex::home(std::uint64_t key) const {
	__extension__ using Wide = unsigned __int128;
	return static_cast<std::size_t>(Wide{mix(key)} * keys_.size() >> 64U);
}

void BeginIndex::put(std::uint64_t key, std::uint32_t time) {
	std::size_t slot = home(key);
	while (keys_[slot] != 0) slot = after(slot);
	keys_[slot] = key;
	times_[slot] = time;
}

void BeginIndex::grow() {
	const std::vector<std::uint64_t> keys = std::move(keys_);
	const std::vector<std::uint32_t> times = std::move(times_);
	const std::size_t size = std::max<std::size_t>(64, keys.size() + keys.size() / 2);
	keys_.assign(size, 0);
	times_.assign(size, 0);
	for (std::size_t i = 0; i < keys.size(); ++i)
		if (keys[i] != 0) put(keys[i], times[i]);
}

void BeginIndex::add(const Prefix& prefix, UnixTime from) {
	if ((used_ + 1) * 5 > keys_.size() * 4) grow();
	put(key_of(prefix), time_of(from));
	++used_;
}

void BeginIndex::remove(const Prefix& prefix, UnixTime from) {
	if (keys_.empty()) return;
	const std::uint64_t key = key_of(prefix);
	const std::uint32_t time = time_of(from);
	std::size_t slot = home(key);
	while (keys_[slot] != 0 && !(keys_[slot] == key && times_[slot] == time)) slot = after(slot);
	if (keys_[slot] == 0) return;
	close_gap(slot);
	--used_;
}

// What stands behind the gap moves into it, unless that would put it before its home.
void BeginIndex::close_gap(std::size_t gap) {
	for (std::size_t slot = after(gap); keys_[slot] != 0; slot = after(slot)) {
		const std::size_t from_home = (slot + keys_.size() - home(keys_[slot])) % keys_.size();
		const std::size_t from_gap = (slot + keys_.size() - gap) % keys_.size();
		if (from_home < from_gap) continue;
		keys_[gap] = keys_[slot];
		times_[gap] = times_[slot];
		gap = slot;
	}
	keys_[gap] = 0;
}

unsigned BeginIndex::count_since(const Prefix& prefix, UnixTime since) const {
	if (keys_.empty()) return 0;
	const std::uint64_t key = key_of(prefix);
	const std::uint32_t time = time_of(since);
	unsigned count = 0;
	for (std::size_t slot = home(key); keys_[slot] != 0; slot = after(slot))
		if (keys_[slot] == key && times_[slot] >= time) ++count;
	return count;
}

void BeginIndex::clear() {
	*this = BeginIndex();
}

} // namespace gate25
