// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/judge.h"
#include "core/text.h"
#include "core/words.h"

#include <algorithm>
#include <set>

namespace gate25 {

namespace {

constexpr std::array<std::string_view, 7> outcome_words{"decided", "recorded", "aside",    "ignored",
                                                        "refused", "waiting",  "duplicate"};

constexpr std::array<std::string_view, last_judge_step + 1> step_words{
	"judged before steps had numbers",
	"unreadable, or of a kind that nobody has agreed on",
	"forged: altered, or in another reporter's name",
	"the key that it is signed with is not here yet",
	"the address is no subscriber's",
	"too old, from the future, or nobody knows who held it then",
	"seen already",
	"the reporter is unproven",
	"it does not accuse the subscriber",
	"the subscriber is on the never-quarantine list",
	"an exemption stands",
	"a quarantine stands that is as strict",
	"from before the last release, or in the grace after it",
	"not corroborated yet",
	"the score is not below the threshold",
	"weak evidence: the milder level",
	"quarantine",
};

// Clocks differ; a report from further ahead than this has a wrong one.
constexpr Seconds clock_slack{std::chrono::hours{1}};

constexpr std::size_t longest_evidence = 200; // in the reason of a quarantine

Judgement ended(unsigned step, Outcome outcome, std::string why) {
	Judgement judgement;
	judgement.step = step;
	judgement.outcome = outcome;
	judgement.why = std::move(why);
	return judgement;
}

// Whatever a proven reporter says counts for the score.
Judgement recorded(unsigned step, std::string why, bool is_incident = false) {
	Judgement judgement = ended(step, Outcome::recorded, std::move(why));
	judgement.is_tallied = true;
	judgement.is_incident = is_incident;
	return judgement;
}

using Step = std::optional<Judgement>;

// Steps 1 to 3: whether there is an alert at all.
Step by_reading(const Situation& s) {
	if (s.signature == SignatureState::bad) return ended(2, Outcome::refused, s.signature_why);
	if (s.signature == SignatureState::unknown_key && s.can_wait) return ended(3, Outcome::waiting, s.signature_why);
	if (s.alert == nullptr) return ended(1, Outcome::aside, s.unread);
	if (s.reporter.proof == Proof::forged) return ended(2, Outcome::refused, s.reporter.why);
	return std::nullopt;
}

// Steps 4 to 8: whether it speaks of a subscriber, now, for the first time, and is to be believed.
Step by_standing(const Config& config, const Situation& s) {
	const Alert& alert = *s.alert;
	if (!s.objection.empty()) return ended(4, Outcome::ignored, s.objection);
	if (!s.unknown_holder.empty()) return ended(5, Outcome::aside, s.unknown_holder);
	if (alert.at && *alert.at < s.now - config.alerts.max_age)
		return ended(5, Outcome::aside, "it happened on " + time_text(*alert.at) + ", longer ago than max_age, " +
		                                    duration_text(config.alerts.max_age) + ": who held the address then?");
	if (alert.at && *alert.at > s.now + clock_slack)
		return ended(5, Outcome::aside, "it says that it happened on " + time_text(*alert.at) + ", which is yet to come");
	if (s.seen != 0) return ended(6, Outcome::duplicate, "the same as alert " + std::to_string(s.seen));
	if (s.reporter.proof == Proof::none)
		return ended(7, Outcome::recorded, (s.reporter.name.empty() ? "the reporter" : s.reporter.name) +
		                                       " is unproven and only informs: " + s.reporter.why);
	if (!is_accusation(alert.kind))
		return recorded(8, std::string(kind_text(alert.kind)) + " does not accuse the subscriber");
	return std::nullopt;
}

Level level_for(const Config& config, const Situation& s) {
	const bool is_weak = s.alert->is_weak || s.reporter.weight < one_point;
	return is_weak ? std::min(config.alerts.weak_level, config.quarantine.level) : config.quarantine.level;
}

// What is only recorded neither stands in the way of a real quarantine nor takes its place; a milder one is made stricter.
bool is_held(const Situation& s, Level level) {
	if (!s.held) return false;
	const bool is_record = s.mode == Mode::monitor;
	if (s.held->is_monitored != is_record) return is_record;
	return s.held->level >= level;
}

std::string named(const Situation& s) { return s.who.empty() ? s.subscriber.text() : s.who; }

// Steps 9 to 12: what protects him.
Step by_protection(const Config& config, const Situation& s) {
	for (const Prefix& never : config.quarantine.never) {
		const auto spares = [&](const Prefix& one) { return never.overlaps(one); };
		if (spares(s.place) || std::any_of(s.holds.begin(), s.holds.end(), spares))
			return recorded(9, never.text() + " is never quarantined by an alert");
	}
	if (s.exemption != 0)
		return recorded(10, named(s) + " has exemption " + std::to_string(s.exemption));
	if (is_held(s, level_for(config, s)))
		return recorded(11, (s.held->prefix == s.subscriber ? named(s) : s.held->prefix.text()) + " is in quarantine already, number " + std::to_string(s.held->id));
	if (!s.released) return std::nullopt;
	if (s.alert->at && *s.alert->at < *s.released)
		return recorded(12, "it happened before the release on " + time_text(*s.released));
	if (s.now < *s.released + config.alerts.grace)
		return recorded(12, "released on " + time_text(*s.released) + ": alerts are only recorded for " +
		                        duration_text(config.alerts.grace));
	return std::nullopt;
}

Step by_corroboration(const AlertRules& rules, const Situation& s) {
	if (rules.reporters <= 1 && rules.incidents <= 1) return std::nullopt;
	std::set<std::uint64_t> reporters{text_hash(s.reporter.name)};
	std::size_t incidents = 1;
	for (const Incident& incident : s.incidents) {
		// What was before a release was dealt with by it.
		if (incident.at < s.now - rules.within || (s.released && incident.at < *s.released)) continue;
		reporters.insert(incident.reporter);
		++incidents;
	}
	if (reporters.size() >= rules.reporters && incidents >= rules.incidents) return std::nullopt;
	const auto of = [](std::size_t have, unsigned need, const char* what) {
		return std::to_string(have) + " of " + std::to_string(need) + " " + what;
	};
	return recorded(13, of(reporters.size(), rules.reporters, "reporters") + " and " +
	                        of(incidents, rules.incidents, "incidents") + " within " + duration_text(rules.within), true);
}

std::string accusation(const Situation& s, Points score) {
	std::string text = std::string(kind_text(s.alert->kind)) + " reported by " + s.reporter.name;
	if (s.alert->count > 1) text += ", " + std::to_string(s.alert->count) + " times";
	text += ", score " + points_text(score);
	// Of our own format it is a sentence; of a report it may be anything.
	if (s.alert->format == ReportFormat::json && !s.alert->evidence.empty())
		text += ": " + printable(s.alert->evidence).substr(0, longest_evidence);
	return text;
}

Judgement decided(const Config& config, const Situation& s, Points score) {
	const Level level = level_for(config, s);
	const auto& durations = config.quarantine.duration;
	Judgement judgement = recorded(level < config.quarantine.level ? 15 : 16, accusation(s, score));
	judgement.outcome = Outcome::decided;
	judgement.level = level;
	judgement.duration = durations[std::min<std::size_t>(s.earlier, durations.size() - 1)];
	judgement.is_monitored = s.mode == Mode::monitor;
	judgement.is_incident = judgement.is_monitored || judgement.step == 15;
	// Nobody may take it for one that is enforced.
	if (judgement.is_monitored) judgement.why += "; only recorded, by mode = \"monitor\"";
	return judgement;
}

} // namespace

std::string_view outcome_text(Outcome outcome) {
	return outcome_words[static_cast<std::size_t>(outcome)];
}

Result<Outcome> parse_outcome(std::string_view text) {
	return parse_word<Outcome>("an outcome", outcome_words, text);
}

std::string_view step_text(unsigned step) {
	return step <= last_judge_step ? step_words[step] : std::string_view();
}

Judgement judge(const Config& config, const Situation& situation) {
	if (auto step = by_reading(situation)) return *std::move(step);
	if (auto step = by_standing(config, situation)) return *std::move(step);
	if (auto step = by_protection(config, situation)) return *std::move(step);
	if (auto step = by_corroboration(config.alerts, situation)) return *std::move(step);
	Tally tally = situation.tally;
	tally.add(situation.alert->kind, situation.alert->count, situation.reporter.weight);
	const Points score = score_of(config.score, tally);
	if (score >= config.score.threshold)
		return recorded(14, "score " + points_text(score) + " is not below " + points_text(config.score.threshold), true);
	return decided(config, situation, score);
}

} // namespace gate25
