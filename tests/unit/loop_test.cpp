// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/clock.h"
#include "edge/loop.h"

#include <doctest/doctest.h>

#include <csignal>
#include <stdexcept>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace gate25;

namespace {
constexpr Seconds too_long{30};
}

TEST_CASE("loop: posts from other threads run in order") {
	Loop loop;
	std::vector<int> seen;
	std::thread other([&] {
		for (int i = 0; i < 3; ++i) loop.post([&, i] { seen.push_back(i); });
		loop.post([&] { loop.stop(); });
	});
	loop.run();
	other.join();
	CHECK(seen == std::vector<int>{0, 1, 2});
}

TEST_CASE("loop: a timer runs once, another again and again, a cancelled one never") {
	Loop loop;
	int once = 0;
	int often = 0;
	int never = 0;
	const Timer first = loop.after(Milliseconds(1), [&] { ++once; });
	Timer second = loop.every(Milliseconds(1), [&] {
		if (++often == 5) second.cancel();
	});
	Timer cancelled = loop.after(Milliseconds(1), [&] { ++never; });
	cancelled.cancel();
	{
		const Timer forgotten = loop.after(Milliseconds(1), [&] { ++never; });
	}
	Timer replaced = loop.after(Milliseconds(1), [&] { ++never; });
	replaced = loop.after(Milliseconds(1), [&] { ++once; });
	CHECK(first.is_pending());
	CHECK(loop.run_until([&] { return often == 5 && once == 2; }, too_long));
	CHECK_FALSE(first.is_pending());
	const Timer later = loop.after(Milliseconds(5), [&] { loop.stop(); });
	loop.run();
	CHECK(once == 2);
	CHECK(often == 5);
	CHECK(never == 0);
}

TEST_CASE("loop: what a call throws is told and ends nothing") {
	Loop loop;
	std::vector<std::string> told;
	loop.on_exception([&](const char* what) { told.emplace_back(what); });
	int rounds = 0;
	const Timer timer = loop.every(Milliseconds(1), [&] {
		if (++rounds == 2) loop.stop();
		throw std::runtime_error("round " + std::to_string(rounds));
	});
	loop.run();
	CHECK(told == std::vector<std::string>{"round 1", "round 2"});
}

TEST_CASE("loop: a descriptor is watched as long as there is something to read") {
	Loop loop;
	int ends[2];
	REQUIRE(::pipe(ends) == 0);
	std::string got;
	auto watch = loop.watch_readable(ends[0], [&] {
		char byte = 0;
		if (::read(ends[0], &byte, 1) == 1) got += byte; // one at a time: the rest is reported again
	});
	REQUIRE(watch);
	REQUIRE(::write(ends[1], "abc", 3) == 3);
	CHECK(loop.run_until([&] { return got == "abc"; }, too_long));
	watch->cancel();
	REQUIRE(::write(ends[1], "d", 1) == 1); // the descriptor is still ours and open
	CHECK_FALSE(loop.run_until([&] { return got == "abcd"; }, Milliseconds(5)));
	CHECK_FALSE(loop.watch_readable(-1, [] {}));
	::close(ends[0]);
	::close(ends[1]);
}

TEST_CASE("loop: signals arrive as calls, each time") {
	Loop loop;
	std::vector<int> seen;
	loop.on_signal({SIGUSR1, SIGUSR2}, [&](int number) { seen.push_back(number); });
	std::raise(SIGUSR1);
	CHECK(loop.run_until([&] { return seen.size() == 1; }, too_long));
	std::raise(SIGUSR2);
	CHECK(loop.run_until([&] { return seen.size() == 2; }, too_long));
	CHECK(seen == std::vector<int>{SIGUSR1, SIGUSR2});
}

TEST_CASE("clock: both clocks run and agree on a second") {
	const SystemClock clock;
	const Now before = clock.now();
	const Now after = clock.now();
	CHECK(after.boot >= before.boot);
	CHECK(before.boot > Milliseconds::zero());
	CHECK(before.wall > UnixTime(Seconds(1'600'000'000)));
}
