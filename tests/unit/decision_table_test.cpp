// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/decision_table.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <map>
#include <random>

using namespace gate25;

namespace {

using Ids = std::map<Prefix, std::uint64_t>;

DecisionTable::Entry numbered(std::uint64_t id, std::int64_t until = DecisionTable::no_end) {
	DecisionTable::Entry entry;
	entry.id = id;
	entry.until_boot = until;
	return entry;
}

// Of few addresses and many lengths, so that they meet.
Prefix random_prefix(std::mt19937& random) {
	const unsigned host = random() % 64;
	switch (random() % 4) {
	case 0: return Prefix::of(Address::ipv4(0x64400000U + host * 256), 24);
	case 1: return Prefix::host(Address::ipv4(0x64400000U + host * 256));
	case 2: return Prefix::of(*Address::parse(fmt::format("2001:db8:{:x}::", host)), 56 + random() % 8);
	default: return Prefix::host(*Address::parse(fmt::format("2001:db8::{:x}", host)));
	}
}

Ids all_in(const DecisionTable& table) {
	Ids found;
	table.each([&](const Prefix& prefix, const DecisionTable::Entry& entry) { found[prefix] = entry.id; });
	return found;
}

std::vector<std::uint64_t> swept(DecisionTable& table, Milliseconds boot, std::size_t most) {
	std::vector<std::uint64_t> found;
	table.sweep(boot, most, [&](const Prefix&, const DecisionTable::Entry& entry) {
		found.push_back(entry.id);
		return true;
	});
	return found;
}

} // namespace

TEST_CASE("decision table: equals a map, whatever is added and taken") {
	std::mt19937 random(25);
	DecisionTable table;
	Ids model;
	for (std::uint64_t id = 1; id < 20'000; ++id) {
		const Prefix prefix = random_prefix(random);
		if (const auto known = model.find(prefix); known != model.end()) {
			const auto taken = table.take(prefix);
			REQUIRE(taken);
			CHECK(taken->id == known->second);
			model.erase(known);
		} else {
			CHECK(table.find(prefix) == nullptr);
			CHECK_FALSE(table.take(prefix));
			table.add(prefix, numbered(id));
			model[prefix] = id;
		}
		REQUIRE(table.size() == model.size());
		if (id % 1000 == 0) REQUIRE(all_in(table) == model);
	}
	for (const auto& [prefix, id] : model) CHECK(table.find(prefix)->id == id);
}

TEST_CASE("decision table: prefixes that begin alike are different") {
	DecisionTable table;
	const char* const texts[] = {"100.64.0.0", "100.64.0.0/24", "2001:db8::/56", "2001:db8::/64", "2001:db8::/128", "2001:db8::1/128"};
	std::uint64_t id = 0;
	for (const char* text : texts) table.add(*Prefix::parse(text), numbered(++id));
	id = 0;
	for (const char* text : texts) CHECK(table.find(*Prefix::parse(text))->id == ++id);
	CHECK(table.find(*Prefix::parse("2001:db8::2/128")) == nullptr);
}

TEST_CASE("decision table: a sweep goes on where the last one ended and tells of each once") {
	DecisionTable table;
	for (std::uint32_t i = 1; i <= 10; ++i) table.add(Prefix::host(Address::ipv4(i)), numbered(i, i <= 6 ? 1000 : 5000));
	table.add(Prefix::host(Address::ipv4(11)), numbered(11));
	CHECK(swept(table, Milliseconds{999}, 100).empty());
	CHECK(swept(table, Milliseconds{1000}, 4) == std::vector<std::uint64_t>{1, 2, 3, 4});
	CHECK(swept(table, Milliseconds{1000}, 4) == std::vector<std::uint64_t>{5, 6});
	CHECK(swept(table, Milliseconds{1000}, 100).empty());
	SUBCASE("again when it was put again") {
		const auto entry = table.take(Prefix::host(Address::ipv4(3)));
		table.add(Prefix::host(Address::ipv4(3)), *entry);
		CHECK(swept(table, Milliseconds{1000}, 100) == std::vector<std::uint64_t>{3});
	}
	SUBCASE("what was not taken is told of the next time") {
		table.sweep(Milliseconds{5000}, 100, [](const Prefix&, const DecisionTable::Entry&) { return false; });
		auto found = swept(table, Milliseconds{5000}, 100);
		std::sort(found.begin(), found.end()); // the round goes on where it was
		CHECK(found == std::vector<std::uint64_t>{7, 8, 9, 10});
	}
}
