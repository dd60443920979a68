// SPDX-License-Identifier: GPL-2.0-or-later
//
// From an alert to what follows. Pure and total: every report ends at exactly one of these steps, whose numbers
// are those of gate25-alerts(7), of every answer and row, and of tests/unit/judge_test.cpp:
//    1 unreadable, or of a kind that nobody has agreed on      aside
//    2 forged: altered, or in another reporter's name          refused
//    3 the key that it is signed with is not here yet          waiting
//    4 the address is no subscriber's                          ignored
//    5 too old, from the future, or nobody knows who held it then  aside
//    6 seen already                                            duplicate
//    7 the reporter is unproven                                recorded
//    8 it does not accuse the subscriber                       recorded
//    9 the subscriber is on the never-quarantine list          recorded
//   10 an exemption stands                                     recorded
//   11 a quarantine stands that is as strict                   recorded
//   12 from before the last release, or in the grace after it  recorded
//   13 not corroborated yet                                    recorded
//   14 the score is not below the threshold                    recorded
//   15 weak evidence                                           decided
//   16 quarantine                                              decided
// They are looked at in this order, but for the first three: what is altered (2) is refused even if it cannot be read,
// and what waits for its key (3) is read (1) and asked whose name it bears (2) when the key is there.
#pragma once

#include "core/report.h"
#include "core/signature.h"
#include "core/tally.h"
#include "core/trust.h"

#include <optional>
#include <span>
#include <string>

namespace gate25 {

enum class Outcome : std::uint8_t { decided, recorded, aside, ignored, refused, waiting, duplicate };
inline constexpr std::array<Outcome, 7> all_outcomes{Outcome::decided, Outcome::recorded, Outcome::aside,
                                                     Outcome::ignored, Outcome::refused,  Outcome::waiting,
                                                     Outcome::duplicate};
std::string_view outcome_text(Outcome outcome);
[[nodiscard]] Result<Outcome> parse_outcome(std::string_view text);

inline constexpr unsigned last_judge_step = 16;
// One line for each step, as in the table above.
std::string_view step_text(unsigned step);

// An accusation that did not lead to a quarantine yet.
struct Incident {
	UnixTime at{};
	std::uint64_t reporter = 0; // hash of its name
	friend bool operator==(const Incident&, const Incident&) = default;
};

// All that the decision looks at. Whoever fills it in may leave out what a step before its own use decides.
struct Situation {
	const Alert* alert = nullptr; // nullptr: there is none, `unread` says why
	std::string unread;
	SignatureState signature = SignatureState::none;
	std::string signature_why;
	bool can_wait = false; // a key server is configured, and its answer is not known yet
	Attribution reporter;
	UnixTime now{};
	std::string objection;       // why the address is nobody's to quarantine; empty: it is a subscriber's
	std::uint64_t seen = 0;      // the alert that this one repeats
	Prefix place;           // round the address: what policies and lists of prefixes are asked for
	Prefix subscriber;      // whom it is about: the key of who held the address then, or the place itself
	std::string who;        // the same for people
	std::vector<Prefix> holds; // what he holds besides
	std::string unknown_holder; // why nobody can say who held it then; empty: it is known, or the place stands for itself
	std::uint64_t exemption = 0;
	struct Held {
		std::uint64_t id = 0;
		Prefix prefix;
		Level level = Level::port25;
		bool is_monitored = false;
	};
	std::optional<Held> held;
	std::optional<UnixTime> released; // when somebody last let him out
	std::span<const Incident> incidents;
	Tally tally;          // before this alert
	unsigned earlier = 0; // quarantines within [quarantine] memory
	Mode mode = Mode::enforce;
};

struct Judgement {
	unsigned step = 1;
	Outcome outcome = Outcome::aside;
	std::string why; // one sentence for people, without the step's number
	bool is_tallied = false; // it counts for the score
	bool is_incident = false; // it corroborates later ones
	// When decided.
	Level level = Level::port25;
	std::optional<Seconds> duration; // nullopt: until released
	bool is_monitored = false;
};

Judgement judge(const Config& config, const Situation& situation);

// A report that came twice has the same number, whatever it came by; 0: nothing tells it from another one.
std::uint64_t report_key(const Alert& alert, const Attribution& reporter);
// The same on every machine and for ever. No secret: who chooses the text can find another with the same number.
std::uint64_t text_hash(std::string_view text);

} // namespace gate25
