// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/deadline.h"

#include <doctest/doctest.h>

using namespace gate25;

namespace {

constexpr Now decided{UnixTime(Seconds{1'795'305'600}), Milliseconds{1'000'000}};
constexpr Seconds day{std::chrono::hours{24}};

Now moved(Seconds wall, Seconds boot) {
	return {decided.wall + wall, decided.boot + boot};
}

} // namespace

TEST_CASE("a deadline within the same boot is decided by the boot clock") {
	const Deadline until = deadline_after(decided, day);
	struct Row {
		const char* what;
		Now now;
		Seconds left;
	};
	const Row rows[] = {
		{"at once", decided, day},
		{"an hour later", moved(Seconds{3600}, Seconds{3600}), day - Seconds{3600}},
		{"the wall clock jumped a day ahead", moved(day, Seconds{60}), day - Seconds{60}},
		{"the wall clock jumped a day back", moved(-day, Seconds{60}), day - Seconds{60}},
		{"at the end", moved(day, day), Seconds{0}},
		{"long after the end", moved(day * 9, day * 9), Seconds{0}},
		{"over, though the wall clock says it is not", moved(Seconds{5}, day), Seconds{0}},
	};
	for (const Row& row : rows) {
		CAPTURE(row.what);
		const Deadline restored = restored_deadline(until, true, decided.wall, row.now);
		CHECK(remaining(restored, row.now) == row.left);
		CHECK(restored.boot == until.boot);
	}
}

TEST_CASE("people read the same time after a restart, and a right one after the clock was set") {
	const Deadline until = deadline_after(decided, day);
	CHECK(restored_deadline(until, true, decided.wall, moved(Seconds{100}, Seconds{100})) == until);
	// One second of rounding is no reason to show another time.
	CHECK(restored_deadline(until, true, decided.wall, moved(Seconds{101}, Seconds{100})) == until);
	const Deadline corrected = restored_deadline(until, true, decided.wall, moved(day, Seconds{0}));
	CHECK(corrected.wall == until.wall + day);
}

TEST_CASE("a deadline of another boot is decided by the wall clock, within the whole duration") {
	const Deadline until = deadline_after(decided, day);
	struct Row {
		const char* what;
		Now now;
		Seconds left;
	};
	const Milliseconds fresh{30'000};
	const Row rows[] = {
		{"an hour later", {decided.wall + Seconds{3600}, fresh}, day - Seconds{3600}},
		{"an hour later, the old machine had run for less", {decided.wall + Seconds{3600}, Milliseconds{9'999'999}},
	     day - Seconds{3600}},
		{"the clock fell back an hour before the decision", {decided.wall - Seconds{3600}, fresh}, day},
		{"the clock fell back to 1970", {UnixTime(Seconds{12}), fresh}, day},
		{"at the end", {until.wall, fresh}, Seconds{0}},
		{"a year later", {decided.wall + day * 365, fresh}, Seconds{0}},
	};
	for (const Row& row : rows) {
		CAPTURE(row.what);
		const Deadline restored = restored_deadline(until, false, decided.wall, row.now);
		CHECK(remaining(restored, row.now) == row.left);
		CHECK(restored.boot >= row.now.boot);
	}
}

TEST_CASE("what is over after a boot keeps the time at which it ended") {
	const Deadline until = deadline_after(decided, day);
	const Now now{until.wall + day, Milliseconds{5000}};
	CHECK(restored_deadline(until, false, decided.wall, now) == Deadline{until.wall, now.boot});
}

TEST_CASE("a deadline before its decision is over after a boot") {
	const Deadline until{decided.wall - Seconds{1}, decided.boot};
	const Now now{UnixTime(Seconds{0}), Milliseconds{1}};
	CHECK(remaining(restored_deadline(until, false, decided.wall, now), now) == Seconds{0});
}
