// SPDX-License-Identifier: GPL-2.0-or-later
//
// Recorded alerts through a configuration: what would have been. The judging itself: judge_test.cpp.
#include "core/replay.h"

#include "judge_case.h"

#include <doctest/doctest.h>
#include <string>

using namespace gate25;

namespace {

constexpr Seconds a_day{std::chrono::hours{24}};
constexpr UnixTime ever = UnixTime::min();

Config configured() {
	Config config = JudgeCase().config;
	config.reporters = {{"ids", one_point, {"suricata"}, {}}, {"fbl", one_point, {}, {"abuse@fbl.example"}}};
	return config;
}

// A run, and the alerts and acts that are put into it, numbered as they come.
struct Run {
	explicit Run(Config with = configured(), UnixTime since = ever) : config(std::move(with)), replay(config, since) {}
	Config config;
	Replay replay;
	std::uint64_t id = 0;
	const char* user = "suricata";

	AlertRow row(const char* address, UnixTime at) {
		AlertRow row;
		row.id = ++id;
		row.received = at;
		row.alert.address = address_at(address);
		row.voucher.user = user;
		return row;
	}
	void alert(const char* address, UnixTime at, AlertKind kind = AlertKind::spam) {
		AlertRow said = row(address, at);
		said.alert.kind = kind;
		replay.take(said);
	}
	void act(PersonAct::Kind kind, const char* prefix, UnixTime at, std::optional<UnixTime> until = std::nullopt,
	         Level level = Level::port25) {
		replay.take(PersonAct{++id, at, kind, prefix_at(prefix), id, level, until});
	}
	const Course* finished(const char* subscriber, UnixTime now) {
		replay.finish(now);
		const auto found = replay.courses().find(prefix_at(subscriber));
		return found == replay.courses().end() ? nullptr : &found->second;
	}
};

struct Person {
	const char* address;
	const char* prefix;
	const char* around; // a decision length that is shorter
};
constexpr Person subscribers[]{{"100.64.1.1", "100.64.1.1", "100.64.1.0/24"},
                                   {"2001:db8:1000:100::1", "2001:db8:1000:100::/56", "2001:db8:1000::/48"}};

} // namespace

TEST_CASE("one alert is one quarantine, for as long as it was decided to last") {
	for (const Person& who : subscribers) {
		Run c;
		c.alert(who.address, noon);
		const Course* course = c.finished(who.prefix, noon + an_hour);
		REQUIRE(course != nullptr);
		CHECK(course->first == noon);
		CHECK(course->step == 16);
		CHECK(*course->why == "spam reported by ids, score -1");
		CHECK(course->level == Level::port25);
		CHECK(course->quarantines == 1);
		CHECK(course->held == a_day);
		CHECK(!course->is_open);
		CHECK(c.replay.totals().quarantines == 1);
		CHECK(c.replay.totals().subscribers == 1);
		CHECK(c.replay.totals().steps[16] == 1);
	}
}

TEST_CASE("they become longer: a day, three days, until released") {
	for (const Person& who : subscribers) {
		Run c;
		c.alert(who.address, noon);
		c.alert(who.address, noon + an_hour); // within the first one
		c.alert(who.address, noon + 2 * a_day);
		c.alert(who.address, noon + 10 * a_day);
		const Course* course = c.finished(who.prefix, noon + 12 * a_day);
		REQUIRE(course != nullptr);
		CHECK(course->quarantines == 3);
		CHECK(course->is_open);
		CHECK(course->held == (1 + 3 + 2) * a_day);
		CHECK(c.replay.totals().open == 1);
		CHECK(c.replay.totals().steps[11] == 1);
	}
}

TEST_CASE("earlier ones count for as long as [quarantine] memory says") {
	Run c;
	c.config.quarantine.memory = a_day * 5;
	c.alert("100.64.1.1", noon);
	c.alert("100.64.1.1", noon + 6 * a_day);
	CHECK(c.finished("100.64.1.1", noon + 7 * a_day)->held == 2 * a_day);
}

TEST_CASE("a quarantine ends to the second") {
	Run c;
	c.alert("100.64.1.1", noon);
	c.alert("100.64.1.1", noon + a_day - Seconds(1));
	c.alert("100.64.1.1", noon + a_day);
	CHECK(c.finished("100.64.1.1", noon + a_day)->quarantines == 2);
}

TEST_CASE("who speaks is found anew: a reporter that is new, gone, lighter") {
	const auto step_of = [](const Config& config, const AlertRow& row) {
		Replay replay(config, ever);
		replay.take(row);
		for (unsigned step = 1; step <= last_judge_step; ++step)
			if (replay.totals().steps[step] == 1) return step;
		return 0U;
	};
	Run c;
	AlertRow row = c.row("100.64.1.1", noon);
	row.reporter = {"somebody else", 500, Proof::desk, "as it was then"};
	CHECK(step_of(configured(), row) == 16);
	Config without = configured();
	without.reporters.clear();
	CHECK(step_of(without, row) == 7);
	Config light = configured();
	light.reporters.front().weight = 50;
	CHECK(step_of(light, row) == 15);
	AlertRow mail = c.row("2001:db8:1000:100::1", noon);
	mail.voucher = {"postfix", false, false, true, {"abuse@fbl.example"}};
	mail.alert.format = ReportFormat::arf;
	CHECK(step_of(configured(), mail) == 16);
	CHECK(step_of(without, mail) == 7);
}

TEST_CASE("whom alert_users names is a matter of the configuration, not of the record") {
	Run c;
	c.user = "ids7";
	AlertRow row = c.row("100.64.1.1", noon);
	row.voucher.is_named = true;
	c.replay.take(row);
	CHECK(c.replay.totals().steps[7] == 1);
	Run named;
	named.user = "ids7";
	named.config.agent.alert_users = {"ids7"};
	named.alert("100.64.1.1", noon);
	CHECK(named.replay.totals().steps[16] == 1);
}

TEST_CASE("a person's release ends it, and the grace begins") {
	for (const Person& who : subscribers) {
		Run c;
		c.alert(who.address, noon);
		c.act(PersonAct::Kind::release, who.prefix, noon + 2 * an_hour);
		c.alert(who.address, noon + 2 * an_hour + Seconds(1));
		c.alert(who.address, noon + 3 * an_hour);
		const Course* course = c.finished(who.prefix, noon + 4 * an_hour);
		CHECK(course->quarantines == 2);
		CHECK(course->held == 2 * an_hour + 3 * a_day);
		CHECK(c.replay.totals().steps[12] == 1);
	}
}

TEST_CASE("a release counts though nobody was held under this configuration") {
	Run c;
	c.act(PersonAct::Kind::release, "100.64.1.1", noon);
	c.alert("100.64.1.1", noon + Seconds(1));
	CHECK(c.finished("100.64.1.1", noon + an_hour) == nullptr);
	CHECK(c.replay.totals().steps[12] == 1);
}

TEST_CASE("an exemption protects from when it was given until it ends") {
	for (const Person& who : subscribers) {
		Run c;
		c.act(PersonAct::Kind::exempt, who.prefix, noon, noon + 2 * an_hour);
		c.alert(who.address, noon);
		c.alert(who.address, noon + 2 * an_hour - Seconds(1));
		CHECK(c.replay.totals().steps[10] == 2);
		c.alert(who.address, noon + 2 * an_hour);
		CHECK(c.finished(who.prefix, noon + a_day)->first == noon + 2 * an_hour);
	}
}

TEST_CASE("an exemption that a person ends protects no longer, one round the subscriber protects too") {
	for (const Person& who : subscribers) {
		Config further = configured();
		further.network.further_lengths_ipv4 = {24};
		further.network.further_lengths_ipv6 = {48};
		Run c(further);
		c.act(PersonAct::Kind::exempt, who.around, noon);
		c.alert(who.address, noon + Seconds(1));
		CHECK(c.replay.totals().steps[10] == 1);
		c.act(PersonAct::Kind::unexempt, who.around, noon + Seconds(2));
		c.alert(who.address, noon + Seconds(3));
		CHECK(c.replay.totals().steps[16] == 1);
	}
}

TEST_CASE("what a person quarantines is not the alerts' doing, but stands in their way and counts as earlier") {
	for (const Person& who : subscribers) {
		Run c;
		c.act(PersonAct::Kind::quarantine, who.prefix, noon, noon + an_hour, Level::port25);
		c.alert(who.address, noon + Seconds(1));
		CHECK(c.replay.totals().steps[11] == 1);
		c.alert(who.address, noon + an_hour);
		const Course* course = c.finished(who.prefix, noon + 9 * a_day);
		CHECK(course->quarantines == 1);
		CHECK(course->held == 3 * a_day);
	}
}

TEST_CASE("a person's milder one is made stricter, and counts from then on") {
	Run c;
	c.act(PersonAct::Kind::quarantine, "100.64.1.1", noon, std::nullopt, Level::notify);
	c.alert("100.64.1.1", noon + an_hour);
	const Course* course = c.finished("100.64.1.1", noon + 9 * a_day);
	CHECK(course->level == Level::port25);
	CHECK(course->first == noon + an_hour);
	CHECK(course->held == 9 * a_day - an_hour); // it is changed, not followed by another: until he is released, as the person said
}

TEST_CASE("weak evidence first, good evidence then: the course is as strict as the strictest") {
	Run c;
	AlertRow weak = c.row("100.64.1.1", noon);
	weak.alert.is_weak = true;
	c.replay.take(weak);
	c.alert("100.64.1.1", noon + an_hour);
	const Course* course = c.finished("100.64.1.1", noon + 9 * a_day);
	CHECK(course->step == 15);
	CHECK(course->level == Level::port25);
	CHECK(course->quarantines == 2);
	CHECK(course->held == an_hour + a_day);
}

TEST_CASE("in monitor mode nobody is quarantined, and it is said how many would have been recorded") {
	Run c;
	c.config.alerts.mode = Mode::monitor;
	c.alert("100.64.1.1", noon);
	c.alert("100.64.1.1", noon + an_hour);
	CHECK(c.finished("100.64.1.1", noon + a_day) == nullptr);
	CHECK(c.replay.totals().monitored == 1);
	CHECK(c.replay.totals().quarantines == 0);
	CHECK(c.replay.totals().held == Seconds(0));
	CHECK(c.replay.totals().steps[11] == 1);
}

TEST_CASE("the score adds up over the alerts, ham too") {
	Run c;
	c.alert("100.64.1.1", noon, AlertKind::ham);
	c.alert("100.64.1.1", noon + Seconds(1));
	CHECK(c.replay.totals().steps[14] == 1);
	c.alert("100.64.1.1", noon + Seconds(2));
	CHECK(c.replay.totals().steps[16] == 1);
}

TEST_CASE("corroboration is by the reporters of this configuration") {
	Run c;
	c.config.alerts.reporters = 2;
	c.alert("100.64.1.1", noon);
	c.alert("100.64.1.1", noon + Seconds(1));
	CHECK(c.replay.totals().steps[13] == 2);
	AlertRow mail = c.row("100.64.1.1", noon + Seconds(2));
	mail.voucher.signers = {"abuse@fbl.example"};
	c.replay.take(mail);
	CHECK(c.replay.totals().steps[16] == 1);
}

TEST_CASE("a report that was too old may be young enough elsewhere, and is a duplicate then") {
	Run c;
	AlertRow old = c.row("100.64.1.1", noon);
	old.alert.at = noon - 8 * a_day;
	c.replay.take(old);
	c.replay.take(old);
	CHECK(c.replay.totals().steps[5] == 2);
	Run patient;
	patient.config.alerts.max_age = 9 * a_day;
	patient.replay.take(old);
	patient.replay.take(old);
	CHECK(patient.replay.totals().steps[16] == 1);
	CHECK(patient.replay.totals().steps[6] == 1);
}

TEST_CASE("what is no subscriber's under this configuration is ignored") {
	Run c;
	c.config.network.subscribers = {prefix_at("2001:db8:1000::/36")};
	c.alert("100.64.1.1", noon);
	CHECK(c.replay.totals().steps[4] == 1);
}

TEST_CASE("what began before since is run through and not counted") {
	Run c(configured(), noon + a_day);
	c.alert("100.64.1.1", noon);
	c.alert("100.64.1.1", noon + a_day);
	const Course* course = c.finished("100.64.1.1", noon + 9 * a_day);
	REQUIRE(course != nullptr);
	CHECK(c.replay.totals().alerts == 1);
	CHECK(course->quarantines == 1);
	CHECK(course->held == 3 * a_day); // the second one is longer, for there was a first
	Run quiet(configured(), noon + a_day);
	quiet.alert("100.64.1.1", noon);
	CHECK(quiet.finished("100.64.1.1", noon + 9 * a_day) == nullptr);
	CHECK(quiet.replay.totals().quarantines == 0);
	CHECK(quiet.replay.totals().held == Seconds(0));
}

TEST_CASE("the sums are those of the subscribers") {
	Run c;
	for (int day = 0; day < 30; ++day)
		for (const char* address : {"100.64.1.1", "100.64.1.2", "2001:db8:1000:100::1"}) c.alert(address, noon + day * a_day);
	c.replay.finish(noon + 40 * a_day);
	Seconds held{0};
	std::uint64_t quarantines = 0, open = 0;
	for (const auto& [subscriber, course] : c.replay.courses()) {
		held += course.held;
		quarantines += course.quarantines;
		open += course.is_open ? 1 : 0;
	}
	CHECK(c.replay.totals().held == held);
	CHECK(c.replay.totals().quarantines == quarantines);
	CHECK(c.replay.totals().open == open);
	CHECK(c.replay.totals().subscribers == 3);
}

// --- two configurations -------------------------------------------------------------------------------

namespace {

std::string words_of(const Difference& one) {
	std::string text;
	for (const std::string_view word : one.words) (text += text.empty() ? "" : " ") += word;
	return text;
}

} // namespace

TEST_CASE("the same configuration makes no difference") {
	Run today, then;
	for (Run* c : {&today, &then}) {
		c->alert("100.64.1.1", noon);
		c->replay.finish(noon + a_day);
	}
	CHECK(differences(today.replay, then.replay).empty());
}

TEST_CASE("each difference has its word, in the order of the addresses") {
	Config mild = configured();
	mild.quarantine.level = Level::notify;
	mild.quarantine.duration = {2 * a_day};
	Run today, then(mild);
	today.alert("100.64.1.3", noon);
	then.alert("100.64.1.2", noon);
	for (Run* c : {&today, &then}) {
		c->alert("2001:db8:1000:100::1", noon);
		c->replay.finish(noon + a_day);
	}
	const auto all = differences(today.replay, then.replay);
	REQUIRE(all.size() == 3);
	CHECK(all[0].subscriber == prefix_at("100.64.1.2"));
	CHECK(words_of(all[0]) == "new");
	CHECK(!all[0].today);
	CHECK(words_of(all[1]) == "gone");
	CHECK(!all[1].then);
	CHECK(words_of(all[2]) == "milder longer");
	const auto back = differences(then.replay, today.replay);
	CHECK(words_of(back[0]) == "gone");
	CHECK(words_of(back[1]) == "new");
	CHECK(words_of(back[2]) == "stricter shorter");
}

TEST_CASE("until somebody releases him is longer than any time") {
	Config manual = configured();
	manual.quarantine.duration = {std::nullopt};
	Run today, then(manual);
	for (Run* c : {&today, &then}) {
		c->alert("100.64.1.1", noon);
		c->replay.finish(noon + an_hour);
	}
	const auto all = differences(today.replay, then.replay);
	REQUIRE(all.size() == 1);
	CHECK(words_of(all[0]) == "longer");
	CHECK(all[0].then->is_open);
	CHECK(all[0].then->held == an_hour);
}
