// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/time.h"

#include <doctest/doctest.h>

#include <vector>

using namespace gate25;
using namespace std::chrono_literals;

namespace {

struct Row {
	std::string_view given;
	std::string_view expected;
};

std::string duration(std::string_view text) {
	const auto parsed = parse_duration(text);
	return parsed ? duration_text(*parsed) : "error: " + parsed.error().text;
}

std::string time(std::string_view text) {
	const auto parsed = parse_time(text);
	return parsed ? time_text(*parsed) : "error: " + parsed.error().text;
}

} // namespace

TEST_CASE("a duration is read and printed back") {
	const std::vector<Row> rows{
	    {"1s", "1s"},   {"30s", "30s"}, {"90s", "1m30s"},           {"15m", "15m"},
	    {"24h", "1d"},  {"72h", "3d"},  {"36h", "1d12h"},           {"1d12h", "1d12h"},
	    {"7d", "7d"},   {"2w", "14d"},  {"1w2d3h4m5s", "9d3h4m5s"}, {"90d", "90d"},
	    {"007d", "7d"}, {"1d0h", "1d"}, {"3650d", "3650d"},         {"manual", "manual"},
	};
	for (const Row& row : rows) {
		CAPTURE(row.given);
		CHECK(duration(row.given) == row.expected);
		CHECK(duration(duration(row.given)) == row.expected);
	}
	CHECK(parse_duration("1d12h").value() == 36h);
	CHECK(!parse_duration("manual").value().has_value());
}

TEST_CASE("where a duration must end, nobody is told of \"manual\"") {
	CHECK(parse_finite_duration("36h").value() == 36h);
	const auto refusal = [](std::string_view text) { return parse_finite_duration(text).error().text; };
	CHECK(refusal("manual") == "expected a duration that ends, like \"30m\", \"24h\" or \"7d\", got \"manual\": it has no end");
	CHECK(refusal("3651d") == "expected a duration that ends, like \"30m\", \"24h\" or \"7d\", got \"3651d\": the longest is 3650d");
}

TEST_CASE("no odd duration ever becomes a permanent one") {
	const std::vector<Row> rows{
	    {"", "it is empty"},
	    {"0", "a unit is missing"},
	    {"0s", "the shortest is 1s"},
	    {"0d0h", "the shortest is 1s"},
	    {"-1", "negative"},
	    {"-1h", "negative"},
	    {"+1h", "a number must come first"},
	    {"24", "a unit is missing"},
	    {"1d12", "a unit is missing"},
	    {"500ms", "a second is the smallest"},
	    {"1s500ms", "a second is the smallest"},
	    {"1.5h", "in this order"},
	    {"12h1d", "in this order"},
	    {"1h1h", "in this order"},
	    {"1y", "in this order"},
	    {"1H", "in this order"},
	    {"1 h", "in this order"},
	    {" 1h", "a number must come first"},
	    {"1h ", "a number must come first"},
	    {"h", "a number must come first"},
	    {"hh", "a number must come first"},
	    {"1hh", "a number must come first"},
	    {"Manual", "a number must come first"},
	    {"forever", "a number must come first"},
	    {"infinity", "a number must come first"},
	    {"1e3s", "in this order"},
	    {"0x10s", "in this order"},
	    {"3651d", "the longest is 3650d"},
	    {"3650d1s", "the longest is 3650d"},
	    {"18446744073709551616s", "the longest is 3650d"},
	    {"18446744073709551617s", "the longest is 3650d"},
	    {"9223372036854775808w", "the longest is 3650d"},
	    {"99999999999999999999999999999999w99999999999999999999999999d", "the longest is 3650d"},
	};
	for (const Row& row : rows) {
		CAPTURE(row.given);
		const std::string answer = duration(row.given);
		CHECK(answer.starts_with("error: expected a duration"));
		CHECK(answer.find(row.expected) != std::string::npos);
		CHECK(answer.find("got \"" + std::string(row.given.substr(0, 60))) != std::string::npos);
	}
}

TEST_CASE("a time is read with any offset and printed in UTC") {
	const std::vector<Row> rows{
	    {"2026-11-21T23:43:33Z", "2026-11-21T23:43:33Z"},
	    {"2026-11-21t23:43:33z", "2026-11-21T23:43:33Z"},
	    {"2026-11-21T23:43:33.999999Z", "2026-11-21T23:43:33Z"},
	    {"2026-11-21T23:43:33+00:00", "2026-11-21T23:43:33Z"},
	    {"2026-11-21T23:43:33-00:00", "2026-11-21T23:43:33Z"},
	    {"2026-11-22T00:43:33+01:00", "2026-11-21T23:43:33Z"},
	    {"2026-11-21T18:13:33-05:30", "2026-11-21T23:43:33Z"},
	    {"2027-01-01T00:30:00+01:00", "2026-12-31T23:30:00Z"},
	    {"2028-02-29T12:00:00Z", "2028-02-29T12:00:00Z"},
	    {"2028-02-28T23:30:00-01:00", "2028-02-29T00:30:00Z"},
	    {"2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"},
	    {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
	    {"1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"},
	    {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"}, // a leap second
	    {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
	    {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
	};
	for (const Row& row : rows) {
		CAPTURE(row.given);
		CHECK(time(row.given) == row.expected);
	}
	CHECK(parse_time("2026-11-21T23:43:33Z").value().time_since_epoch() == 1795304613s);
}

TEST_CASE("what is not RFC 3339 is refused and quoted") {
	const std::vector<std::string_view> rows{
	    "",
	    "now",
	    "2026-11-21",
	    "2026-11-21T23:43Z",
	    "2026-11-21T23:43:33",
	    "2026-11-21 23:43:33Z",
	    "2026-02-29T12:00:00Z",
	    "2100-02-29T12:00:00Z",
	    "2026-13-01T00:00:00Z",
	    "2026-00-01T00:00:00Z",
	    "2026-11-31T00:00:00Z",
	    "2026-11-00T00:00:00Z",
	    "2026-11-21T24:00:00Z",
	    "2026-11-21T23:60:00Z",
	    "2026-11-21T23:00:61Z",
	    "2026-11-21T23:43:33.Z",
	    "2026-11-21T23:43:33,5Z",
	    "2026-11-21T23:43:33+24:00",
	    "2026-11-21T23:43:33+0100",
	    "2026-11-21T23:43:33+01",
	    "2026-11-21T23:43:33ZZ",
	    "2026-11-21T23:43:33Z ",
	    " 2026-11-21T23:43:33Z",
	    "2026-1-21T23:43:33Z",
	    "+2026-11-21T23:43:33Z",
	    "-026-11-21T23:43:33Z",
	    "1795304613",
	    "Sat, 21 Nov 2026 23:43:33 +0000",
	};
	for (const std::string_view row : rows) {
		CAPTURE(row);
		CHECK(time(row).find("got \"" + std::string(row) + '"') != std::string::npos);
	}
}

TEST_CASE("remaining time counts on the boot clock and rounds up") {
	const Now now{UnixTime{1000s}, 50'000ms};
	const Deadline deadline = deadline_after(now, 24h);
	CHECK(deadline.wall == UnixTime{1000s} + 24h);
	CHECK(remaining(deadline, now) == 24h);
	CHECK(remaining(deadline, {now.wall, now.boot + 1ms}) == 24h);
	CHECK(remaining(deadline, {now.wall, now.boot + 1s}) == 24h - 1s);
	CHECK(remaining(deadline, {now.wall, now.boot + 24h - 1ms}) == 1s);
	CHECK(remaining(deadline, {now.wall, now.boot + 24h}) == 0s);
	CHECK(remaining(deadline, {now.wall, now.boot + 25h}) == 0s);
	// The wall clock jumps a day, nobody is freed and nobody held longer.
	CHECK(remaining(deadline, {now.wall + 24h, now.boot}) == 24h);
	CHECK(remaining(deadline, {now.wall - 24h, now.boot}) == 24h);
	CHECK(duration_text(remaining(deadline, {now.wall, now.boot + 25h})) == "0s");
}
