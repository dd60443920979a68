// SPDX-License-Identifier: GPL-2.0-or-later
//
// Readers that die, hang, eat memory, or lie; and who gets which answer then.
#include "world.h"

#include <csignal>
#include <sys/wait.h>

using namespace gate25;
using reader_test::arf;
using reader_test::BadWorld;
using reader_test::children;
using reader_test::patience;
using reader_test::World;

namespace {

// Orders that are carried out together; the reasons, or the errors.
std::vector<std::string> obey_all(BadWorld& world, const std::vector<std::string>& orders) {
	std::vector<std::string> told(orders.size());
	std::size_t done = 0;
	ReaderPool& pool = world.start();
	for (std::size_t i = 0; i < orders.size(); ++i)
		pool.read({orders[i], {}, {}}, [&, i](const Result<Reading>& reading) {
			told[i] = reading ? reading->reports.at(0).report.why : reading.error().text;
			++done;
		});
	REQUIRE(world.loop.run_until([&] { return done == orders.size(); }, patience));
	return told;
}

constexpr const char* deadly = "two readers have died of it";

} // namespace

TEST_CASE("death: who kills two readers is for a person") {
	BadWorld world;
	std::vector<std::string> orders{"die"};
	if (reader_test::is_memory_limited) orders.push_back("eat");
	for (const std::string& order : orders) {
		CAPTURE(order);
		const auto reading = world.read(order);
		REQUIRE_FALSE(reading);
		CHECK(reading.error().kind == ErrorKind::bad_input);
		CHECK(reading.error().text.find(deadly) == 0);
	}
	CHECK(world.pool->health().restarts == 2 * orders.size());
	CHECK(world.obey("nothing") == "obeyed");
	CHECK(world.pool->health().problem.empty());
}

TEST_CASE("death: a hanging reader is given up after its time") {
	BadWorld world;
	world.options.deadline = Milliseconds(300);
	const auto reading = world.read("hang");
	REQUIRE_FALSE(reading);
	CHECK(reading.error().kind == ErrorKind::bad_input);
	CHECK(reading.error().text.find("no answer within 300 ms") != std::string::npos);
	CHECK(world.pool->health().restarts == 2);
	CHECK(world.obey("nothing") == "obeyed");
}

TEST_CASE("death: of many at once only the guilty pay, also when answers were gathered") {
	for (const char* order : {"gather", "nothing"}) {
		BadWorld world;
		std::vector<std::string> orders(200, order);
		orders[50] = orders[120] = "die";
		const auto told = obey_all(world, orders);
		for (std::size_t i = 0; i < told.size(); ++i) {
			CAPTURE(i);
			if (orders[i] == "die")
				CHECK(told[i].find(deadly) == 0);
			else
				CHECK(told[i] == "obeyed");
		}
	}
}

TEST_CASE("death: one that verifies, likewise") {
	BadWorld world;
	const auto reading = world.read(ReadingJob{"die", "signature", {}});
	REQUIRE_FALSE(reading);
	CHECK(reading.error().kind == ErrorKind::bad_input);
	CHECK(world.pool->health().restarts == 2);
	CHECK(world.obey("nothing", "signature") == "obeyed");
}

TEST_CASE("death: what no sound reader says ends it") {
	BadWorld world;
	const Reading sound{{ReadReport{}}, 0};
	const std::string text = spell_reading(sound);
	const auto with = [&](const std::string& old, const std::string& now) {
		std::string altered = text;
		REQUIRE(altered.find(old) != std::string::npos);
		return altered.replace(altered.find(old), old.size(), now);
	};
	for (const std::string& answer :
	     {std::string("{}"), std::string("no JSON"), std::string("{\"ready\":true}"), std::string("{\"key\":null}"),
	      with("\"none\",\"key\":\"\",\"addresses\":[]", "\"good\",\"key\":\"0123456789ABCDEF\",\"addresses\":[\"a@b.example\"]"),
	      with("\"reports\":1", "\"reports\":2"), with("\"line\":1", "\"line\":1,\"more\":1"), text + "\n" + text}) {
		CAPTURE(answer);
		const auto reading = world.read("lie " + answer);
		REQUIRE_FALSE(reading);
		CHECK(reading.error().text.find("what is no answer") + 1 + reading.error().text.find("ready") + 1 > 0);
		CHECK(reading.error().text.find(deadly) == 0);
	}
	CHECK(world.read("lie " + text));
}

TEST_CASE("death: from outside, once or in the midst of a thousand, loses nothing") {
	World world;
	REQUIRE(world.read(arf("203.0.113.7")));
	for (const int signal : {SIGKILL, SIGSEGV, SIGTERM}) {
		REQUIRE(children().size() == 1);
		::kill(children()[0], signal);
		CHECK(world.read(arf("203.0.113.7")));
	}
	constexpr std::size_t count = 1000;
	std::size_t done = 0, right = 0;
	for (std::size_t i = 0; i < count; ++i)
		world.pool->read({arf("2001:db8::7", std::to_string(i)), {}, {}}, [&](const Result<Reading>& told) {
			right += told && told->reports.size() == 1 && told->reports[0].report.address ? 1 : 0;
			if (++done == count / 2)
				for (const pid_t pid : children()) ::kill(pid, SIGKILL);
		});
	REQUIRE(world.loop.run_until([&] { return done == count; }, patience));
	CHECK(right == count);
	CHECK(world.pool->health().restarts == 4);
}

TEST_CASE("death: a stopped reader is replaced") {
	World world;
	world.options.deadline = Milliseconds(1000);
	REQUIRE(world.read(arf("203.0.113.7")));
	::kill(children().at(0), SIGSTOP);
	CHECK(world.read(arf("203.0.113.7")));
	CHECK(world.pool->health().restarts == 1);
}

TEST_CASE("death: a reader that cannot be started is a problem, until it can") {
	World world;
	world.options.program = world.scratch.path + "/reader";
	auto reading = world.read(arf("203.0.113.7"));
	REQUIRE_FALSE(reading);
	CHECK(reading.error().kind == ErrorKind::unavailable);
	CHECK(world.pool->health().problem.find("cannot start") != std::string::npos);
	std::filesystem::create_symlink("/bin/false", world.options.program);
	reading = world.read(ReadingJob{arf("203.0.113.7"), "signature", {}});
	REQUIRE_FALSE(reading);
	CHECK(reading.error().kind == ErrorKind::unavailable);
	std::filesystem::remove(world.options.program);
	std::filesystem::create_symlink(reader_program(), world.options.program);
	while (!(reading = world.read(arf("203.0.113.7"))) && reading.error().kind == ErrorKind::unavailable) {}
	CHECK(reading);
	CHECK(world.pool->health().problem == "it ended with status 1"); // of those that verify
	CHECK(world.read(ReadingJob{arf("203.0.113.7"), "signature", {}}));
	CHECK(world.pool->health().problem.empty());
	std::filesystem::remove(world.options.program);
}

TEST_CASE("death: nothing is left of a hundred processes") {
	World world;
	world.options.jobs_per_process = 1;
	REQUIRE(world.read(arf("203.0.113.7")));
	const std::size_t files = reader_test::open_files();
	for (int i = 0; i < 100; ++i) REQUIRE(world.read(arf("203.0.113.7")));
	CHECK(world.loop.run_until([&] { return world.pool->health().processes == 1; }, patience));
	CHECK(children().size() == 1);
	CHECK(reader_test::open_files() <= files + 1);
	CHECK(world.pool->health().restarts == 0);
}

TEST_CASE("death: what a killed agent has left is swept, and nothing else") {
	World world;
	const pid_t dead = ::fork();
	if (dead == 0) ::_exit(0);
	REQUIRE(::waitpid(dead, nullptr, 0) == dead);
	const auto made = [&](const std::string& name) {
		const std::string path = world.scratch.path + "/" + name;
		std::filesystem::create_directory(path);
		std::ofstream(path + "/pubring.kbx") << "keys";
		return path;
	};
	const std::string left = made(fmt::format("gate25-reader-{}-a1b2c3", dead));
	const std::vector<std::string> others{made("gate25-reader-1-a1b2c3"), made("gate25-reader-x"), made("gate25-reader-")};
	world.start();
	CHECK_FALSE(std::filesystem::exists(left));
	for (const std::string& other : others) CHECK(std::filesystem::remove_all(other) == 2);
}
