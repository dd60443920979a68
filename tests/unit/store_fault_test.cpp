// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the store does when something is wrong: disk, file, directory, another agent.
#include "edge/store/schema.h"
#include "store_damage.h"

#include <csignal>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace gate25;
using namespace gate25::test;

namespace {

class FileSizeLimit {
public:
	explicit FileSizeLimit(rlim_t bytes) {
		getrlimit(RLIMIT_FSIZE, &before_);
		const rlimit limited{bytes, before_.rlim_max};
		setrlimit(RLIMIT_FSIZE, &limited);
	}
	~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

private:
	rlimit before_{};
};

void run_on_file(const TemporaryDirectory& directory, const char* script) {
	auto database = sql::Database::open(directory.database(), directory.path());
	REQUIRE(database.has_value());
	REQUIRE((*database)->run(script).has_value());
}

std::string refusal(const std::string& directory) {
	TestLoop loop;
	auto opened = SqliteStore::open(directory, loop.post());
	REQUIRE(!opened.has_value());
	return opened.error().text;
}

std::vector<std::string> broken_files(const TemporaryDirectory& directory) {
	std::vector<std::string> found;
	for (const auto& entry : std::filesystem::directory_iterator(directory.path()))
		if (contains(entry.path().filename().string(), "gate25.db.broken-")) found.push_back(entry.path().string());
	return found;
}

} // namespace

TEST_CASE("a full disk is told, nothing half is stored, and it goes on by itself") {
	const TinyDisk disk;
	if (!disk.is_mounted()) {
		MESSAGE("skipped: no right to mount a small disk");
		return;
	}
	std::uint64_t stored = 0;
	{
		OpenStore open(disk.path());
		open.load(at_noon);
		REQUIRE(open.commit({numbered(++stored)}).has_value());
		disk.fill();
		Result<void> result;
		while (result) {
			result = open.commit({numbered(++stored), audit(100'000 + stored, "100.64.0.7", stored)});
			REQUIRE(stored < 2000);
		}
		--stored;
		CHECK(result.error().kind == ErrorKind::storage);
		CHECK(contains(result.error().text, "not stored: the disk of " + disk.path() + " is full"));
		CHECK(!open.store->health().is_writable);
		CHECK(open.store->health().problem == result.error().text);
		CHECK(open.history({}).quarantines.size() == stored);
		disk.make_room();
		SUBCASE("with the next commit") { CHECK(open.commit({numbered(++stored)}).has_value()); }
		SUBCASE("with no commit") {
			for (int i = 0; i < 50 && !open.store->health().is_writable; ++i)
				std::this_thread::sleep_for(std::chrono::milliseconds(100));
		}
		CHECK(open.store->health().is_writable);
		CHECK(open.store->health().problem.empty());
	}
	OpenStore open(disk.path());
	CHECK(open.load(at_noon).quarantines.size() == stored);
}

TEST_CASE("a store can be opened and read on a full disk") {
	const TinyDisk disk;
	if (!disk.is_mounted()) {
		MESSAGE("skipped: no right to mount a small disk");
		return;
	}
	{
		OpenStore open(disk.path());
		REQUIRE(open.commit({numbered(1)}).has_value());
	}
	disk.fill();
	OpenStore open(disk.path());
	CHECK(open.load(at_noon).quarantines.size() == 1);
	Result<void> result;
	for (std::uint64_t id = 2; result && id < 100; ++id) result = open.commit({numbered(id)});
	REQUIRE(!result.has_value());
	CHECK(contains(result.error().text, "is full"));
	disk.make_room();
	CHECK(open.commit({numbered(200)}).has_value());
}

TEST_CASE("a file that may not grow is an error, not the end") {
	const TemporaryDirectory directory;
	OpenStore open(directory.path());
	REQUIRE(open.commit({numbered(1)}).has_value());
	{
		const FileSizeLimit limit(256 * 1024);
		Result<void> result;
		for (std::uint64_t id = 2; result && id < 500; ++id) result = open.commit({numbered(id)});
		REQUIRE(!result.has_value());
		CHECK(contains(result.error().text, "not stored: "));
		CHECK(!open.store->health().is_writable);
	}
	CHECK(open.commit({numbered(1000)}).has_value());
	CHECK(open.store->health().is_writable);
}

TEST_CASE("one commit that is refused harms no other") {
	const TemporaryDirectory directory;
	{ const OpenStore open(directory.path()); }
	run_on_file(directory, "CREATE TRIGGER refuse BEFORE INSERT ON quarantine WHEN new.ticket = 'RT#13'"
	                       " BEGIN SELECT RAISE(ABORT, 'an unlucky number'); END");
	std::vector<std::uint64_t> good;
	std::vector<std::uint64_t> bad;
	{
		OpenStore open(directory.path());
		open.load(at_noon);
		for (std::uint64_t id = 1; id <= 30; ++id) {
			open.store->commit({numbered(100 + id), numbered(id)}, [&good, &bad, id](const Result<void>& result) {
				(result ? good : bad).push_back(id);
				if (!result) CHECK(contains(result.error().text, "an unlucky number"));
			});
		}
		open.loop.run_until([&] { return good.size() + bad.size() == 30; });
		CHECK(bad == std::vector<std::uint64_t>{13});
		CHECK(std::ranges::is_sorted(good));
		CHECK(open.store->health().is_writable);
		CHECK(open.store->health().failures == 1);
		CHECK(open.store->count_since(numbered(112).prefix, noon) == 1);
		CHECK(open.store->count_since(numbered(113).prefix, noon) == 0);
	}
	OpenStore open(directory.path());
	CHECK(open.load(at_noon).quarantines.size() == 58);
}

TEST_CASE("a second agent is refused and told who uses the store") {
	const TemporaryDirectory directory;
	const OpenStore open(directory.path());
	const std::string text = refusal(directory.path());
	CHECK(text == "another gate25d (pid " + std::to_string(getpid()) + ") uses " + directory.path());
}

TEST_CASE("a directory that is not ours alone is refused") {
	const TemporaryDirectory directory;
	SUBCASE("everybody may write") {
		chmod(directory.path().c_str(), 0777);
		CHECK(contains(refusal(directory.path()), "chmod o-w " + directory.path()));
	}
	SUBCASE("it is a file") {
		const std::string path = directory.path() + "/file";
		std::ofstream(path) << "x";
		CHECK(contains(refusal(path), "cannot be opened: Not a directory"));
	}
	SUBCASE("the lock is a symbolic link") {
		std::filesystem::create_symlink("/etc/passwd", directory.path() + "/lock");
		CHECK(contains(refusal(directory.path()), "the file \"lock\" cannot be opened"));
	}
	SUBCASE("the database is a symbolic link") {
		std::filesystem::create_symlink("/etc/passwd", directory.database());
		CHECK(contains(refusal(directory.path()), "the file \"gate25.db\" cannot be opened"));
	}
	SUBCASE("its parent is missing") {
		CHECK(contains(refusal(directory.path() + "/a/b"), "cannot be made: No such file or directory"));
	}
	SUBCASE("somebody else owns it") {
		if (geteuid() != 0) return;
		REQUIRE(chown(directory.path().c_str(), 65534, 65534) == 0);
		CHECK(contains(refusal(directory.path()), "belongs to uid 65534, gate25d runs as uid 0"));
	}
	SUBCASE("it cannot be written") {
		if (geteuid() != 0) return;
		REQUIRE(chown(directory.path().c_str(), 65534, 65534) == 0);
		REQUIRE(chmod(directory.path().c_str(), 0500) == 0);
		REQUIRE(seteuid(65534) == 0);
		const std::string text = refusal(directory.path());
		REQUIRE(seteuid(0) == 0);
		CHECK(contains(text, "the file \"lock\" cannot be opened: Permission denied"));
	}
}

TEST_CASE("a missing state directory is made, for us alone") {
	const TemporaryDirectory directory;
	const std::string path = directory.path() + "/state";
	const OpenStore open(path);
	struct stat status {};
	REQUIRE(stat(path.c_str(), &status) == 0);
	CHECK((status.st_mode & 0777) == 0700);
	REQUIRE(stat((path + "/gate25.db").c_str(), &status) == 0);
	CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("a damaged database is moved aside, and the store begins anew with what could be read") {
	const TemporaryDirectory directory;
	store_some(directory, 200);
	std::string bytes = bytes_of(directory.database());
	REQUIRE(bytes.size() > 100'000);
	std::size_t at_least = 0;
	SUBCASE("no database at all") { bytes = "this is not a database, it is a poem of some length\n" + bytes; }
	SUBCASE("the first page is garbage") { bytes.replace(0, 4096, 4096, '\x5a'); }
	SUBCASE("cut off in the middle") { bytes.resize(bytes.size() / 2); }
	SUBCASE("random bytes everywhere") {
		for (std::size_t i = 5000; i < bytes.size(); i += 37) bytes[i] = static_cast<char>(i * 131);
	}
	SUBCASE("a page in the middle is zero") {
		bytes.replace(40 * 4096, 4096, 4096, '\0');
		at_least = 200 - 128;
	}
	SUBCASE("an index is zero") {
		// The second page of the file is the first table, the third its index.
		bytes.replace(2 * 4096, 4096, 4096, '\0');
	}
	std::ofstream(directory.database(), std::ios::binary) << bytes;
	OpenStore open(directory.path());
	const StoredState state = open.load(at_noon);
	CHECK(contains(state.warning, directory.database() + " is damaged"));
	CHECK(contains(state.warning, "moved aside to " + directory.database() + ".broken-"));
	CHECK(contains(state.warning, "begun anew with " + std::to_string(state.quarantines.size()) + " decisions"));
	CHECK(broken_files(directory).size() >= 1);
	CHECK(state.quarantines.size() >= at_least);
	for (const Quarantine& read : state.quarantines) CHECK(read.prefix == numbered(read.id).prefix);
	CHECK(open.commit({numbered(1000)}).has_value());
	CHECK(ids(open.history({}).quarantines).front() == 1000);
	CHECK(open.history({}).quarantines.size() == state.quarantines.size() + 1);
}

TEST_CASE("a row that no gate25 can have written counts as damage, the others are taken over") {
	const TemporaryDirectory directory;
	store_some(directory, 5);
	run_on_file(directory, "UPDATE quarantine SET level = 'dungeon' WHERE id = 3");
	{
		OpenStore open(directory.path());
		const StoredState state = open.load(at_noon);
		CHECK(contains(state.warning, "row 3 has no valid level"));
		CHECK(ids(state.quarantines) == std::vector<std::uint64_t>{1, 2, 4, 5});
		CHECK(state.next_id == 6);
		CHECK(open.store->count_since(numbered(5).prefix, noon) == 1);
	}
	OpenStore open(directory.path());
	const StoredState state = open.load(at_noon);
	CHECK(state.warning.empty());
	CHECK(ids(state.quarantines) == std::vector<std::uint64_t>{1, 2, 4, 5});
}

TEST_CASE("a database of a newer gate25 is refused and left alone") {
	const TemporaryDirectory directory;
	store_some(directory, 3);
	run_on_file(directory, "PRAGMA user_version = 99");
	const std::string before = bytes_of(directory.database());
	const std::string text = refusal(directory.path());
	CHECK(contains(text, "was written by a newer gate25 (schema 99"));
	CHECK(contains(text, "install the newer gate25 again"));
	CHECK(bytes_of(directory.database()) == before);
	CHECK(broken_files(directory).empty());
}

TEST_CASE("an older database is migrated in one transaction, or not at all") {
	const TemporaryDirectory directory;
	auto database = sql::Database::open(directory.database(), directory.path());
	REQUIRE(database.has_value());
	const char* const first[] = {"CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (7)"};
	REQUIRE(migrate(**database, first, "db").has_value());
	const char* const broken[] = {first[0], "ALTER TABLE a ADD COLUMN y INTEGER", "DROP TABLE missing"};
	CHECK(!migrate(**database, broken, "db").has_value());
	CHECK((*database)->integer("PRAGMA user_version").value() == 1);
	const char* const right[] = {first[0], "ALTER TABLE a ADD COLUMN y INTEGER", "UPDATE a SET y = x + 1"};
	REQUIRE(migrate(**database, right, "db").has_value());
	CHECK((*database)->integer("PRAGMA user_version").value() == 3);
	CHECK((*database)->integer("SELECT y FROM a").value() == 8);
	CHECK(migrate(**database, right, "db").has_value());
}
