// SPDX-License-Identifier: GPL-2.0-or-later
//
// The store's file is deleted, cut short or replaced while it is used.
#include "store_damage.h"

#include <sys/stat.h>

using namespace gate25;
using namespace gate25::test;

TEST_CASE("a database that is deleted while it is used is written anew, with all that was in it") {
	const TemporaryDirectory directory;
	{
		OpenStore open(directory.path());
		REQUIRE(open.commit({numbered(1), exemption(2, "100.64.0.9")}).has_value());
		REQUIRE(open.store->is_in_place().has_value());
		SUBCASE("the file alone") { std::filesystem::remove(directory.database()); }
		SUBCASE("with its log") {
			for (const auto& entry : std::filesystem::directory_iterator(directory.path()))
				std::filesystem::remove(entry.path());
		}
		CHECK(!open.store->is_in_place().has_value());
		REQUIRE(open.commit({numbered(3)}).has_value());
		CHECK(open.store->is_in_place().has_value());
		CHECK(contains(open.store->health().notice, "was deleted while gate25d uses it; it was written anew"));
		CHECK(open.store->health().problem.empty());
		REQUIRE(open.commit({numbered(4)}).has_value());
	}
	struct stat status {};
	REQUIRE(stat(directory.database().c_str(), &status) == 0);
	CHECK((status.st_mode & 0777) == 0600);
	OpenStore open(directory.path());
	const StoredState state = open.load(at_noon);
	CHECK(ids(state.quarantines) == std::vector<std::uint64_t>{1, 3, 4});
	CHECK(ids(state.exemptions) == std::vector<std::uint64_t>{2});
	CHECK(state.next_id == 5);
}

TEST_CASE("a database that is emptied while it is used is written anew from its log") {
	const TemporaryDirectory directory;
	{
		OpenStore open(directory.path());
		REQUIRE(open.commit({numbered(1)}).has_value());
		std::filesystem::resize_file(directory.database(), 0);
		CHECK(!open.store->is_in_place().has_value());
		REQUIRE(open.commit({numbered(2)}).has_value());
		CHECK(open.store->is_in_place().has_value());
		CHECK(contains(open.store->health().notice, "was cut short while gate25d uses it; it was written anew"));
	}
	OpenStore open(directory.path());
	CHECK(ids(open.load(at_noon).quarantines) == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("a database that is cut short and stands nowhere else takes nothing more") {
	const TemporaryDirectory directory;
	store_some(directory, 300);
	OpenStore open(directory.path());
	const std::size_t expected = open.load(at_noon).quarantines.size();
	CHECK(expected == 300);
	std::uintmax_t left = 0;
	SUBCASE("emptied") {}
	SUBCASE("the half of it") { left = std::filesystem::file_size(directory.database()) / 2; }
	std::filesystem::resize_file(directory.database(), left);
	const auto result = open.commit({numbered(1000)});
	REQUIRE(!result.has_value());
	CHECK(contains(result.error().text, "not stored: "));
	CHECK(contains(result.error().text, "was cut short while gate25d uses it and cannot be written anew"));
	CHECK(!open.store->health().is_writable);
	CHECK(std::filesystem::file_size(directory.database()) == left);
}

TEST_CASE("a database that cannot be written anew is a failure until it can") {
	const TinyDisk disk;
	if (!disk.is_mounted()) {
		MESSAGE("skipped: no right to mount a small disk");
		return;
	}
	OpenStore open(disk.path());
	REQUIRE(open.commit({numbered(1)}).has_value());
	std::filesystem::remove(disk.path() + "/gate25.db");
	disk.fill();
	const auto result = open.commit({numbered(2)});
	REQUIRE(!result.has_value());
	CHECK(contains(result.error().text, "was deleted while gate25d uses it"));
	CHECK(contains(result.error().text, "is full"));
	disk.make_room();
	REQUIRE(open.commit({numbered(3)}).has_value());
	CHECK(ids(open.history({}).quarantines) == std::vector<std::uint64_t>{3, 1});
}

TEST_CASE("a database that is replaced while it is used is left alone and told") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	REQUIRE(open.commit({numbered(1)}).has_value());
	std::filesystem::rename(directory.database(), directory.path() + "/old");
	std::ofstream(directory.database()) << "a backup, perhaps";
	CHECK(!open.store->is_in_place().has_value());
	const auto result = open.commit({numbered(2)});
	REQUIRE(!result.has_value());
	CHECK(contains(result.error().text, "was replaced while gate25d uses it; restart gate25d"));
	CHECK(!open.store->health().is_writable);
	CHECK(open.store->health().problem == result.error().text);
	CHECK(bytes_of(directory.database()) == "a backup, perhaps");
}
