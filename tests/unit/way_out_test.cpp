// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/way_out.h"

#include "core/volume_entry.h"

#include <doctest/doctest.h>

using namespace gate25;

namespace {

constexpr Seconds memory{std::chrono::hours{24 * 90}};

Quarantine at(Level level) {
	Quarantine quarantine;
	quarantine.level = level;
	return quarantine;
}

WayOutFacts in_quarantine(Level level = Level::port25) {
	WayOutFacts facts;
	facts.standing = {at(level)};
	return facts;
}

std::string refused(const ReleaseRules& rules, const WayOutFacts& facts) {
	const WayOut out = way_out(rules, memory, facts);
	CHECK(out.refused.has_value() == !out.why.empty());
	return out.refused ? std::string(no_way_out_text(*out.refused)) : "";
}

Attempts attempted(Seconds ago) {
	Attempts attempts;
	attempts.hour = 1;
	attempts.last = UnixTime(Seconds(1800000000)) - ago;
	attempts.since_last = ago;
	return attempts;
}

} // namespace

TEST_SUITE("way out") {
	TEST_CASE("so many times within the memory, and then only the desk") {
		ReleaseRules rules;
		WayOutFacts facts = in_quarantine();
		CHECK(refused(rules, facts) == "");
		CHECK(way_out(rules, memory, facts).left == 2);
		facts.used = 1;
		CHECK(refused(rules, facts) == "");
		CHECK(way_out(rules, memory, facts).left == 1);
		facts.used = 2;
		CHECK(refused(rules, facts) == "used-up");
		CHECK(way_out(rules, memory, facts).left == 0);
		CHECK(way_out(rules, memory, facts).why.find("twice within 90d") != std::string::npos);
		rules.self = 1; // the configuration has become stricter
		CHECK(refused(rules, facts) == "used-up");
		CHECK(way_out(rules, memory, facts).left == 0);
	}

	TEST_CASE("nobody in quarantine, nobody who may, and what concerns others") {
		ReleaseRules rules;
		CHECK(refused(rules, {}) == "not-in-quarantine");
		WayOutFacts facts = in_quarantine();
		facts.is_shared = true;
		CHECK(refused(rules, facts) == "shared");
		rules.self = 0;
		CHECK(refused(rules, facts) == "never");
	}

	TEST_CASE("each quarantine must be of a level that is let out of") {
		ReleaseRules rules;
		rules.levels = {Level::notify, Level::limit};
		CHECK(refused(rules, in_quarantine(Level::limit)) == "");
		CHECK(refused(rules, in_quarantine(Level::port25)) == "level");
		WayOutFacts facts = in_quarantine(Level::limit);
		facts.standing.push_back(at(Level::garden));
		CHECK(refused(rules, facts) == "level");
	}

	TEST_CASE("attempts forbid it only where quiet is asked for, and then up to the second") {
		ReleaseRules rules;
		WayOutFacts facts = in_quarantine();
		facts.attempts = attempted(Seconds{1});
		CHECK(refused(rules, facts) == "");
		rules.quiet = Seconds{600};
		CHECK(refused(rules, facts) == "still-trying");
		CHECK(way_out(rules, memory, facts).why.find("1s ago") != std::string::npos);
		facts.attempts = attempted(Seconds{599});
		CHECK(refused(rules, facts) == "still-trying");
		facts.attempts = attempted(Seconds{600});
		CHECK(refused(rules, facts) == "");
		facts.attempts = Attempts();
		CHECK(refused(rules, facts) == "");
		facts.attempts.reset(); // nobody counts: nobody can say that it is quiet
		CHECK(refused(rules, facts) == "still-trying");
	}

	TEST_CASE("every reason has a word of its own") {
		for (const NoWayOut one : all_no_ways_out)
			for (const NoWayOut other : all_no_ways_out) CHECK((no_way_out_text(one) == no_way_out_text(other)) == (one == other));
	}

	TEST_CASE("ten minutes are a sixth of the hour, and fade as it does") {
		const VolumeTime begin = 600 * 3'000'000;
		VolumeEntry entry(VolumeKey::of(*Prefix::parse("100.64.1.2")), Activity::attempts, begin);
		for (std::uint32_t i = 0; i < 10; ++i) entry.add_destination(i, begin + 30);
		CHECK(entry.ten_minutes(begin + 30) == 10);
		CHECK(entry.ten_minutes(begin + 599) == 10);
		CHECK(entry.ten_minutes(begin + 900) == 5);
		CHECK(entry.ten_minutes(begin + 1199) == 1);
		CHECK(entry.ten_minutes(begin + 1200) == 0);
		CHECK(entry.value(Quantity::attempts, Window::hour, begin + 1200) == 10);
	}
}
