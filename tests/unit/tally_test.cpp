// SPDX-License-Identifier: GPL-2.0-or-later
//
// What was said of a subscriber, added up: exact in hundredths, bounded, and worth what is configured now.
#include "core/tally.h"

#include <doctest/doctest.h>

using namespace gate25;

namespace {

Tally tally_of(AlertKind kind, std::uint32_t count = 1, Points weight = one_point) {
	Tally tally;
	tally.add(kind, count, weight);
	return tally;
}

} // namespace

TEST_CASE("each kind counts as itself, not-spam as ham, other as nothing") {
	CHECK(tally_kind(AlertKind::spam) == TallyKind::spam);
	CHECK(tally_kind(AlertKind::missed_spam) == TallyKind::missed_spam);
	CHECK(tally_kind(AlertKind::bot) == TallyKind::bot);
	CHECK(tally_kind(AlertKind::malware) == TallyKind::malware);
	CHECK(tally_kind(AlertKind::ham) == TallyKind::ham);
	CHECK(tally_kind(AlertKind::not_spam) == TallyKind::ham);
	CHECK(!tally_kind(AlertKind::other));
	CHECK(tally_of(AlertKind::other, 1000) == Tally());
}

TEST_CASE("every kind has its word, and it is that of the alert") {
	for (const AlertKind kind : all_alert_kinds) {
		const auto counted = tally_kind(kind);
		if (counted && kind != AlertKind::not_spam) CHECK(tally_text(*counted) == kind_text(kind));
	}
}

TEST_CASE("an alert counts its number times its reporter's weight") {
	CHECK(tally_of(AlertKind::spam, 3, 50).of(TallyKind::spam) == 150);
	CHECK(tally_of(AlertKind::spam, 3, 50).of(TallyKind::ham) == 0);
	CHECK(tally_of(AlertKind::spam, 3, 0) == Tally());
	CHECK(tally_of(AlertKind::spam, 0) == Tally());
}

TEST_CASE("the defaults: a missed spam weighs two, all else one, ham speaks for him") {
	const ScoreRules rules;
	CHECK(score_of(rules, Tally()) == 0);
	CHECK(score_of(rules, tally_of(AlertKind::spam)) == -100);
	CHECK(score_of(rules, tally_of(AlertKind::missed_spam)) == -200);
	CHECK(score_of(rules, tally_of(AlertKind::bot)) == -100);
	CHECK(score_of(rules, tally_of(AlertKind::malware)) == -100);
	CHECK(score_of(rules, tally_of(AlertKind::ham)) == 100);
	CHECK(score_of(rules, tally_of(AlertKind::not_spam)) == 100);
}

TEST_CASE("the score is the sum of its items") {
	ScoreRules rules;
	rules.spam = -250;
	Tally tally;
	for (const AlertKind kind : all_alert_kinds) tally.add(kind, 2, 150);
	Points sum = 0;
	for (const TallyKind kind : all_tally_kinds) sum += points_of(rules, tally, kind);
	CHECK(score_of(rules, tally) == sum);
	CHECK(points_of(rules, tally, TallyKind::spam) == -750);
	CHECK(points_of(rules, tally, TallyKind::ham) == 600);
}

TEST_CASE("ham adds up to its cap, and only ham has one") {
	ScoreRules rules;
	CHECK(score_of(rules, tally_of(AlertKind::ham, 10)) == 1000);
	CHECK(score_of(rules, tally_of(AlertKind::ham, 11)) == 1000);
	CHECK(score_of(rules, tally_of(AlertKind::spam, 11)) == -1100);
	rules.ham_most = 0;
	CHECK(score_of(rules, tally_of(AlertKind::ham, 11)) == 0);
}

TEST_CASE("what the weights are now counts, not what they were") {
	const Tally tally = tally_of(AlertKind::bot, 4);
	ScoreRules rules;
	rules.bot = -10;
	CHECK(score_of(rules, tally) == -40);
	rules.bot = 0;
	CHECK(score_of(rules, tally) == 0);
}

TEST_CASE("a sum never overflows: it stays at its bound and keeps its sign") {
	Tally tally;
	for (int i = 0; i < 10'000; ++i)
		for (const AlertKind kind : all_alert_kinds) tally.add(kind, UINT32_MAX, 1000);
	const Tally before = tally;
	tally.add(AlertKind::spam, UINT32_MAX, 1000);
	CHECK(tally == before);
	ScoreRules rules; // the most that a configuration can say
	rules.ham = rules.ham_most = 100'000;
	rules.spam = rules.missed_spam = rules.bot = rules.malware = rules.threshold = -100'000;
	CHECK(points_of(rules, tally, TallyKind::ham) == 100'000);
	for (const TallyKind kind : {TallyKind::spam, TallyKind::missed_spam, TallyKind::bot, TallyKind::malware})
		CHECK(points_of(rules, tally, kind) < -1'000'000'000'000);
	CHECK(score_of(rules, tally) < rules.threshold);
}

TEST_CASE("points are written as people write them") {
	CHECK(points_text(0) == "0");
	CHECK(points_text(100) == "1");
	CHECK(points_text(-100) == "-1");
	CHECK(points_text(-250) == "-2.5");
	CHECK(points_text(5) == "0.05");
	CHECK(points_text(-5) == "-0.05");
	CHECK(points_text(-99) == "-0.99");
	CHECK(points_text(1010) == "10.1");
	CHECK(points_text(-400'000'000'000'000'000) == "-4000000000000000");
}
