// SPDX-License-Identifier: GPL-2.0-or-later
//
// A situation that leads to a quarantine, step 16, for a test to change: each condition below makes one step apply.
#pragma once

#include "core/judge.h"

#include <algorithm>
#include <string>
#include <vector>

namespace gate25 {

inline Prefix prefix_at(const char* text) { return Prefix::parse(text).value(); }
inline Address address_at(const char* text) { return Address::parse(text).value(); }
inline const UnixTime noon = parse_time("2026-11-21T12:00:00Z").value();
inline constexpr Seconds an_hour{std::chrono::hours{1}};

struct JudgeCase {
	explicit JudgeCase(Family family = Family::ipv4) {
		const bool v4 = family == Family::ipv4;
		config.network.subscribers = {prefix_at("100.64.0.0/10"), prefix_at("2001:db8:1000::/36")};
		config.network.relays = {prefix_at("192.0.2.25"), prefix_at("2001:db8:25::25")};
		alert.address = address_at(v4 ? "100.64.1.1" : "2001:db8:1000:100::1");
		alert.reporter = "fbl";
		s.reporter = {"fbl", one_point, Proof::openpgp, "signed by abuse@fbl.example"};
		s.place = s.subscriber = subscriber_of(config.network, alert.address);
		s.now = noon;
	}
	Config config;
	Alert alert;
	bool is_read = true;
	std::vector<Incident> incidents;
	Situation s;

	Judgement judged() {
		s.alert = is_read ? &alert : nullptr;
		s.incidents = incidents;
		return judge(config, s);
	}
	JudgeCase& held_at(Level level, bool is_monitored = false) {
		s.held = Situation::Held{42, s.subscriber, level, is_monitored};
		return *this;
	}
	JudgeCase& with_incident(const char* reporter, Seconds ago) {
		incidents.push_back({noon - ago, text_hash(reporter)});
		return *this;
	}
};

// What makes a step apply, in the order in which they are looked at.
struct Condition {
	const char* name;
	unsigned step;
	Outcome outcome;
	void (*apply)(JudgeCase&);
};

inline const std::vector<Condition>& judge_conditions() {
	static const std::vector<Condition> all{
		{"altered", 2, Outcome::refused,
	     [](JudgeCase& c) {
			 c.s.signature = SignatureState::bad;
			 c.s.signature_why = "the text was altered";
		 }},
		{"key missing", 3, Outcome::waiting,
	     [](JudgeCase& c) {
			 if (c.s.signature == SignatureState::none) c.s.signature = SignatureState::unknown_key;
			 c.s.can_wait = true;
			 if (c.s.signature_why.empty()) c.s.signature_why = "key 0123456789ABCDEF is not here";
		 }},
		{"unreadable", 1, Outcome::aside,
	     [](JudgeCase& c) {
			 c.is_read = false;
			 c.s.unread = "no address in it";
		 }},
		{"forged", 2, Outcome::refused,
	     [](JudgeCase& c) { c.s.reporter = {"fbl", 0, Proof::forged, "user eve may not speak for reporter fbl"}; }},
		{"no subscriber", 4, Outcome::ignored, [](JudgeCase& c) { c.s.objection = "it is nobody's"; }},
		{"too old", 5, Outcome::aside, [](JudgeCase& c) { c.alert.at = c.s.now - c.config.alerts.max_age - Seconds(1); }},
		{"yet to come", 5, Outcome::aside, [](JudgeCase& c) { c.alert.at = c.s.now + an_hour + Seconds(1); }},
		{"seen", 6, Outcome::duplicate, [](JudgeCase& c) { c.s.seen = 17; }},
		{"unproven", 7, Outcome::recorded,
	     [](JudgeCase& c) { c.s.reporter = {"fbl", 0, Proof::none, "nothing proves who it is"}; }},
		{"no accusation", 8, Outcome::recorded, [](JudgeCase& c) { c.alert.kind = AlertKind::not_spam; }},
		{"never", 9, Outcome::recorded, [](JudgeCase& c) { c.config.quarantine.never = {c.s.subscriber}; }},
		{"exempt", 10, Outcome::recorded, [](JudgeCase& c) { c.s.exemption = 9; }},
		{"held", 11, Outcome::recorded, [](JudgeCase& c) { c.held_at(c.config.quarantine.level); }},
		{"before the release", 12, Outcome::recorded,
	     [](JudgeCase& c) {
			 c.s.released = c.s.now - 2 * an_hour;
			 if (!c.alert.at || *c.alert.at >= *c.s.released) c.alert.at = *c.s.released - Seconds(1);
		 }},
		{"grace", 12, Outcome::recorded, [](JudgeCase& c) { c.s.released = c.s.now - c.config.alerts.grace + Seconds(1); }},
		{"alone", 13, Outcome::recorded, [](JudgeCase& c) { c.config.alerts.reporters = 2; }},
		{"good score", 14, Outcome::recorded, [](JudgeCase& c) { c.config.score.threshold = -1000; }},
		{"weak", 15, Outcome::decided, [](JudgeCase& c) { c.alert.is_weak = true; }},
	};
	return all;
}

} // namespace gate25
