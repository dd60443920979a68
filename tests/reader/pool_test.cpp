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
