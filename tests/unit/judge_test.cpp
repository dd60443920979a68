// SPDX-License-Identifier: GPL-2.0-or-later
//
// From an alert to what follows, under the numbers of core/judge.h and gate25-alerts(7). The random situations are in
// judge_random_test.cpp.
#include "judge_case.h"

#include "core/tally.h"

#include <doctest/doctest.h>

using namespace gate25;

namespace {

constexpr Family families[]{Family::ipv4, Family::ipv6};

const Condition& condition(std::string_view name) {
	for (const Condition& one : judge_conditions())
		if (one.name == name) return one;
	FAIL("no such condition");
	return judge_conditions().front();
}

JudgeCase situation(std::string_view name, Family family = Family::ipv4) {
	JudgeCase c(family);
	condition(name).apply(c);
	return c;
}

bool says(const Judgement& judgement, std::string_view part) { return judgement.why.find(part) != std::string::npos; }

} // namespace

// --- each step by itself ------------------------------------------------------------------------------

TEST_CASE("every condition leads to its step, in both families") {
	for (const Family family : families)
		for (const Condition& one : judge_conditions()) {
			CAPTURE(one.name);
			JudgeCase c = situation(one.name, family);
			const Judgement judgement = c.judged();
			CHECK(judgement.step == one.step);
			CHECK(judgement.outcome == one.outcome);
			CHECK(!judgement.why.empty());
		}
}

TEST_CASE("step 1: what could not be read is for a person, with why it could not") {
	const Judgement judgement = situation("unreadable").judged();
	CHECK(judgement.step == 1);
	CHECK(judgement.why == "no address in it");
	CHECK(!judgement.is_tallied);
}

TEST_CASE("step 2: a bad signature and a borrowed name are refused, each with its own reason") {
	CHECK(situation("altered").judged().why == "the text was altered");
	CHECK(situation("forged").judged().why == "user eve may not speak for reporter fbl");
}

TEST_CASE("step 2: a signature that proves nothing is no forgery") {
	for (const SignatureState state : {SignatureState::none, SignatureState::untrusted, SignatureState::unknown_key}) {
		JudgeCase c = situation("unproven");
		c.s.signature = state;
		CHECK(c.judged().step == 7);
	}
}

TEST_CASE("step 3: it waits only for a key that may still come") {
	JudgeCase c = situation("key missing");
	CHECK(c.judged().step == 3);
	CHECK(c.judged().why == "key 0123456789ABCDEF is not here");
	c.s.can_wait = false;
	CHECK(c.judged().step == 16);
}

TEST_CASE("step 4: the objection is the reason") {
	CHECK(situation("no subscriber").judged().why == "it is nobody's");
}

TEST_CASE("step 5: to the second, and an alert without a time is from now") {
	JudgeCase c;
	c.alert.at = c.s.now - c.config.alerts.max_age;
	CHECK(c.judged().step == 16);
	c.alert.at = *c.alert.at - Seconds(1);
	CHECK(c.judged().step == 5);
	CHECK(says(c.judged(), "2026-11-14T11:59:59Z"));
	CHECK(says(c.judged(), "7d"));
	c.alert.at = c.s.now + an_hour;
	CHECK(c.judged().step == 16);
	c.alert.at = c.s.now + an_hour + Seconds(1);
	CHECK(c.judged().step == 5);
	CHECK(says(c.judged(), "yet to come"));
	c.alert.at.reset();
	CHECK(c.judged().step == 16);
}

TEST_CASE("step 6: a duplicate names the first one and adds nothing to the score") {
	const Judgement judgement = situation("seen").judged();
	CHECK(judgement.step == 6);
	CHECK(judgement.why == "the same as alert 17");
	CHECK(!judgement.is_tallied);
}

TEST_CASE("step 7: the unproven only inform: no score, no corroboration, whatever they say") {
	for (const AlertKind kind : all_alert_kinds) {
		JudgeCase c = situation("unproven");
		c.alert.kind = kind;
		c.alert.count = 1'000'000'000;
		const Judgement judgement = c.judged();
		CHECK(judgement.step == 7);
		CHECK(!judgement.is_tallied);
		CHECK(!judgement.is_incident);
		CHECK(says(judgement, "fbl is unproven"));
	}
	JudgeCase nameless = situation("unproven");
	nameless.s.reporter.name.clear();
	CHECK(says(nameless.judged(), "the reporter is unproven"));
}

TEST_CASE("step 8: what does not accuse is counted and quarantines nobody") {
	for (const AlertKind kind : all_alert_kinds) {
		JudgeCase c;
		c.alert.kind = kind;
		CHECK(c.judged().step == (is_accusation(kind) ? 16 : 8));
		CHECK(c.judged().is_tallied);
		CHECK(!c.judged().is_incident);
	}
}

TEST_CASE("step 9: never means the subscriber, what he lies in, and what lies in him") {
	const auto step = [](Family family, const char* never) {
		JudgeCase c(family);
		c.config.quarantine.never = {prefix_at(never)};
		return c.judged().step;
	};
	CHECK(step(Family::ipv4, "100.64.1.1") == 9);
	CHECK(step(Family::ipv4, "100.64.1.0/24") == 9);
	CHECK(step(Family::ipv4, "100.64.1.2") == 16);
	CHECK(step(Family::ipv6, "2001:db8:1000:100::/56") == 9);
	CHECK(step(Family::ipv6, "2001:db8:1000::/40") == 9);
	CHECK(step(Family::ipv6, "2001:db8:1000:123::/64") == 9);
	CHECK(step(Family::ipv6, "2001:db8:1000:200::/56") == 16);
	CHECK(step(Family::ipv6, "100.64.1.1") == 16);
}

TEST_CASE("step 10: the exemption is named") {
	CHECK(says(situation("exempt").judged(), "100.64.1.1 has exemption 9"));
	CHECK(says(situation("exempt", Family::ipv6).judged(), "2001:db8:1000:100::/56 has exemption 9"));
}

TEST_CASE("step 12: the release is the border for what happened, the grace for what is said") {
	JudgeCase c;
	c.s.released = noon - an_hour;
	c.alert.at = noon - an_hour - Seconds(1);
	CHECK(c.judged().step == 12);
	c.alert.at = noon - an_hour;
	CHECK(c.judged().step == 16); // the grace of an hour is over to the second
	c.s.released = noon - an_hour + Seconds(1);
	c.alert.at = noon;
	CHECK(c.judged().step == 12);
	c.alert.at.reset();
	CHECK(c.judged().step == 12);
	c.config.alerts.grace = Seconds(0);
	CHECK(c.judged().step == 16);
	c.s.released = noon;
	CHECK(c.judged().step == 16);
}

TEST_CASE("step 13: it says how many of how many there are") {
	JudgeCase c;
	c.config.alerts.reporters = 2;
	c.config.alerts.incidents = 3;
	c.with_incident("fbl", an_hour);
	const Judgement judgement = c.judged();
	CHECK(judgement.step == 13);
	CHECK(judgement.is_incident);
	CHECK(judgement.is_tallied);
	CHECK(judgement.why == "1 of 2 reporters and 2 of 3 incidents within 1d");
}

TEST_CASE("step 13: another reporter corroborates, the same one again does not") {
	JudgeCase c;
	c.config.alerts.reporters = 2;
	c.with_incident("fbl", an_hour);
	CHECK(c.judged().step == 13);
	c.with_incident("trap", an_hour);
	CHECK(c.judged().step == 16);
}

TEST_CASE("step 13: only what lies within the window counts, its border too") {
	JudgeCase c;
	c.config.alerts.incidents = 2;
	c.with_incident("fbl", c.config.alerts.within + Seconds(1));
	CHECK(c.judged().step == 13);
	c.with_incident("fbl", c.config.alerts.within);
	CHECK(c.judged().step == 16);
}

TEST_CASE("step 13: both are demanded, not one of them") {
	JudgeCase c;
	c.config.alerts.reporters = 2;
	c.config.alerts.incidents = 3;
	c.with_incident("trap", an_hour);
	CHECK(c.judged().step == 13);
	c.with_incident("trap", an_hour);
	CHECK(c.judged().step == 16);
}

TEST_CASE("step 14: the alert itself is in the score that is compared") {
	JudgeCase c;
	CHECK(c.judged().step == 16); // 0 - 1 is below 0
	c.s.tally.add(AlertKind::ham, 1, one_point);
	const Judgement judgement = c.judged();
	CHECK(judgement.step == 14); // 1 - 1 is not
	CHECK(judgement.is_incident);
	CHECK(judgement.is_tallied);
	CHECK(judgement.why == "score 0 is not below 0");
	c.alert.count = 2;
	CHECK(c.judged().step == 16);
}

TEST_CASE("step 14: ham helps no further than its cap") {
	JudgeCase c;
	c.s.tally.add(AlertKind::ham, 1'000'000, one_point);
	c.alert.count = 10;
	CHECK(c.judged().step == 14);
	c.alert.count = 11;
	CHECK(c.judged().step == 16);
}

TEST_CASE("step 14: a reporter of weight 0 is heard and moves nothing") {
	JudgeCase c;
	c.s.reporter.weight = 0;
	CHECK(c.judged().step == 14);
}

TEST_CASE("step 15: a light reporter and an address from a Received field are weak evidence") {
	JudgeCase light;
	light.s.reporter.weight = one_point - 1;
	JudgeCase received = situation("weak");
	for (JudgeCase* c : {&light, &received}) {
		const Judgement judgement = c->judged();
		CHECK(judgement.step == 15);
		CHECK(judgement.outcome == Outcome::decided);
		CHECK(judgement.level == Level::notify);
	}
	received.config.alerts.weak_level = Level::limit;
	CHECK(received.judged().level == Level::limit);
}

TEST_CASE("step 15: weak evidence never does more than good evidence") {
	for (const Level weak : all_levels)
		for (const Level usual : all_levels) {
			JudgeCase c = situation("weak");
			c.config.alerts.weak_level = weak;
			c.config.quarantine.level = usual;
			const Judgement judgement = c.judged();
			CHECK(judgement.level == std::min(weak, usual));
			CHECK(judgement.step == (weak < usual ? 15 : 16));
		}
}

TEST_CASE("step 16: the reason says who accuses of what, how often, and the score") {
	JudgeCase c;
	CHECK(c.judged().why == "spam reported by fbl, score -1");
	c.alert.count = 3;
	c.alert.kind = AlertKind::missed_spam;
	CHECK(c.judged().why == "missed-spam reported by fbl, 3 times, score -6");
	CHECK(c.judged().level == Level::port25);
	CHECK(!c.judged().is_monitored);
}

TEST_CASE("step 16: a quarantine is longer each time, and stays at the last duration") {
	JudgeCase c;
	const std::optional<Seconds> expected[]{std::chrono::hours{24}, std::chrono::hours{72}, std::nullopt, std::nullopt};
	for (unsigned earlier = 0; earlier < 4; ++earlier) {
		c.s.earlier = earlier;
		CHECK(c.judged().duration == expected[earlier]);
	}
	c.s.earlier = UINT32_MAX;
	CHECK(c.judged().duration == std::nullopt);
	c.config.quarantine.duration = {std::chrono::hours{5}};
	CHECK(c.judged().duration == std::chrono::hours{5});
}

TEST_CASE("step 16: in monitor mode it is decided and only recorded") {
	JudgeCase c;
	c.s.mode = Mode::monitor;
	const Judgement judgement = c.judged();
	CHECK(judgement.step == 16);
	CHECK(judgement.outcome == Outcome::decided);
	CHECK(judgement.is_monitored);
	JudgeCase weak = situation("weak");
	weak.s.mode = Mode::monitor;
	CHECK(weak.judged().is_monitored);
}

// --- the order ------------------------------------------------------------------------------------------

TEST_CASE("where two steps apply, the one that stands first in the order wins") {
	// They set the same thing to two values.
	const auto excludes = [](std::string_view a, std::string_view b) {
		return (a == "forged" && b == "unproven") || (a == "too old" && b == "yet to come") ||
		       (a == "yet to come" && b == "before the release") || (a == "before the release" && b == "grace");
	};
	const auto& all = judge_conditions();
	unsigned pairs = 0;
	for (const Family family : families)
		for (std::size_t first = 0; first < all.size(); ++first)
			for (std::size_t second = first + 1; second < all.size(); ++second) {
				if (excludes(all[first].name, all[second].name)) continue;
				CAPTURE(all[first].name);
				CAPTURE(all[second].name);
				JudgeCase c(family);
				all[first].apply(c);
				all[second].apply(c);
				CHECK(c.judged().step == all[first].step);
				++pairs;
			}
	CHECK(pairs == 2 * (18 * 17 / 2 - 4));
}

TEST_CASE("every step has its line") {
	for (unsigned step = 0; step <= last_judge_step; ++step) CHECK(!step_text(step).empty());
	CHECK(step_text(last_judge_step + 1).empty());
}

TEST_CASE("outcomes are read as they are printed") {
	for (const Outcome outcome : all_outcomes) CHECK(parse_outcome(outcome_text(outcome)).value() == outcome);
	CHECK(parse_outcome("Decided").error().text == "expected an outcome (decided, recorded, aside, ignored, refused, "
	                                               "waiting, duplicate), got \"Decided\"");
}
