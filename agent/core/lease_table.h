// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a source of leases said last of each prefix, short: so that what it says again costs nothing, and what it says no
// more is seen. Some 75 bytes for each. In many small tables, since one of a million would halt the loop when it grows.
#pragma once

#include "core/lease.h"

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>

namespace gate25 {

struct LeaseKey {
	Prefix prefix;
	PortRange ports;
	friend auto operator<=>(const LeaseKey&, const LeaseKey&) = default;
};

struct LeaseKeyHash {
	std::size_t operator()(const LeaseKey& key) const noexcept {
		return std::hash<Prefix>{}(key.prefix) ^ (std::size_t{key.ports.first} << 16U | key.ports.last) * 0x9e3779b97f4a7c15U;
	}
};

// A time in four bytes: until 2106, and later ones are all alike.
class ShortTime {
public:
	ShortTime() = default;
	explicit ShortTime(std::optional<UnixTime> time) {
		if (!time) return;
		const auto seconds = time->time_since_epoch().count();
		seconds_ = static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 1, std::numeric_limits<std::uint32_t>::max()));
	}
	std::optional<UnixTime> time() const {
		return seconds_ == 0 ? std::nullopt : std::optional(UnixTime(Seconds(seconds_)));
	}
	friend bool operator==(const ShortTime&, const ShortTime&) = default;

private:
	std::uint32_t seconds_ = 0;
};

struct LeaseEntry {
	std::uint64_t subscriber = 0; // a hash of its name
	ShortTime at, until;
	std::uint32_t picture = 0; // the last one in which it was
};

template <class Value> class LeaseMap {
public:
	using Shard = std::unordered_map<LeaseKey, Value, LeaseKeyHash>;
	static constexpr std::size_t shard_count = 1024;

	Value* find(const LeaseKey& key) {
		Shard& shard = shard_of(key);
		const auto found = shard.find(key);
		return found == shard.end() ? nullptr : &found->second;
	}
	Value& at(const LeaseKey& key) { return shard_of(key)[key]; }
	void erase(const LeaseKey& key) { shard_of(key).erase(key); }
	Shard& shard(std::size_t number) { return shards_[number]; }
	void clear() {
		for (Shard& shard : shards_) shard = {};
	}
	std::size_t size() const {
		std::size_t size = 0;
		for (const Shard& shard : shards_) size += shard.size();
		return size;
	}

private:
	// By other bits than those by which a shard sorts.
	Shard& shard_of(const LeaseKey& key) { return shards_[LeaseKeyHash{}(key) >> 32U & (shard_count - 1)]; }
	std::array<Shard, shard_count> shards_;
};

using LeaseTable = LeaseMap<LeaseEntry>;

} // namespace gate25
