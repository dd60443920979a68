// SPDX-License-Identifier: GPL-2.0-or-later
//
// Total: whatever the situation is, exactly one step answers, and nobody is quarantined who must not be.
#include "judge_case.h"

#include "core/tally.h"

#include <array>
#include <doctest/doctest.h>
#include <random>

using namespace gate25;

namespace {

class Dice {
public:
	explicit Dice(unsigned seed) : random_(seed) {}
	std::int64_t number(std::int64_t least, std::int64_t most) {
		return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
	}
	bool one_in(int n) { return number(1, n) == 1; }
	template <class Values> auto of(const Values& values) {
		return values[static_cast<std::size_t>(number(0, static_cast<std::int64_t>(values.size()) - 1))];
	}

private:
	std::mt19937_64 random_;
};

void throw_config(Dice& dice, Config& config) {
	config.alerts.reporters = static_cast<unsigned>(dice.number(1, 3));
	config.alerts.incidents = static_cast<unsigned>(dice.number(1, 3));
	config.alerts.within = Seconds(dice.number(1, 100'000));
	config.alerts.grace = Seconds(dice.number(0, 100'000));
	config.alerts.max_age = Seconds(dice.number(1, 1'000'000));
	config.alerts.weak_level = dice.of(all_levels);
	config.quarantine.level = dice.of(all_levels);
	config.score.threshold = dice.number(-100'000, 0);
	config.score.spam = dice.number(-100'000, 0);
	config.score.ham = dice.number(0, 100'000);
	if (dice.one_in(3)) config.quarantine.duration = {Seconds(dice.number(1, 1'000'000))};
	if (dice.one_in(8)) config.quarantine.never = {prefix_at("100.64.0.0/16"), prefix_at("2001:db8:1000:100::/56")};
}

void throw_situation(Dice& dice, JudgeCase& c) {
	constexpr std::array<Proof, 5> proofs{Proof::none, Proof::user, Proof::desk, Proof::openpgp, Proof::forged};
	constexpr std::array<SignatureState, 5> states{SignatureState::none, SignatureState::good, SignatureState::untrusted,
	                                               SignatureState::unknown_key, SignatureState::bad};
	c.is_read = !dice.one_in(20);
	if (!c.is_read) c.s.unread = "unreadable";
	c.alert.kind = dice.one_in(2) ? AlertKind::spam : dice.of(all_alert_kinds);
	c.alert.count = static_cast<std::uint32_t>(dice.one_in(2) ? 1 : dice.number(0, UINT32_MAX));
	c.alert.is_weak = dice.one_in(3);
	if (dice.one_in(2)) c.alert.at = noon - Seconds(dice.number(-100'000, 1'000'000));
	c.s.signature = dice.one_in(4) ? dice.of(states) : SignatureState::none;
	c.s.signature_why = "of the signature";
	c.s.can_wait = dice.one_in(2);
	c.s.reporter.proof = dice.one_in(4) ? dice.of(proofs) : Proof::user;
	c.s.reporter.weight = dice.number(0, 1000);
	c.s.reporter.why = "of the reporter";
	if (dice.one_in(20)) c.s.objection = "an objection";
	if (dice.one_in(20)) c.s.seen = 1;
	if (dice.one_in(8)) c.s.exemption = 1;
	if (dice.one_in(4)) c.held_at(dice.of(all_levels), dice.one_in(2));
	if (dice.one_in(4)) c.s.released = noon - Seconds(dice.number(0, 200'000));
	for (auto left = dice.number(0, 4); left > 0; --left)
		c.with_incident(dice.one_in(2) ? "fbl" : "trap", Seconds(dice.number(0, 200'000)));
	for (Points& sum : c.s.tally.sums) sum = dice.one_in(2) ? 0 : dice.number(0, 1'000'000'000'000);
	c.s.earlier = static_cast<unsigned>(dice.number(0, 5));
	if (dice.one_in(4)) c.s.mode = Mode::monitor;
}

Outcome outcome_of_step(unsigned step) {
	switch (step) {
	case 1: case 5: return Outcome::aside;
	case 2: return Outcome::refused;
	case 3: return Outcome::waiting;
	case 4: return Outcome::ignored;
	case 6: return Outcome::duplicate;
	case 15: case 16: return Outcome::decided;
	default: return Outcome::recorded;
	}
}

// Who may be quarantined at all, said once more and in other words.
bool may_be_quarantined(const JudgeCase& c) {
	const bool is_proven = c.s.reporter.proof != Proof::none && c.s.reporter.proof != Proof::forged;
	const bool is_real = c.is_read && c.s.signature != SignatureState::bad && c.s.objection.empty() && c.s.seen == 0;
	const bool is_protected = c.s.exemption != 0 || (c.s.released && noon - *c.s.released < c.config.alerts.grace) ||
	                          (c.s.released && c.alert.at && *c.alert.at < *c.s.released) ||
	                          std::any_of(c.config.quarantine.never.begin(), c.config.quarantine.never.end(),
	                                      [&](const Prefix& never) { return never.contains(c.alert.address); });
	Tally tally = c.s.tally;
	tally.add(c.alert.kind, c.alert.count, c.s.reporter.weight);
	return is_real && is_proven && is_accusation(c.alert.kind) && !is_protected &&
	       score_of(c.config.score, tally) < c.config.score.threshold;
}

void check_decided(const JudgeCase& c, const Judgement& judgement) {
	REQUIRE(may_be_quarantined(c));
	REQUIRE(judgement.level <= c.config.quarantine.level);
	REQUIRE(judgement.is_monitored == (c.s.mode == Mode::monitor));
	const auto& durations = c.config.quarantine.duration;
	REQUIRE(std::find(durations.begin(), durations.end(), judgement.duration) != durations.end());
	if (!c.s.held) return;
	// Never milder than what is in force, and nothing real gives way to a record.
	REQUIRE((judgement.level > c.s.held->level || c.s.held->is_monitored));
	REQUIRE((!judgement.is_monitored || c.s.held->is_monitored));
}

} // namespace

TEST_CASE("any situation ends at exactly one step, with the outcome of that step") {
	Dice dice(25);
	std::array<unsigned, last_judge_step + 1> reached{};
	for (int round = 0; round < 200'000; ++round) {
		JudgeCase c(dice.one_in(2) ? Family::ipv4 : Family::ipv6);
		throw_config(dice, c.config);
		throw_situation(dice, c);
		const Judgement judgement = c.judged();
		REQUIRE(judgement.step >= 1);
		REQUIRE(judgement.step <= last_judge_step);
		++reached[judgement.step];
		REQUIRE(judgement.outcome == outcome_of_step(judgement.step));
		REQUIRE(!judgement.why.empty());
		REQUIRE(judgement.is_tallied == (judgement.step >= 8));
		// What only tells him, or is only recorded, uses up no corroboration.
		const bool is_incident = judgement.step >= 13 && judgement.step <= 15;
		REQUIRE(judgement.is_incident == (is_incident || judgement.is_monitored));
		if (judgement.outcome == Outcome::decided) check_decided(c, judgement);
	}
	for (unsigned step = 1; step <= last_judge_step; ++step) {
		CAPTURE(step);
		CHECK(reached[step] > 50);
	}
}
