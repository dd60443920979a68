// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/tag_index.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <map>
#include <random>
#include <set>
#include <vector>

using namespace gate25;

namespace {

// Records that are nothing but their hash.
struct Hashes {
	std::vector<std::uint64_t> of{0};
	std::uint64_t hash(std::uint32_t number) const { return of[number]; }
	void fetch(std::uint32_t) const {}
};

using Numbers = std::multiset<std::uint32_t>;

Numbers found(const TagIndex<Hashes>& index, const Hashes& records, std::uint64_t hash) {
	Numbers numbers;
	index.each(hash, [&](std::uint32_t number) {
		if (records.of[number] == hash) numbers.insert(number);
		return false;
	});
	return numbers;
}

} // namespace

TEST_CASE("tag index: equals a map, with keys that one has and keys that hundreds have") {
	std::mt19937_64 random(25);
	Hashes records;
	TagIndex<Hashes> index;
	std::map<std::uint64_t, Numbers> model;
	std::vector<std::uint32_t> held;
	std::vector<std::uint64_t> keys(300);
	for (auto& key : keys) key = random();
	for (int step = 0; step < 40'000; ++step) {
		const bool is_growing = step % 8000 < 5000;
		if (held.empty() || random() % 10 < (is_growing ? 8U : 2U)) {
			const auto number = static_cast<std::uint32_t>(records.of.size());
			records.of.push_back(random() % 3 == 0 ? keys[random() % 3] : random() % 2 == 0 ? keys[random() % keys.size()] : random());
			index.add(records, number);
			model[records.of[number]].insert(number);
			held.push_back(number);
		} else {
			std::swap(held[random() % held.size()], held.back());
			const std::uint32_t number = held.back();
			held.pop_back();
			index.remove(records, number);
			model[records.of[number]].erase(number);
		}
		if (step % 16 == 0) {
			const std::uint64_t key = step % 32 == 0 ? records.of[held.empty() ? 0 : held.back()] : keys[random() % keys.size()];
			REQUIRE(found(index, records, key) == model[key]);
		}
	}
	for (const auto& [key, numbers] : model) REQUIRE(found(index, records, key) == numbers);
}

TEST_CASE("tag index: few others are met on the way, and lines that many left are used again") {
	std::mt19937_64 random(7);
	Hashes records;
	TagIndex<Hashes> index;
	constexpr std::uint32_t many = 30'000;
	for (std::uint32_t number = 1; number <= many; ++number) records.of.push_back(random());
	const auto fill = [&] {
		for (std::uint32_t number = 1; number <= many; ++number) index.add(records, number);
	};
	fill();
	std::size_t met = 0;
	for (std::uint32_t number = 1; number <= many; ++number)
		index.each(records.of[number], [&](std::uint32_t) {
			++met;
			return false;
		});
	CHECK(met >= many);
	CHECK(met < many + many / 3);
	const std::size_t full = index.memory();
	CHECK(full < many * 14);
	for (int round = 0; round < 3; ++round) {
		for (std::uint32_t number = 1; number <= many; ++number) index.remove(records, number);
		CHECK(found(index, records, records.of[1]).empty());
		fill();
	}
	CHECK(index.memory() == full);
}
