// SPDX-License-Identifier: GPL-2.0-or-later
//
// Disjoint address ranges of one family, each with a value: what an nftables interval set or map holds.
// Overlapping prefixes are resolved here (the longest wins), since the kernel refuses an overlap and
// merging would change what was asked for.
#pragma once

#include "core/address.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace gate25 {

template <class Value> struct Interval {
	Address first;
	Address last; // inclusive
	Value value{};
	friend bool operator==(const Interval&, const Interval&) = default;
};

template <class Value> class IntervalMap {
public:
	IntervalMap() = default;
	// Each address gets the value of the longest prefix that contains it. All of one family; of two equal
	// prefixes the later one counts. Neighbours with equal values are joined.
	static IntervalMap longest_match(std::vector<std::pair<Prefix, Value>> prefixes);

	const Interval<Value>* find(const Address& address) const {
		auto after = std::upper_bound(intervals_.begin(), intervals_.end(), address,
		                              [](const Address& a, const Interval<Value>& i) { return a < i.first; });
		if (after == intervals_.begin()) return nullptr;
		const Interval<Value>& candidate = *std::prev(after);
		return address <= candidate.last ? &candidate : nullptr;
	}
	bool contains(const Address& address) const { return find(address) != nullptr; }
	const std::vector<Interval<Value>>& intervals() const { return intervals_; }
	bool empty() const { return intervals_.empty(); }

private:
	void append(const Address& first, const Address& last, const Value& value);
	std::vector<Interval<Value>> intervals_;
};

template <class Value>
void IntervalMap<Value>::append(const Address& first, const Address& last, const Value& value) {
	if (last < first) return;
	if (!intervals_.empty() && intervals_.back().value == value && intervals_.back().last.next() == first) {
		intervals_.back().last = last;
		return;
	}
	intervals_.push_back({first, last, value});
}

template <class Value>
IntervalMap<Value> IntervalMap<Value>::longest_match(std::vector<std::pair<Prefix, Value>> prefixes) {
	// Outer before inner, so a stack holds the prefixes that are open at the current address.
	std::stable_sort(prefixes.begin(), prefixes.end(), [](const auto& a, const auto& b) {
		if (a.first.first() != b.first.first()) return a.first.first() < b.first.first();
		return a.first.length() < b.first.length();
	});
	IntervalMap map;
	std::vector<std::pair<Prefix, Value>> open;
	std::optional<Address> at; // the first address not yet written; none past the end of the family
	auto close_innermost = [&] {
		const auto [prefix, value] = open.back();
		open.pop_back();
		if (!at || prefix.last() < *at) return;
		map.append(*at, prefix.last(), value);
		const Address next = prefix.last().next();
		at = prefix.last() < next ? std::optional(next) : std::nullopt;
	};
	for (const auto& [prefix, value] : prefixes) {
		while (!open.empty() && !open.back().first.contains(prefix)) close_innermost();
		if (!open.empty() && open.back().first == prefix) {
			open.back().second = value;
			continue;
		}
		if (!open.empty() && *at < prefix.first()) map.append(*at, prefix.first().previous(), open.back().second);
		at = prefix.first();
		open.emplace_back(prefix, value);
	}
	while (!open.empty()) close_innermost();
	return map;
}

} // namespace gate25
