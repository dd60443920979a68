// SPDX-License-Identifier: GPL-2.0-or-later
//
// Step 11: which quarantine stands in the way of another one, and which is made stricter.
#include "judge_case.h"

#include <doctest/doctest.h>

using namespace gate25;

TEST_CASE("step 11: only a quarantine that is as strict stands in the way") {
	for (const Family family : {Family::ipv4, Family::ipv6})
		for (const Level held : all_levels)
			for (const Level wanted : all_levels) {
				CAPTURE(level_text(held));
				CAPTURE(level_text(wanted));
				JudgeCase c(family);
				c.config.quarantine.level = wanted;
				const Judgement judgement = c.held_at(held).judged();
				CHECK(judgement.step == (held >= wanted ? 11 : 16));
				if (judgement.outcome == Outcome::decided) CHECK(judgement.level > held);
			}
}

TEST_CASE("step 11: weak evidence meets the quarantine with the level that it would get") {
	JudgeCase c;
	c.alert.is_weak = true;
	CHECK(c.held_at(Level::notify).judged().step == 11);
	CHECK(c.held_at(Level::port25).judged().step == 11);
	c.config.alerts.weak_level = Level::limit;
	CHECK(c.held_at(Level::notify).judged().step == 15);
	c.alert.is_weak = false;
	CHECK(c.held_at(Level::notify).judged().step == 16);
}

TEST_CASE("step 11: one that is only recorded does not stand in the way of a real one") {
	for (const Level held : all_levels) {
		JudgeCase c;
		CHECK(c.held_at(held, true).judged().step == 16);
		CHECK(!c.held_at(held, true).judged().is_monitored);
	}
}

TEST_CASE("step 11: in monitor mode one that is recorded stands in the way of another record") {
	JudgeCase c;
	c.s.mode = Mode::monitor;
	CHECK(c.held_at(Level::port25, true).judged().step == 11);
	CHECK(c.held_at(Level::notify, true).judged().step == 16);
	CHECK(c.held_at(Level::notify, true).judged().is_monitored);
}

TEST_CASE("step 11: a record never takes the place of a quarantine that is enforced") {
	for (const Level held : all_levels) {
		JudgeCase c;
		c.s.mode = Mode::monitor;
		CHECK(c.held_at(held, false).judged().step == 11);
	}
}

TEST_CASE("step 11: the quarantine that stands is named") {
	JudgeCase c;
	c.s.held = Situation::Held{42, prefix_at("100.64.1.0/24"), Level::garden, false};
	CHECK(c.judged().why == "100.64.1.0/24 is in quarantine already, number 42");
}
