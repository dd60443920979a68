// SPDX-License-Identifier: GPL-2.0-or-later
#include "world.h"

#include <set>

using namespace gate25;
using reader_test::arf;
using reader_test::patience;
using reader_test::World;

TEST_CASE("pool: a mail goes in and a report comes out") {
	World world;
	for (const char* address : {"203.0.113.7", "2001:db8:1000::7"}) {
		const auto reading = world.read(arf(address));
		REQUIRE_MESSAGE(reading, reading.error().text);
		REQUIRE(reading->reports.size() == 1);
		const ReadReport& read = reading->reports[0];
		CHECK(read.report.format == ReportFormat::arf);
		CHECK(read.report.outcome == ReportOutcome::parsed);
		CHECK(read.report.address->text() == address);
		CHECK(read.report.port == 40123);
		CHECK(read.report.id == "<1@reporter.example>");
		CHECK(read.signature.state == SignatureState::none);
		CHECK(read.line == 1);
	}
	CHECK(world.pool->health().processes == 1);
	CHECK(world.pool->health().jobs == 2);
	CHECK(world.pool->health().restarts == 0);
	CHECK(world.pool->health().problem.empty());
}

TEST_CASE("pool: a thousand mails, each with its own answer") {
	World world;
	ReaderPool& pool = world.start();
	constexpr std::size_t count = 1000;
	std::size_t right = 0, done = 0;
	for (std::size_t i = 0; i < count; ++i) {
		const std::string address = fmt::format("198.51.100.{}", i % 250 + 1);
		pool.read({arf(address, std::to_string(i), i % 50), {}, {}}, [&, address, i](Result<Reading> told) {
			const bool is_right = told && told->reports.size() == 1 && told->reports[0].report.address &&
			                      told->reports[0].report.address->text() == address && i == done;
			right += is_right ? 1 : 0;
			++done;
		});
	}
	CHECK(pool.health().waiting == count);
	REQUIRE(world.loop.run_until([&] { return done == count; }, patience));
	CHECK(right == count);
	CHECK(pool.health().processes == 1);
	CHECK(pool.health().jobs == count);
	CHECK(pool.health().waiting == 0);
}

TEST_CASE("pool: a process is replaced after its share of jobs") {
	World world;
	world.options.jobs_per_process = 10;
	ReaderPool& pool = world.start();
	std::set<pid_t> seen;
	std::size_t done = 0;
	for (int i = 0; i < 95; ++i)
		pool.read({arf("203.0.113.7"), {}, {}}, [&](const Result<Reading>& told) {
			CHECK(told);
			++done;
			for (const pid_t pid : reader_test::children()) seen.insert(pid);
		});
	REQUIRE(world.loop.run_until([&] { return done == 95; }, patience));
	CHECK(seen.size() == 10);
	CHECK(pool.health().restarts == 0);
}

TEST_CASE("pool: no more waits than it may") {
	World world;
	world.options.most_waiting = 5;
	world.options.most_bytes = 10'000;
	ReaderPool& pool = world.start();
	std::size_t busy = 0, read = 0;
	const auto count = [&](const Result<Reading>& told) {
		(told ? read : busy) += told || told.error().kind == ErrorKind::busy ? 1 : 0;
	};
	for (int i = 0; i < 8; ++i) pool.read({arf("203.0.113.7"), {}, {}}, count);
	REQUIRE(world.loop.run_until([&] { return busy + read == 8; }, patience));
	CHECK(busy == 3);
	for (int i = 0; i < 2; ++i) pool.read({std::string(9'000, 'x'), {}, {}}, count);
	REQUIRE(world.loop.run_until([&] { return busy + read == 10; }, patience));
	CHECK(busy == 4);
	CHECK(pool.health().waiting == 0);
}

TEST_CASE("pool: signatures wait in a line of their own, two at a time") {
	reader_test::BadWorld world;
	world.options.most_signed = 3;
	ReaderPool& pool = world.start();
	std::size_t busy = 0, read = 0, most = 0;
	const auto count = [&](const Result<Reading>& told) {
		most = std::max<std::size_t>(most, reader_test::children().size());
		(told ? read : busy) += told || told.error().kind == ErrorKind::busy ? 1 : 0;
	};
	for (int i = 0; i < 3; ++i) pool.read({"nothing", "signature", {}}, count);
	pool.read({"nothing", "signature", {}}, count);
	REQUIRE(world.loop.run_until([&] { return busy + read == 4; }, patience));
	CHECK(busy == 1);
	CHECK(read == 3);
	CHECK(most <= 3); // one may still be on its way out
}

TEST_CASE("pool: who lets go of it is not called any more") {
	World world;
	ReaderPool& pool = world.start();
	bool is_called = false;
	for (int i = 0; i < 10; ++i) pool.read({arf("203.0.113.7"), {}, {}}, [&](const Result<Reading>&) { is_called = true; });
	world.loop.run_until([&] { return pool.health().processes > 0; }, patience);
	world.pool.reset();
	CHECK(reader_test::children().empty());
	CHECK_FALSE(world.loop.run_until([&] { return is_called; }, Milliseconds(50)));
}
