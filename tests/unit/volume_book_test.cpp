// SPDX-License-Identifier: GPL-2.0-or-later
//
// The table of entries against a map, hours that end, and what it costs.
#include "core/volume_book.h"

#include <doctest/doctest.h>
#include <map>
#include <random>
#include <set>

using namespace gate25;

namespace {

constexpr VolumeTime start = 1'800'000'000; // a full hour

VolumeKey key_of(std::uint32_t number) { return VolumeKey::of(Prefix::host(Address::ipv4(0x64400000U + number))); }

} // namespace

TEST_CASE("an entry and its place in the table take at most 200 bytes") {
	// A full table has up to eight thirds of a place in its index for each.
	CHECK(static_cast<double>(sizeof(VolumeEntry)) + 8.0 / 3 * sizeof(std::uint32_t) <= 200);
}

TEST_CASE("keys: both families and users, and back from bytes") {
	for (const char* text : {"100.64.1.2", "2001:db8:1000:100::/56", "2001:db8::1"}) {
		const auto prefix = Prefix::parse(text);
		REQUIRE(prefix);
		const VolumeKey key = VolumeKey::of(*prefix);
		CHECK(key.subscriber() == *prefix);
		CHECK(VolumeKey::from_bytes(key.bytes(), key.kind()) == key);
	}
	const VolumeKey user = VolumeKey::of_user("Alice@Example.net");
	CHECK(user.is_user());
	CHECK(!user.subscriber());
	CHECK(user == VolumeKey::of_user("alice@example.NET"));
	CHECK(user != VolumeKey::of_user("bob@example.net"));
	CHECK(!VolumeKey::from_bytes({}, 33));
	CHECK(!VolumeKey::from_bytes({1, 2, 3, 4, 5}, 32));
	CHECK(!VolumeKey::from_bytes({1, 2, 3, 4}, 24));
	CHECK(!VolumeKey::from_bytes({}, 200));
}

TEST_CASE("random additions and endings: the table holds what a map holds") {
	std::mt19937 random(1);
	VolumeTable table(Activity::attempts, 300);
	std::map<VolumeKey, VolumeTime> model; // last time
	VolumeTime now = start;
	for (int step = 0; step < 30'000; ++step) {
		now += static_cast<VolumeTime>(random() % 200);
		const VolumeKey key = key_of(static_cast<std::uint32_t>(random() % 250));
		std::vector<VolumeRecord> finished;
		std::vector<VolumeEntry> dirty;
		table.at(key, now, finished).add_destination(static_cast<std::uint32_t>(random()), now);
		model[key] = now;
		if (step % 7 == 0) table.sweep(now, 100, finished, dirty);
		if (step % 5000 == 0) { // all have ended but the youngest
			now += 200'000;
			while (!table.sweep(now, 50, finished, dirty)) continue;
			model.clear();
		}
		if (step % 50 != 0) continue;
		for (const auto& [each, last] : model) {
			const VolumeEntry* entry = table.find(each);
			if (now - last < 7 * 14'400) REQUIRE(entry != nullptr);
			if (entry != nullptr) CHECK(entry->last() == last);
		}
		std::set<VolumeKey> held;
		table.for_each([&](const VolumeEntry& entry) { held.insert(entry.key()); });
		CHECK(held.size() == table.size());
	}
	CHECK(table.evicted() == 0);
}

TEST_CASE("a full table lets somebody go who was idle for long, and keeps his hour") {
	VolumeTable table(Activity::connections, 100);
	std::vector<VolumeRecord> finished;
	for (std::uint32_t number = 0; number < 100; ++number) table.at(key_of(number), start, finished).add_destination(1, start);
	for (std::uint32_t number = 0; number < 50; ++number) table.at(key_of(number), start + 60, finished).add_destination(1, start + 60);
	CHECK(finished.empty());
	table.at(key_of(1000), start + 60, finished).add_destination(1, start + 60);
	CHECK(table.size() == 100);
	CHECK(table.evicted() == 1);
	REQUIRE(finished.size() == 1);
	CHECK(finished[0].events == 1);
	CHECK(table.find(finished[0].key) == nullptr);
	CHECK(table.find(key_of(1000)) != nullptr);
}

TEST_CASE("an hour that is over is told once, with its peaks") {
	VolumeTable table(Activity::attempts, 100);
	std::vector<VolumeRecord> finished;
	for (std::uint32_t second = 0; second < 30; ++second)
		table.at(key_of(1), start + second, finished).add_destination(destination_hash(Address::ipv4(second % 5), 25), start + second);
	CHECK(finished.empty());
	SUBCASE("because he goes on") { table.at(key_of(1), start + 3600, finished).add_destination(1, start + 3600); }
	SUBCASE("because the table is swept") {
		std::vector<VolumeEntry> dirty;
		CHECK(table.sweep(start + 3600, 10, finished, dirty));
		CHECK(dirty.size() == 1);
		dirty.clear();
		CHECK(table.sweep(start + 7200, 10, finished, dirty));
		CHECK(dirty.empty()); // nothing new
	}
	REQUIRE(finished.size() == 1);
	const VolumeRecord& record = finished[0];
	CHECK(record.hour == start / 3600);
	CHECK(record.key == key_of(1));
	CHECK(record.activity == Activity::attempts);
	CHECK(record.events == 30);
	CHECK(record.refused == 0);
	CHECK(record.peak(Quantity::attempts, Window::minute) == 30);
	CHECK(record.peak(Quantity::attempts, Window::day) == 30);
	CHECK(record.peak(Quantity::attempted_destinations, Window::hour) == 5);
}

TEST_CASE("what was stored is found again, and nothing of another activity") {
	VolumeTable table(Activity::mail, 10), other(Activity::mail, 10);
	std::vector<VolumeRecord> finished;
	std::vector<VolumeEntry> dirty;
	table.at(VolumeKey::of_user("alice"), start, finished).add_mail(2, 50, start);
	table.sweep(start, 10, finished, dirty);
	REQUIRE(dirty.size() == 1);
	other.put(dirty[0]);
	other.put(VolumeEntry(key_of(5), Activity::attempts, start));
	CHECK(other.size() == 1);
	const VolumeEntry* entry = other.find(VolumeKey::of_user("alice"));
	REQUIRE(entry != nullptr);
	CHECK(entry->value(Quantity::messages, Window::hour, start + 60) == 2);
	CHECK(entry->value(Quantity::recipients, Window::hour, start + 60) == 50);
	CHECK(entry->value(Quantity::recipients, Window::minute, start + 80) == 0);
}

TEST_CASE("a clock that goes back changes nothing") {
	VolumeEntry entry(key_of(1), Activity::attempts, start + 1000);
	entry.add_destination(1, start + 1000);
	entry.add_destination(2, start);
	CHECK(entry.last() == start + 1000);
	CHECK(entry.value(Quantity::attempts, Window::minute, start) == 2);
	CHECK(entry.value(Quantity::attempted_destinations, Window::minute, start) == 2);
	CHECK(!entry.is_over(start));
}
