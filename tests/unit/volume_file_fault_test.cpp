// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the volume store does when something is wrong with disk or file: it says so, loses what was counted at most,
// and goes on by itself.
#include "store_damage.h"
#include "volume_file_fixture.h"

#include <sys/stat.h>

using namespace gate25;
using namespace gate25::test;

namespace {

std::vector<VolumeRecord> hour_of_many(std::uint32_t hour, std::uint32_t count = 3000) {
	std::vector<VolumeRecord> records;
	for (std::uint32_t i = 0; i < count; ++i) records.push_back(volume_record(hour, numbered_key(i), Activity::connections, 1 + i % 700));
	return records;
}

void fill_file(const TemporaryDirectory& directory, std::uint32_t hours = 20) {
	OpenVolume open(directory.path());
	for (std::uint32_t hour = noon_hour; hour < noon_hour + hours; ++hour) REQUIRE(open.record(hour_of_many(hour)));
	std::vector<VolumeEntry> entries;
	for (std::uint32_t i = 0; i < 500; ++i) entries.push_back(volume_entry(numbered_key(i), Activity::connections, volume_noon));
	REQUIRE(open.save(std::move(entries), {{VolumeKey::of_user("anna"), "anna"}}));
}

std::size_t broken_files(const TemporaryDirectory& directory) {
	std::size_t found = 0;
	for (const auto& entry : std::filesystem::directory_iterator(directory.path()))
		found += contains(entry.path().filename().string(), "volume.db.broken-") && !contains(entry.path().string(), "-wal") ? 1 : 0;
	return found;
}

void run_on_file(const TemporaryDirectory& directory, const char* script) {
	auto database = sql::Database::open(volume_path(directory), directory.path());
	REQUIRE(database.has_value());
	const auto ran = (*database)->run(script);
	REQUIRE_MESSAGE(ran.has_value(), (ran ? "" : ran.error().text));
}

} // namespace

TEST_SUITE("volume file faults") {
	TEST_CASE("a full disk is told, and it goes on by itself when there is room again") {
		const TinyDisk disk;
		if (!disk.is_mounted()) {
			MESSAGE("skipped: no right to mount a small disk");
			return;
		}
		OpenVolume open(disk.path());
		REQUIRE(open.record(hour_of_many(noon_hour, 100)));
		disk.fill();
		Result<void> result;
		std::uint32_t hour = noon_hour;
		for (; result && hour < noon_hour + 200; ++hour) result = open.record(hour_of_many(hour + 1));
		REQUIRE(!result.has_value());
		CHECK(contains(result.error().text, "the disk of " + disk.path() + " is full"));
		CHECK(open.file->health().problem == result.error().text);
		CHECK(open.records().size() == 100 + (hour - 1 - noon_hour) * 3000U);
		disk.make_room();
		SUBCASE("with the next write") { CHECK(open.record(hour_of_many(hour))); }
		SUBCASE("with none") {
			ask_until([&] { return open.file->health().problem.empty(); });
		}
		CHECK(open.file->health().problem.empty());
	}
	TEST_CASE("a file can be opened and read on a full disk") {
		const TinyDisk disk;
		if (!disk.is_mounted()) {
			MESSAGE("skipped: no right to mount a small disk");
			return;
		}
		{
			OpenVolume open(disk.path());
			REQUIRE(open.record(hour_of_many(noon_hour, 100)));
		}
		disk.fill();
		OpenVolume open(disk.path());
		CHECK(open.records().size() == 100);
	}
	TEST_CASE("a directory that cannot be used is an error of each call, not the end") {
		const TemporaryDirectory directory;
		const std::string missing = directory.path() + "/missing";
		OpenVolume open(missing);
		const auto saved = open.save({volume_entry(numbered_key(1), Activity::attempts, volume_noon)});
		REQUIRE(!saved.has_value());
		CHECK(contains(saved.error().text, missing + "/volume.db cannot be opened: No such file or directory"));
		CHECK(!open.file->load(volume_noon, [](const VolumeEntry&) {}, [](VolumeUser) {}).has_value());
		CHECK(open.file->health().problem == saved.error().text);
		std::filesystem::create_directory(missing);
		ask_until([&] { return open.file->health().problem.empty(); });
		CHECK(open.save({volume_entry(numbered_key(1), Activity::attempts, volume_noon)}));
		CHECK(open.load().entries.size() == 1);
	}
	TEST_CASE("a symbolic link in its place is not followed") {
		const TemporaryDirectory directory;
		std::filesystem::create_symlink(directory.path() + "/elsewhere", volume_path(directory));
		OpenVolume open(directory.path());
		CHECK(!open.record(hour_of_many(noon_hour, 1)).has_value());
		CHECK(!std::filesystem::exists(directory.path() + "/elsewhere"));
	}
	TEST_CASE("a disk that cannot be written is told, what is there can be read, and it goes on") {
		const TinyDisk disk;
		if (!disk.is_mounted()) {
			MESSAGE("skipped: no right to mount a small disk");
			return;
		}
		OpenVolume open(disk.path());
		REQUIRE(open.record(hour_of_many(noon_hour, 100)));
		open.file.reset();
		REQUIRE(mount("none", disk.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0);
		open.file = std::make_unique<VolumeFile>(disk.path(), open.loop.post());
		const auto recorded = open.record(hour_of_many(noon_hour + 1, 100));
		REQUIRE(!recorded.has_value());
		CHECK(contains(open.file->health().problem, "volume.db"));
		REQUIRE(mount("none", disk.path().c_str(), nullptr, MS_REMOUNT, nullptr) == 0);
		CHECK(open.record(hour_of_many(noon_hour + 1, 100)));
		CHECK(open.records().size() == 200);
		CHECK(open.file->health().problem.empty());
	}
	TEST_CASE("a damaged file is moved aside and counting begins anew") {
		const TemporaryDirectory directory;
		fill_file(directory);
		std::string bytes = bytes_of(volume_path(directory));
		REQUIRE(bytes.size() > 500'000);
		SUBCASE("no database at all") { bytes = "this is not a database, it is a poem of some length\n" + bytes; }
		SUBCASE("the first page is garbage") { bytes.replace(0, 4096, 4096, '\x5a'); }
		SUBCASE("cut off in the middle") { bytes.resize(bytes.size() / 2); }
		SUBCASE("random bytes everywhere") {
			for (std::size_t i = 5000; i < bytes.size(); i += 37) bytes[i] = static_cast<char>(i * 131);
		}
		std::ofstream(volume_path(directory), std::ios::binary) << bytes;
		OpenVolume open(directory.path());
		open.load();
		open.records();
		CHECK(open.record(hour_of_many(noon_hour + 50)));
		CHECK(broken_files(directory) == 1);
		CHECK(contains(open.file->health().warning, "moved aside to " + volume_path(directory) + ".broken-"));
		CHECK(open.records().size() == 3000);
		CHECK(open.file->health().problem.empty());
	}
	TEST_CASE("whatever bytes are damaged, nothing crashes and it can be written again") {
		const TemporaryDirectory original;
		fill_file(original, 3);
		const std::string whole = bytes_of(volume_path(original));
		VolumeDice dice(11);
		for (unsigned round = 0; round < 40; ++round) {
			const TemporaryDirectory directory;
			std::string bytes = whole;
			for (unsigned i = 0; i < 1 + round * 3; ++i)
				bytes[dice.below(static_cast<std::uint32_t>(bytes.size()))] = static_cast<char>(dice.below(256));
			std::ofstream(volume_path(directory), std::ios::binary) << bytes;
			OpenVolume open(directory.path());
			open.load();
			open.records();
			open.users();
			CHECK(open.record(hour_of_many(noon_hour + 90)));
			RecordQuery query;
			query.from = noon_hour + 90;
			CHECK(open.records(query).size() == 3000);
		}
	}
	TEST_CASE("a file of a newer gate25, or of another program, is moved aside") {
		const TemporaryDirectory directory;
		fill_file(directory, 1);
		SUBCASE("newer") { run_on_file(directory, "PRAGMA user_version = 99"); }
		SUBCASE("no schema of ours") { run_on_file(directory, "PRAGMA user_version = 0"); }
		OpenVolume open(directory.path());
		CHECK(open.load().entries.empty());
		CHECK(open.records().empty());
		CHECK(broken_files(directory) == 1);
		CHECK(contains(open.file->health().warning, "this gate25 knows 1"));
	}
	TEST_CASE("sums of another layout are dropped, the record stays") {
		const TemporaryDirectory directory;
		fill_file(directory, 2);
		run_on_file(directory, "UPDATE meta SET value = '0 100 little' WHERE name = 'layout'");
		OpenVolume open(directory.path());
		const auto loaded = open.load();
		CHECK(loaded.entries.empty());
		CHECK(loaded.users.size() == 1);
		CHECK(open.records().size() == 6000);
		CHECK(contains(open.file->health().warning, "written by another gate25"));
		CHECK(broken_files(directory) == 0);
	}
	TEST_CASE("a damaged sum is counted anew, the others are loaded") {
		const TemporaryDirectory directory;
		fill_file(directory, 1);
		SUBCASE("other bytes") { run_on_file(directory, "UPDATE entry SET bytes = zeroblob(length(bytes)) WHERE id = 7"); }
		SUBCASE("too few") { run_on_file(directory, "UPDATE entry SET bytes = x'00' WHERE id = 7"); }
		SUBCASE("of somebody else") { run_on_file(directory, "UPDATE entry SET key = x'01020304000000000000000000000000' WHERE id = 7"); }
		OpenVolume open(directory.path());
		CHECK(open.load().entries.size() == 499);
		CHECK(contains(open.file->health().warning, "the sums of 1 in "));
		CHECK(open.load().entries.size() == 499);
	}
	TEST_CASE("a damaged chunk is forgotten, the others are read") {
		const TemporaryDirectory directory;
		fill_file(directory, 3);
		run_on_file(directory, "UPDATE chunk SET bytes = substr(bytes, 1, 100) WHERE hour % 3 = 1");
		OpenVolume open(directory.path());
		CHECK(open.records().size() == 6000);
		CHECK(contains(open.file->health().warning, "a blob of records is damaged"));
	}
	TEST_CASE("a file that goes away while it is in use is made anew") {
		const TemporaryDirectory directory;
		OpenVolume open(directory.path());
		REQUIRE(open.record(hour_of_many(noon_hour)));
		std::string said;
		SUBCASE("deleted") {
			std::filesystem::remove(volume_path(directory));
			said = "was deleted";
		}
		SUBCASE("deleted with its log") {
			std::filesystem::remove(volume_path(directory));
			std::filesystem::remove(volume_path(directory) + "-wal");
			said = "was deleted";
		}
		SUBCASE("replaced") {
			std::ofstream(directory.path() + "/other") << "";
			std::filesystem::rename(directory.path() + "/other", volume_path(directory));
			said = "was replaced";
		}
		CHECK(open.record(hour_of_many(noon_hour + 1)));
		CHECK(contains(open.file->health().warning, said));
		CHECK(open.records().size() == 3000);
		open.file.reset();
		OpenVolume again(directory.path());
		CHECK(again.records().size() == 3000);
	}
	TEST_CASE("a file that is cut short while it is in use is moved aside") {
		const TemporaryDirectory directory;
		fill_file(directory);
		OpenVolume open(directory.path());
		REQUIRE(open.record(hour_of_many(noon_hour)));
		std::filesystem::resize_file(volume_path(directory), 100'000);
		CHECK(open.record(hour_of_many(noon_hour + 1)));
		CHECK(contains(open.file->health().warning, "was cut short"));
		CHECK(open.records().size() == 3000);
	}
}
