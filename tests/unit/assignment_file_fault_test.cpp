// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the file of assignments does when something is wrong with disk or file: whoever waits is told, nothing that was
// acknowledged is lost as long as the bytes are anywhere, and it goes on by itself.
#include "assignment_file_fixture.h"
#include "store_damage.h"

#include <csignal>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

using namespace gate25;
using namespace gate25::test;

namespace {

std::vector<AssignmentRow> many(std::uint32_t first, std::uint32_t count) {
	std::vector<AssignmentRow> rows;
	for (std::uint32_t i = first; i < first + count; ++i) {
		rows.push_back(began(numbered_assignment(i)));
		if (i % 2 == 0) continue;
		rows.push_back(ended(numbered_assignment(i), i));
	}
	return rows;
}

void fill_file(const TemporaryDirectory& directory, std::uint32_t count = 4000) {
	OpenAssignments open(directory.path());
	REQUIRE(open.write(many(0, count)));
}

std::vector<std::string> broken_files(const TemporaryDirectory& directory) {
	std::vector<std::string> found;
	for (const auto& entry : std::filesystem::directory_iterator(directory.path()))
		if (contains(entry.path().filename().string(), "assignments.db.broken-") && !contains(entry.path().string(), "-wal"))
			found.push_back(entry.path());
	return found;
}

void run_on_file(const TemporaryDirectory& directory, const char* script) {
	auto database = sql::Database::open(assignments_path(directory), directory.path());
	REQUIRE(database.has_value());
	const auto ran = (*database)->run(script);
	REQUIRE_MESSAGE(ran.has_value(), (ran ? "" : ran.error().text));
}

std::size_t everything(OpenAssignments& open) {
	AssignmentQuery query;
	query.limit = 1'000'000;
	return open.history(query).size();
}

} // namespace

TEST_SUITE("assignment file faults") {
	TEST_CASE("a full disk is told, what is there can be read, and it goes on by itself when there is room again") {
		const TinyDisk disk;
		if (!disk.is_mounted()) {
			MESSAGE("skipped: no right to mount a small disk");
			return;
		}
		OpenAssignments open(disk.path());
		REQUIRE(open.write(many(0, 100)));
		disk.fill();
		Result<void> result;
		std::uint32_t next = 100;
		for (; result && next < 100'000; next += 100) result = open.write(many(next, 100));
		REQUIRE(!result.has_value());
		CHECK(contains(result.error().text, "the disk of " + disk.path() + " is full"));
		CHECK(open.file->health().problem == result.error().text);
		CHECK(!open.file->health().is_writable);
		CHECK(open.file->health().failures == 1);
		CHECK(everything(open) == next - 100);
		CHECK(open.holder("100.64.0.2", 5) == "subscriber-2");
		disk.make_room();
		SUBCASE("with the next write") { CHECK(open.write(many(next - 100, 100))); }
		SUBCASE("with none") {
			ask_until([&] { return open.file->health().is_writable; });
			CHECK(open.write(many(next - 100, 100)));
		}
		CHECK(open.file->health().problem.empty());
		CHECK(everything(open) == next);
	}
	TEST_CASE("a file can be opened and read on a full disk") {
		const TinyDisk disk;
		if (!disk.is_mounted()) {
			MESSAGE("skipped: no right to mount a small disk");
			return;
		}
		{
			OpenAssignments open(disk.path());
			REQUIRE(open.write(many(0, 100)));
		}
		disk.fill();
		OpenAssignments open(disk.path());
		CHECK(open.load().size() == 50);
		CHECK(everything(open) == 100);
	}
	TEST_CASE("a disk that cannot be written is told, and it goes on") {
		const TinyDisk disk;
		if (!disk.is_mounted()) {
			MESSAGE("skipped: no right to mount a small disk");
			return;
		}
		OpenAssignments open(disk.path());
		REQUIRE(open.write(many(0, 100)));
		open.file.reset();
		REQUIRE(mount("none", disk.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0);
		open.file = std::make_unique<AssignmentFile>(disk.path(), open.loop.post());
		open.file->set_sources({"radius"});
		CHECK(!open.write(many(100, 100)).has_value());
		CHECK(contains(open.file->health().problem, "assignments.db"));
		REQUIRE(mount("none", disk.path().c_str(), nullptr, MS_REMOUNT, nullptr) == 0);
		CHECK(open.write(many(100, 100)));
		CHECK(everything(open) == 200);
		CHECK(open.file->health().problem.empty());
	}
	TEST_CASE("a directory that cannot be used is an error of each call, not the end") {
		const TemporaryDirectory directory;
		const std::string missing = directory.path() + "/missing";
		OpenAssignments open(missing);
		const auto written = open.write(many(0, 1));
		REQUIRE(!written.has_value());
		CHECK(contains(written.error().text, missing + "/assignments.db cannot be opened: No such file or directory"));
		CHECK(!open.file->load([](Assignment&&) {}).has_value());
		CHECK(!open.forget("anna").has_value());
		CHECK(open.file->health().problem == written.error().text);
		std::filesystem::create_directory(missing);
		ask_until([&] { return open.file->health().problem.empty(); });
		CHECK(open.write(many(0, 2)));
		CHECK(open.load().size() == 1);
	}
	TEST_CASE("a symbolic link in its place is not followed") {
		const TemporaryDirectory directory;
		std::filesystem::create_symlink(directory.path() + "/elsewhere", assignments_path(directory));
		OpenAssignments open(directory.path());
		CHECK(!open.write(many(0, 1)).has_value());
		CHECK(!std::filesystem::exists(directory.path() + "/elsewhere"));
	}
	TEST_CASE("a damaged file is moved aside, and what stands is taken over as far as it can be read") {
		const TemporaryDirectory directory;
		fill_file(directory);
		std::string bytes = bytes_of(assignments_path(directory));
		REQUIRE(bytes.size() > 200'000);
		std::size_t taken = 0;
		SUBCASE("no database at all") { bytes = "this is not a database, it is a poem of some length\n" + bytes; }
		SUBCASE("the first page is garbage") { bytes.replace(0, 4096, 4096, '\x5a'); }
		SUBCASE("one page in the table of what stands") {
			const auto at = bytes.find(std::string("\x04\x64\x40\x02\x80", 5));
			REQUIRE(at != std::string::npos);
			bytes.replace(at / 4096 * 4096, 4096, 4096, '\x5a');
			taken = 1000;
		}
		std::ofstream(assignments_path(directory), std::ios::binary) << bytes;
		OpenAssignments open(directory.path());
		CHECK(open.load().size() >= taken);
		CHECK(open.write(many(5000, 10)));
		CHECK(broken_files(directory).size() == 1);
		CHECK(contains(open.file->health().warning, "moved aside to " + assignments_path(directory) + ".broken-"));
		CHECK(open.file->health().problem.empty());
	}
	TEST_CASE("whatever bytes are damaged, nothing crashes and it can be written again") {
		const TemporaryDirectory original;
		fill_file(original, 600);
		const std::string whole = bytes_of(assignments_path(original));
		std::mt19937 random(25);
		for (unsigned round = 0; round < 40; ++round) {
			const TemporaryDirectory directory;
			std::string bytes = whole;
			for (unsigned i = 0; i < 1 + round * 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
			std::ofstream(assignments_path(directory), std::ios::binary) << bytes;
			OpenAssignments open(directory.path());
			std::size_t loaded = 0;
			static_cast<void>(open.file->load([&](Assignment&&) { ++loaded; }));
			open.wait<std::vector<AssignmentRow>>([&](auto done) { open.file->history({}, std::move(done)); });
			open.file->prune(after_noon(100));
			Result<void> written = open.write(many(9000, 100));
			if (!written) written = open.write(many(9000, 100));
			CHECK_MESSAGE(written.has_value(), (written ? "" : written.error().text));
			CHECK(open.holder(numbered_prefix(9000).text(), 20000) == "subscriber-9000");
		}
	}
	TEST_CASE("a file of a newer gate25 is refused and stays as it is") {
		const TemporaryDirectory directory;
		fill_file(directory, 100);
		run_on_file(directory, "PRAGMA user_version = 99");
		const std::string before = bytes_of(assignments_path(directory));
		{
			OpenAssignments open(directory.path());
			const auto loaded = open.file->load([](Assignment&&) {});
			REQUIRE(!loaded.has_value());
			CHECK(loaded.error().kind == ErrorKind::conflict);
			CHECK(contains(loaded.error().text, "was written by a newer gate25 (schema 99, this one knows 1)"));
			CHECK(!open.write(many(0, 1)).has_value());
			CHECK(contains(open.file->health().problem, "newer gate25"));
		}
		CHECK(broken_files(directory).empty());
		CHECK(bytes_of(assignments_path(directory)) == before);
	}
	TEST_CASE("a file of another program is moved aside") {
		const TemporaryDirectory directory;
		run_on_file(directory, "CREATE TABLE poem (line TEXT)");
		OpenAssignments open(directory.path());
		CHECK(open.load().empty());
		CHECK(broken_files(directory).size() == 1);
		CHECK(contains(open.file->health().warning, "no file of gate25's assignments"));
	}
	TEST_CASE("a file that is deleted while it is in use is written anew, and nothing is lost") {
		const TemporaryDirectory directory;
		{
			OpenAssignments open(directory.path());
			REQUIRE(open.write(many(0, 100)));
			std::filesystem::remove(assignments_path(directory));
			SUBCASE("alone") {}
			SUBCASE("with its log") { std::filesystem::remove(assignments_path(directory) + "-wal"); }
			CHECK(open.write(many(100, 100)));
			CHECK(contains(open.file->health().warning, "was deleted while gate25d uses it; it was written anew, nothing is lost"));
			CHECK(everything(open) == 200);
		}
		OpenAssignments open(directory.path());
		CHECK(everything(open) == 200);
	}
	TEST_CASE("that it was deleted is noticed without a call") {
		const TemporaryDirectory directory;
		OpenAssignments open(directory.path());
		REQUIRE(open.write(many(0, 100)));
		std::filesystem::remove(assignments_path(directory));
		ask_until([&] { return std::filesystem::exists(assignments_path(directory)); });
		ask_until([&] { return !open.file->health().warning.empty(); });
	}
	TEST_CASE("a file that was replaced while it is in use is not written") {
		const TemporaryDirectory directory;
		OpenAssignments open(directory.path());
		REQUIRE(open.write(many(0, 100)));
		std::ofstream(directory.path() + "/other") << "precious";
		std::filesystem::rename(directory.path() + "/other", assignments_path(directory));
		const auto written = open.write(many(100, 100));
		REQUIRE(!written.has_value());
		CHECK(contains(written.error().text, "was replaced while gate25d uses it; restart gate25d"));
		CHECK(bytes_of(assignments_path(directory)) == "precious");
	}
	TEST_CASE("a file that is cut short while it is in use is moved aside") {
		const TemporaryDirectory directory;
		fill_file(directory);
		OpenAssignments open(directory.path());
		REQUIRE(open.write(many(5000, 10)));
		std::filesystem::resize_file(assignments_path(directory), 100'000);
		CHECK(open.write(many(6000, 10)));
		CHECK(contains(open.file->health().warning, "was cut short"));
		CHECK(broken_files(directory).size() == 1);
		CHECK(open.holder(numbered_prefix(6000).text(), 20000) == "subscriber-6000");
	}
	TEST_CASE("what was answered is there after kill -9, and what was not is there wholly or not at all") {
		const TemporaryDirectory directory;
		int answers[2];
		REQUIRE(pipe(answers) == 0);
		const pid_t child = fork();
		if (child == 0) {
			close(answers[0]);
			OpenAssignments open(directory.path());
			for (std::uint32_t i = 0;; i += 10)
				if (!open.write(many(i, 10)) || ::write(answers[1], &i, sizeof i) != sizeof i) _exit(1);
		}
		close(answers[1]);
		std::uint32_t last = 0;
		while (last < 300) REQUIRE(::read(answers[0], &last, sizeof last) == sizeof last);
		kill(child, SIGKILL);
		waitpid(child, nullptr, 0);
		while (::read(answers[0], &last, sizeof last) == sizeof last) {}
		close(answers[0]);
		OpenAssignments open(directory.path());
		const std::size_t found = everything(open);
		CHECK(found >= last + 10);
		CHECK(found <= last + 20);
		CHECK(found % 10 == 0);
	}
}
