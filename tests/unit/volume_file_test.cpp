// SPDX-License-Identifier: GPL-2.0-or-later
#include "volume_file_fixture.h"

#include <map>
#include <sys/stat.h>

using namespace gate25;
using namespace gate25::test;

namespace {

bool is_in_order(const VolumeRecord& a, const VolumeRecord& b) {
	if (a.hour != b.hour) return a.hour < b.hour;
	if (a.activity != b.activity) return a.activity < b.activity;
	if (a.key.kind() != b.key.kind()) return a.key.kind() < b.key.kind();
	return a.key.bytes() < b.key.bytes();
}

std::vector<VolumeRecord> in_order(std::vector<VolumeRecord> records) {
	std::ranges::sort(records, is_in_order);
	return records;
}

std::vector<VolumeRecord> matching(const std::vector<VolumeRecord>& all, const RecordQuery& query) {
	std::vector<VolumeRecord> found;
	for (const VolumeRecord& one : all) {
		const bool is_wanted = one.hour >= query.from && one.hour <= query.to && (!query.key || one.key == *query.key) &&
		                       (!query.activity || one.activity == *query.activity);
		if (is_wanted) found.push_back(one);
	}
	return in_order(std::move(found));
}

std::uint64_t size_of(const std::string& path) { return std::filesystem::file_size(path); }

} // namespace

TEST_SUITE("volume file") {
	TEST_CASE("entries come back as they were saved, the last of each key and activity") {
		const TemporaryDirectory directory;
		const auto anna = volume_key("100.64.0.1"), bert = volume_key("2001:db8:1000:100::/56");
		const auto carl = VolumeKey::of_user("carl@example.org");
		{
			OpenVolume open(directory.path());
			CHECK(open.load().entries.empty());
			REQUIRE(open.save({volume_entry(anna, Activity::attempts, volume_noon, 3), volume_entry(bert, Activity::connections, volume_noon, 20)}));
			REQUIRE(open.save({volume_entry(carl, Activity::mail, volume_noon, 5), volume_entry(anna, Activity::connections, volume_noon, 2)},
			                  {{carl, "Carl@example.org"}}));
			REQUIRE(open.save({volume_entry(anna, Activity::attempts, volume_noon, 7)}));
		}
		OpenVolume open(directory.path());
		const auto loaded = open.load();
		CHECK(loaded.entries.size() == 4);
		REQUIRE(loaded.find(anna, Activity::attempts) != nullptr);
		CHECK(loaded.find(anna, Activity::attempts)->value(Quantity::attempts, Window::hour, volume_noon) == 7);
		CHECK(loaded.find(anna, Activity::connections)->value(Quantity::connections, Window::hour, volume_noon) == 2);
		CHECK(loaded.find(bert, Activity::connections)->is_estimated(Quantity::destinations, Window::day, volume_noon));
		CHECK(loaded.find(carl, Activity::mail)->value(Quantity::recipients, Window::day, volume_noon) == 15);
		REQUIRE(loaded.users.size() == 1);
		CHECK(loaded.users[0].key == carl);
		CHECK(loaded.users[0].name == "Carl@example.org");
		CHECK(open.users().size() == 1);
	}
	TEST_CASE("an entry of which nothing is left is not loaded") {
		const TemporaryDirectory directory;
		OpenVolume open(directory.path());
		REQUIRE(open.save({volume_entry(volume_key("100.64.0.1"), Activity::attempts, volume_noon),
		                   volume_entry(volume_key("100.64.0.2"), Activity::attempts, volume_noon + 3600)}));
		CHECK(open.load(volume_noon + 7 * 14'400).entries.size() == 1);
	}
	TEST_CASE("sums from the future are not loaded: a clock that is behind would freeze them") {
		const TemporaryDirectory directory;
		{
			OpenVolume volume(directory.path());
			REQUIRE(volume.save({volume_entry(numbered_key(1), Activity::attempts, volume_noon + 7200),
			                     volume_entry(numbered_key(2), Activity::attempts, volume_noon + 600)}));
		}
		OpenVolume volume(directory.path());
		const auto loaded = volume.load(volume_noon);
		REQUIRE(loaded.entries.size() == 1);
		CHECK(loaded.entries[0].key() == numbered_key(2));
	}

	TEST_CASE("the secret stays as long as the file, and each file has its own") {
		const TemporaryDirectory directory, other;
		const auto secret_in = [](const std::string& path) {
			OpenVolume volume(path);
			volume.load(volume_noon);
			return volume.file->secret();
		};
		const std::uint64_t secret = secret_in(directory.path());
		CHECK(secret != 0);
		CHECK(secret_in(directory.path()) == secret);
		CHECK(secret_in(other.path()) != secret);
	}

	TEST_CASE("ten thousand entries take more than one transaction and are all there") {
		const TemporaryDirectory directory;
		std::vector<VolumeEntry> entries;
		for (std::uint32_t i = 0; i < 12'345; ++i) entries.push_back(volume_entry(numbered_key(i), Activity::attempts, volume_noon));
		OpenVolume open(directory.path());
		REQUIRE(open.save(entries));
		CHECK(open.load().entries.size() == 12'345);
	}
	TEST_CASE("the file is for us alone") {
		const TemporaryDirectory directory;
		OpenVolume open(directory.path());
		REQUIRE(open.save({}));
		struct stat status {};
		REQUIRE(stat(volume_path(directory).c_str(), &status) == 0);
		CHECK((status.st_mode & 0777) == 0600);
	}
	TEST_CASE("records come back hour by hour, by activity and by key") {
		const TemporaryDirectory directory;
		VolumeDice dice(25);
		const auto all = in_order(dice.records(noon_hour, 30, 40, 50));
		{
			OpenVolume open(directory.path());
			for (std::size_t from = 0; from < all.size();) {
				const auto to = std::min(all.size(), from + 1 + dice.below(60));
				REQUIRE(open.record({all.begin() + static_cast<std::ptrdiff_t>(from), all.begin() + static_cast<std::ptrdiff_t>(to)}));
				from = to;
			}
		}
		OpenVolume open(directory.path());
		CHECK(open.records() == all);
		for (unsigned i = 0; i < 50; ++i) {
			RecordQuery query;
			query.from = noon_hour + dice.below(32);
			if (dice.below(2) == 0) query.to = query.from + dice.below(10);
			if (dice.below(2) == 0) query.key = dice.key(40);
			if (dice.below(2) == 0) query.activity = all_activities[dice.below(3)];
			CAPTURE(i);
			CHECK(open.records(query) == matching(all, query));
		}
		CHECK(open.file->health().oldest == UnixTime(std::chrono::hours(all.front().hour)));
	}
	TEST_CASE("one hour in many pieces, in any order, and what comes twice replaces") {
		const TemporaryDirectory directory;
		VolumeDice dice(3);
		std::map<std::pair<Activity, VolumeKey>, VolumeRecord> wanted;
		OpenVolume open(directory.path());
		for (unsigned piece = 0; piece < 60; ++piece) {
			std::vector<VolumeRecord> some;
			for (std::uint32_t i = dice.below(piece % 7 == 0 ? 6000 : 300); i > 0; --i) {
				auto one = volume_record(noon_hour, numbered_key(dice.below(20'000)), all_activities[dice.below(2)], 1 + dice.below(500));
				some.push_back(one);
				wanted[{one.activity, one.key}] = one;
			}
			REQUIRE(open.record(some));
		}
		std::vector<VolumeRecord> all;
		for (const auto& [key, one] : wanted) all.push_back(one);
		all = in_order(all);
		CHECK(open.records() == all);
		for (unsigned i = 0; i < 200; ++i) {
			RecordQuery query;
			query.key = numbered_key(dice.below(20'000));
			CHECK(open.records(query) == matching(all, query));
		}
	}
	TEST_CASE("what waits is written before the store ends, and reading goes on while it writes") {
		const TemporaryDirectory directory;
		{
			OpenVolume open(directory.path());
			std::vector<VolumeRecord> seen;
			bool is_read = false;
			for (std::uint32_t hour = noon_hour; hour < noon_hour + 50; ++hour) open.file->record({volume_record(hour, numbered_key(1))}, nullptr);
			open.file->records({}, [&](const VolumeRecord& one) { seen.push_back(one); }, [&](const Result<void>&) { is_read = true; });
			open.file->save({volume_entry(numbered_key(1), Activity::attempts, volume_noon)}, {}, nullptr);
			open.loop.run_until([&] { return is_read; });
			CHECK(seen.size() == 50);
			open.file->record({volume_record(noon_hour + 50, numbered_key(1))}, nullptr);
		}
		OpenVolume open(directory.path());
		CHECK(open.records().size() == 51);
		CHECK(open.load().entries.size() == 1);
	}
	TEST_CASE("too many readers at once are told to come again") {
		const TemporaryDirectory directory;
		OpenVolume open(directory.path());
		for (std::uint32_t hour = noon_hour; hour < noon_hour + 20; ++hour) REQUIRE(open.record({volume_record(hour, numbered_key(1))}));
		unsigned good = 0, busy = 0;
		for (unsigned i = 0; i < 30; ++i) {
			open.file->records({}, [](const VolumeRecord&) { std::this_thread::yield(); }, [&](const Result<void>& result) {
				if (result) ++good;
				else if (result.error().kind == ErrorKind::busy) ++busy;
			});
		}
		open.loop.run_until([&] { return good + busy == 30; });
		CHECK(good >= 8);
	}
	TEST_CASE("what is older goes, with the names of users who have nothing left") {
		const TemporaryDirectory directory;
		OpenVolume open(directory.path());
		const auto anna = VolumeKey::of_user("anna"), bert = VolumeKey::of_user("bert"), carl = VolumeKey::of_user("carl");
		REQUIRE(open.save({volume_entry(anna, Activity::mail, volume_noon)}, {{anna, "anna"}, {bert, "bert"}, {carl, "carl"}}));
		for (std::uint32_t hour = noon_hour; hour < noon_hour + 300; ++hour)
			REQUIRE(open.record({volume_record(hour, numbered_key(hour)), volume_record(hour, bert, Activity::mail)}));
		REQUIRE(open.save({volume_entry(numbered_key(7), Activity::attempts, volume_noon + 300 * 3600)}));
		open.file->prune(noon_hour + 100, UINT64_MAX);
		open.until([&] { return open.file->health().oldest == UnixTime(std::chrono::hours(noon_hour + 100)); });
		open.until([&] { return open.users().size() == 1; });
		CHECK(open.users()[0].name == "bert");
		CHECK(open.records().size() == 400);
		CHECK(open.load(volume_noon + 300 * 3600).entries.size() == 1);
		CHECK(open.file->health().forgotten == 0);
	}
	TEST_CASE("a file that is too big gets smaller: the oldest records go, the sums stay") {
		const TemporaryDirectory directory;
		VolumeDice dice(5);
		OpenVolume open(directory.path());
		REQUIRE(open.save({volume_entry(numbered_key(7), Activity::attempts, volume_noon)}));
		for (std::uint32_t hour = noon_hour; hour < noon_hour + 60; ++hour) {
			std::vector<VolumeRecord> records;
			for (std::uint32_t i = 0; i < 20'000; ++i) records.push_back(volume_record(hour, numbered_key(i), Activity::connections, dice.below(500)));
			REQUIRE(open.record(std::move(records)));
		}
		const auto before = size_of(volume_path(directory));
		REQUIRE(before > 8'000'000);
		open.file->prune(0, 4'000'000);
		open.until([&] { return size_of(volume_path(directory)) < 6'000'000; });
		const auto health = open.file->health();
		CHECK(health.forgotten > 100'000);
		CHECK(*health.oldest > UnixTime(std::chrono::hours(noon_hour)));
		CHECK(open.records().back().hour == noon_hour + 59);
		CHECK(open.load().entries.size() == 1);
		// The bound holds without being asked again.
		for (std::uint32_t hour = noon_hour + 60; hour < noon_hour + 100; ++hour) {
			std::vector<VolumeRecord> records;
			for (std::uint32_t i = 0; i < 20'000; ++i) records.push_back(volume_record(hour, numbered_key(i)));
			REQUIRE(open.record(std::move(records)));
		}
		open.until([&] { return open.file->health().bytes < 6'000'000; });
		CHECK(open.records().back().hour == noon_hour + 99);
	}
}
