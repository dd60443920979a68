// SPDX-License-Identifier: GPL-2.0-or-later
//
// When it happened: clocks that are wrong, packets that are old, and how the two are told apart.
#include "flow/radius_times.h"
#include "flow/recent_table.h"

#include <doctest/doctest.h>

using namespace gate25;

namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr UnixTime noon{Seconds{1'800'000'000}};

// So long after noon by both clocks; our wall clock may be wrong by `jump`.
Now after(Seconds elapsed, Seconds jump = Seconds{0}) { return {noon + elapsed + jump, Milliseconds{50'000'000} + elapsed}; }

// How long after noon an event is dated that has this stamp, as well so long after noon.
Seconds dated(ServerClock& clock, Seconds stamp, const Now& now, Seconds delay = Seconds{0}) {
	return clock.date(noon + stamp, delay, now).at - noon;
}

} // namespace

TEST_CASE("times: without a stamp the delay counts, unless it cannot be") {
	ServerClock clock;
	CHECK(clock.date(std::nullopt, Seconds{0}, after(Seconds{0})).at == noon);
	CHECK(clock.date(std::nullopt, Seconds{90}, after(Seconds{0})).at == noon - Seconds{90});
	CHECK(!clock.date(std::nullopt, hours{24}, after(Seconds{0})).is_odd);
	const auto odd = clock.date(std::nullopt, hours{24} + Seconds{1}, after(Seconds{0}));
	CHECK(odd.is_odd);
	CHECK(odd.at == noon);
}

TEST_CASE("times: a stamp that can be is taken, and nothing is dated into the future") {
	ServerClock clock;
	CHECK(dated(clock, Seconds{-5}, after(Seconds{0})) == Seconds{-5});
	CHECK(dated(clock, hours{-23}, after(Seconds{0}), hours{23}) == hours{-23});
	CHECK(dated(clock, Seconds{60}, after(Seconds{0})) == Seconds{0});
	CHECK(!clock.date(noon + Seconds{60}, Seconds{0}, after(Seconds{0})).is_odd);
	CHECK(clock.date(noon + Seconds{61}, Seconds{0}, after(Seconds{0})).is_odd);
	CHECK(clock.date(noon - hours{24} - Seconds{1}, Seconds{0}, after(Seconds{0})).is_odd);
}

TEST_CASE("times: a server that counts from 1970 is dated by arrival, and its own order holds") {
	ServerClock clock;
	const Seconds wrong = Seconds{1000} - noon.time_since_epoch();
	CHECK(dated(clock, wrong, after(Seconds{0})) == Seconds{0});
	CHECK(dated(clock, wrong + minutes{10}, after(minutes{10})) == minutes{10});
	CHECK(clock.date(noon + wrong + minutes{20}, Seconds{0}, after(minutes{20})).is_odd);
	CHECK(dated(clock, wrong, after(minutes{30})) == Seconds{0}); // the first one again
}

TEST_CASE("times: what comes again from a server whose clock is right is as old as it says") {
	ServerClock clock;
	CHECK(dated(clock, Seconds{0}, after(Seconds{0})) == Seconds{0});
	CHECK(dated(clock, hours{-48}, after(Seconds{10})) == hours{-48});
	CHECK(dated(clock, hours{-20}, after(Seconds{20})) == hours{-20});
	CHECK(dated(clock, Seconds{25}, after(Seconds{30})) == Seconds{25});
}

TEST_CASE("times: one stamp from the far future spoils nothing") {
	ServerClock clock;
	CHECK(dated(clock, hours{1000}, after(Seconds{0})) == Seconds{0});
	CHECK(dated(clock, Seconds{1}, after(Seconds{1})) == Seconds{1});
	CHECK(dated(clock, hours{1000}, after(Seconds{2})) == Seconds{2});
	CHECK(dated(clock, Seconds{3}, after(Seconds{3})) == Seconds{3});
	CHECK(dated(clock, hours{-30}, after(Seconds{4})) == hours{-30});
}

TEST_CASE("times: a clock wrong by hours that stays so is put right, and records that were kept are not") {
	ServerClock wrong, honest;
	CHECK(dated(wrong, hours{-2}, after(Seconds{0})) == hours{-2});
	CHECK(dated(wrong, hours{-2} + minutes{11}, after(minutes{11})) == minutes{11});
	CHECK(dated(wrong, hours{-2} + minutes{5}, after(minutes{12})) == minutes{5}); // it comes again
	CHECK(dated(wrong, minutes{13}, after(minutes{13})) == minutes{13});           // somebody has set it
	CHECK(dated(wrong, hours{-2}, after(minutes{14})) == hours{-2});
	// Two hours of records, sent when the network is back.
	for (int i = 0; i < 120; ++i) CHECK(dated(honest, minutes{i - 120}, after(Seconds{i})) == minutes{i - 120});
	CHECK(dated(honest, minutes{3}, after(minutes{3})) == minutes{3});
}

TEST_CASE("times: when our own clock jumps ahead, servers that have shown theirs to be right are believed for an hour") {
	ServerClock clock;
	CHECK(dated(clock, Seconds{0}, after(Seconds{0})) == Seconds{0});
	CHECK(dated(clock, minutes{10}, after(minutes{10}, hours{48})) == minutes{10});
	CHECK(dated(clock, minutes{61}, after(minutes{61}, hours{48})) == minutes{61} + hours{48});
	CHECK(dated(clock, minutes{70}, after(minutes{70})) == minutes{70});
}

TEST_CASE("times: when our own clock is set back it runs on for an hour, so nothing looks older than what stands") {
	SteadyWall wall;
	CHECK(wall.of(after(Seconds{0})).wall == noon);
	CHECK(wall.of(after(Seconds{10}, Seconds{-30})).wall == noon + Seconds{10} - Seconds{30}); // a small step is followed
	const Now back = after(minutes{1}, hours{-24});
	CHECK(wall.of(back).wall == noon + minutes{1} - Seconds{30});
	CHECK(wall.of(back).boot == back.boot);
	CHECK(wall.of(after(minutes{61}, hours{-24})).wall == noon + minutes{61} - Seconds{30});
	CHECK(wall.of(after(minutes{62}, hours{-24})).wall == noon + minutes{62} - hours{24});
	CHECK(wall.of(after(minutes{63}, hours{48})).wall == noon + minutes{63} + hours{48}); // ahead at once
	// Back for some minutes only.
	SteadyWall other;
	(void)other.of(after(Seconds{0}));
	CHECK(other.of(after(minutes{1}, hours{-1})).wall == noon + minutes{1});
	CHECK(other.of(after(minutes{2})).wall == noon + minutes{2});
	CHECK(other.of(after(minutes{61}, hours{-1})).wall == noon + minutes{61});
}

TEST_CASE("a recent table knows at least as many as it has room for, and at most twice as many") {
	RecentTable<int> table(100);
	CHECK(table.find(7) == nullptr);
	const auto key = [](int i) { return static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15U; };
	for (int i = 0; i < 1000; ++i) {
		table.put(key(i), i);
		for (int back = 0; back < 100 && back <= i; ++back) REQUIRE(*table.find(key(i - back)) == i - back);
	}
	int known = 0;
	for (int i = 0; i < 1000; ++i) known += table.find(key(i)) != nullptr ? 1 : 0;
	CHECK(known >= 100);
	CHECK(known <= 200);
	table.put(key(999), 5); // in its place
	CHECK(*table.find(key(999)) == 5);
	table.put(0, 1); // a key like another
	CHECK(*table.find(0) == 1);
}
