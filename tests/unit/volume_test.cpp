// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is counted, what a limit does about it, what is written down, and that a restart forgets nothing.
#include "agent_fixture.h"

#include <doctest/doctest.h>

using namespace gate25;

namespace {

struct Counting : AgentFixture {
	LoadedConfig loaded = load();
	std::uint16_t port = 1000;

	Counting() {
		loaded.config.volume.enabled = true;
		peer.uid = 0;
	}
	void limit(const char* text, Then then, Mode mode = Mode::enforce) {
		VolumeLimit limit;
		limit.limit = *parse_limit(text);
		limit.then = then;
		limit.mode = mode;
		loaded.config.volume.limits.push_back(limit);
	}
	void begin() { REQUIRE(start(loaded)); }
	Opening opening(const char* source, std::uint32_t destination) {
		return {*Address::parse(source), Address::ipv4(0xc6336400U + destination), port++, 25, 1};
	}
	void attempt(const char* source, std::uint32_t destination) {
		const Opening one = opening(source, destination);
		agent.volume().take_attempts({&one, 1});
	}
	QueueVerdict connect(const char* source, std::uint32_t destination = 1) {
		return agent.volume().decide(opening(source, destination));
	}
	std::uint32_t value(const char* source, Quantity quantity, Window window = Window::hour) {
		const Prefix subscriber = subscriber_of(agent.policy().config().network, *Address::parse(source));
		const VolumeEntry* entry = agent.volume().book()->find(VolumeKey::of(subscriber), activity_of(quantity));
		return entry == nullptr ? 0 : entry->value(quantity, window, agent.volume().now());
	}
	void settle() {
		for (int i = 0; i < 20; ++i) {
			agent.tick();
			volume_file.answer();
		}
	}
};

const char* const alice[] = {"100.64.1.2", "2001:db8:1000:100::2"};

} // namespace

TEST_CASE("nothing is counted without [volume]") {
	AgentFixture fixture;
	REQUIRE(fixture.start());
	CHECK(!fixture.agent.volume().is_enabled());
	const Opening opening{*Address::parse(alice[0]), Address::ipv4(1), 1, 25, 1};
	CHECK(fixture.agent.volume().decide(opening) == QueueVerdict::accept);
	fixture.agent.volume().take_attempts({&opening, 1});
	fixture.agent.tick();
}

TEST_CASE("attempts are counted for their subscriber, both families, with their destinations") {
	Counting world;
	world.begin();
	for (const char* source : alice)
		for (std::uint32_t i = 0; i < 10; ++i) world.attempt(source, i % 3);
	world.attempt("2001:db8:1000:1ff::9", 0); // the same /56
	CHECK(world.value(alice[0], Quantity::attempts) == 10);
	CHECK(world.value(alice[1], Quantity::attempts) == 11);
	CHECK(world.value(alice[0], Quantity::attempted_destinations) == 3);
	CHECK(world.value("100.64.1.3", Quantity::attempts) == 0);
	world.attempt("203.0.113.9", 1);
	CHECK(world.agent.volume().counters().foreign == 1);
	CHECK(world.agent.volume().counters().attempts == 21);
}

TEST_CASE("a first packet that comes again counts once and gets the same verdict") {
	Counting world;
	world.limit("connections 1/hour", Then::refuse);
	world.begin();
	const Opening first = world.opening(alice[0], 1), second = world.opening(alice[0], 1);
	for (int i = 0; i < 3; ++i) {
		CHECK(world.agent.volume().decide(first) == QueueVerdict::accept);
		CHECK(world.agent.volume().decide(second) == QueueVerdict::refuse);
	}
	CHECK(world.value(alice[0], Quantity::connections) == 1);
	CHECK(world.agent.volume().counters().refused == 1);
	CHECK(world.agent.volume().counters().repeated == 4);
}

TEST_CASE("an enforced limit lets so many through and not one more, and again when time has passed") {
	for (const char* source : alice) {
		Counting world;
		world.limit("connections 5/minute", Then::refuse);
		world.begin();
		for (int i = 0; i < 5; ++i) CHECK(world.connect(source) == QueueVerdict::accept);
		for (int i = 0; i < 20; ++i) CHECK(world.connect(source) == QueueVerdict::refuse);
		CHECK(world.connect("100.64.77.77") == QueueVerdict::accept);
		CHECK(world.value(source, Quantity::connections, Window::minute) == 5);
		world.clock.pass(Seconds(71)); // what was refused does not count
		CHECK(world.connect(source) == QueueVerdict::accept);
	}
}

TEST_CASE("a limit on destinations lets known ones through") {
	Counting world;
	world.limit("destinations 3/day", Then::refuse);
	world.begin();
	for (std::uint32_t i = 0; i < 3; ++i) CHECK(world.connect(alice[0], i) == QueueVerdict::accept);
	CHECK(world.connect(alice[0], 3) == QueueVerdict::refuse);
	for (std::uint32_t i = 0; i < 30; ++i) CHECK(world.connect(alice[0], i % 3) == QueueVerdict::accept);
}

TEST_CASE("in monitor mode nobody is refused, and it is counted who would have been") {
	Counting world;
	world.limit("connections 2/hour", Then::refuse_and_alert, Mode::monitor);
	world.begin();
	for (int i = 0; i < 6; ++i) CHECK(world.connect(alice[0]) == QueueVerdict::accept);
	const Opening logged[] = {world.opening(alice[1], 1), world.opening(alice[1], 2), world.opening(alice[1], 3)};
	world.agent.volume().take_connections(logged);
	CHECK(world.agent.volume().counters().would_refuse == 5);
	CHECK(world.agent.volume().counters().refused == 0);
	CHECK(world.agent.volume().counters().would_alert == 2);
	CHECK(world.agent.volume().counters().connections == 9);
	CHECK(world.agent.book().quarantine_count() == 0);
}

TEST_CASE("too many attempts raise an alert that goes the way of all alerts") {
	Counting world;
	world.limit("attempted-destinations 10/hour", Then::alert);
	world.begin();
	for (const char* source : alice)
		for (std::uint32_t i = 0; i < 30; ++i) world.attempt(source, i);
	CHECK(world.agent.volume().counters().alerts == 2); // one each, not one for each packet
	CHECK(world.agent.book().quarantine_count() == 2);
	const auto held = world.agent.book().find_quarantine(*Prefix::parse("2001:db8:1000:100::/56"));
	REQUIRE(held);
	CHECK(held->by == "gate25");
	REQUIRE(world.store.alerts.size() == 2);
	const AlertRow& row = world.store.alerts.begin()->second;
	CHECK(row.alert.kind == AlertKind::bot);
	CHECK(row.reporter.name == "gate25");
	CHECK(row.alert.evidence == "11 mail servers that were tried in vain within an hour, more than 10");
}

TEST_CASE("a limit that is only watched hides no alert of one that is enforced") {
	Counting world;
	world.limit("attempts 3/hour", Then::alert, Mode::monitor);
	world.limit("attempts 6/hour", Then::alert);
	world.begin();
	for (std::uint32_t i = 0; i < 10; ++i) world.attempt(alice[0], i);
	CHECK(world.agent.volume().counters().would_alert == 1);
	CHECK(world.agent.volume().counters().alerts == 1);
	CHECK(world.agent.book().quarantine_count() == 1);
}

TEST_CASE("an alert is repeated after a while, and after the store refused it") {
	Counting world;
	world.limit("attempts 1/hour", Then::alert);
	world.begin();
	world.store.fail_with("the disk is full");
	world.attempt(alice[0], 1);
	world.attempt(alice[0], 2);
	CHECK(world.agent.book().quarantine_count() == 0);
	world.store.fail_with(std::nullopt);
	world.attempt(alice[0], 3);
	CHECK(world.agent.book().quarantine_count() == 1);
	CHECK(world.agent.volume().counters().alerts == 2);
	world.clock.pass(Seconds(3601));
	world.attempt(alice[0], 4);
	world.attempt(alice[0], 5);
	CHECK(world.agent.volume().counters().alerts == 3);
}

TEST_CASE("a restart forgets nothing") {
	FakeVolumeFile file;
	{
		Counting world;
		world.begin();
		for (std::uint32_t i = 0; i < 7; ++i) world.attempt(alice[0], i);
		for (int i = 0; i < 4; ++i) world.connect(alice[1]);
		bool is_done = false;
		world.agent.volume().finish([&] { is_done = true; });
		for (int i = 0; i < 10; ++i) world.volume_file.answer();
		CHECK(is_done);
		file = world.volume_file;
	}
	Counting world;
	world.volume_file = file;
	world.limit("connections 4/hour", Then::refuse);
	world.clock.pass(Seconds(30));
	world.begin();
	CHECK(world.value(alice[0], Quantity::attempts) == 7);
	CHECK(world.value(alice[0], Quantity::attempted_destinations) == 7);
	CHECK(world.connect(alice[1]) == QueueVerdict::refuse);
}

TEST_CASE("an orderly stop writes down everybody, also in the midst of a round") {
	Counting world;
	world.begin();
	constexpr std::uint32_t many = 30'000; // more than one tick looks at
	const auto attempts = [&] {
		for (std::uint32_t i = 0; i < many; ++i) {
			const Opening one{Address::ipv4(0x64400000U + i), Address::ipv4(1), world.port++, 25, i};
			world.agent.volume().take_attempts({&one, 1});
		}
	};
	attempts();
	world.agent.tick(); // a part of them
	attempts();
	bool is_done = false;
	world.agent.volume().finish([&] { is_done = true; });
	for (int i = 0; i < 20; ++i) world.volume_file.answer();
	CHECK(is_done);
	REQUIRE(world.volume_file.entries.size() == many);
	std::uint64_t sum = 0;
	for (const auto& [key, entry] : world.volume_file.entries)
		sum += entry.value(Quantity::attempts, Window::hour, world.agent.volume().now());
	CHECK(sum == 2 * many);
}

TEST_CASE("what is kept is bounded while the agent runs, and a clock that begins in 1970 forgets nothing") {
	Counting world;
	SUBCASE("1970") {
		world.clock.time.wall = UnixTime(Seconds(1000));
		world.begin();
		CHECK(world.volume_file.oldest_hour == 0);
	}
	SUBCASE("hour by hour") {
		world.begin();
		const std::uint32_t first = world.volume_file.oldest_hour;
		CHECK(first == 1800000000 / 3600 - 35 * 24);
		world.clock.pass(Seconds(7200));
		world.agent.tick();
		CHECK(world.volume_file.oldest_hour == first + 2);
	}
}

TEST_CASE("a reload with another number of active ones loses nothing") {
	Counting world;
	world.begin();
	for (std::uint32_t i = 0; i < 7; ++i) world.attempt(alice[0], i);
	world.config += "[volume]\nactive = 5000\n";
	CHECK(world.agent.reload("test").errors.empty());
	world.volume_file.answer(); // the fake one writes late
	CHECK(world.volume_file.entries.size() == 1);
	CHECK(world.agent.volume().is_enabled());
}

TEST_CASE("sums are written down while the agent runs, and hours when they are over") {
	Counting world;
	world.begin();
	for (std::uint32_t i = 0; i < 7; ++i) world.attempt(alice[0], i);
	world.settle();
	CHECK(world.volume_file.entries.size() == 1);
	CHECK(world.volume_file.records.empty());
	world.clock.pass(Seconds(3600));
	world.settle();
	REQUIRE(world.volume_file.records.size() == 1);
	const VolumeRecord& record = world.volume_file.records.begin()->second;
	CHECK(record.events == 7);
	CHECK(record.peak(Quantity::attempted_destinations, Window::hour) == 7);
}

TEST_CASE("what the store does not take is written later") {
	Counting world;
	world.begin();
	world.volume_file.problem = "the disk is full";
	world.attempt(alice[0], 1);
	world.settle();
	CHECK(world.agent.volume().problem() == "the disk is full");
	world.clock.pass(Seconds(3600));
	world.settle();
	world.volume_file.problem.clear();
	for (int i = 0; i < 2; ++i) {
		world.clock.pass(Seconds(60));
		world.settle();
	}
	CHECK(world.agent.volume().problem().empty());
	CHECK(world.volume_file.entries.size() == 1);
	CHECK(world.volume_file.records.size() == 1);
}

TEST_CASE("a clock that jumps neither empties nor freezes the sums") {
	for (const Seconds jump : {Seconds(86'400), Seconds(-86'400)}) {
		Counting world;
		world.limit("connections 2/hour", Then::refuse);
		world.begin();
		world.connect(alice[0]);
		world.connect(alice[0]);
		world.clock.time.wall += jump;
		CHECK(world.connect(alice[0]) == QueueVerdict::refuse);
		world.clock.pass(Seconds(4300));
		CHECK(world.connect(alice[0]) == QueueVerdict::accept);
	}
}

TEST_CASE("counting is switched on and off by a reload") {
	Counting world;
	world.begin();
	world.attempt(alice[0], 1);
	CHECK(world.agent.reload("test").errors.empty()); // the file has no [volume]
	CHECK(!world.agent.volume().is_enabled());
	world.attempt(alice[0], 1);
	CHECK(world.connect(alice[0]) == QueueVerdict::accept);
}

TEST_CASE("whoever is no subscriber is not shown with zeros") {
	Counting world;
	world.begin();
	const auto answer = world.ask("GET", "v1/volume", "", {{"address", "198.51.100.9"}});
	CHECK(answer->status == 404);
	CHECK(answer->message().find("198.51.100.9 is no subscriber's") != std::string::npos);
}
