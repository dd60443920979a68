// SPDX-License-Identifier: GPL-2.0-or-later
//
// What would have been: recorded alerts, and what persons did between them, run through a configuration with the
// real judge(). Pure, and a stream: what is kept is the state of each subscriber, not the alerts. gate25-replay(7)
// says what cannot be known this way.
#pragma once

#include "core/memory.h"

#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace gate25 {

// What a person did. In the order of their numbers, which alerts share.
struct PersonAct {
	enum class Kind : std::uint8_t { quarantine, release, exempt, unexempt };
	std::uint64_t id = 0; // of the line in the audit
	UnixTime at{};
	Kind kind = Kind::release;
	Prefix prefix;
	std::uint64_t decision = 0;
	Level level = Level::port25;   // of a quarantine
	std::optional<UnixTime> until; // of a quarantine or an exemption; nullopt: until somebody ends it
};

// What the alerts did to one subscriber: the quarantines in force, not those that are only recorded.
struct Course {
	UnixTime first{};               // when the first one began
	unsigned step = 0;              // of core/judge.h, of the first one
	const std::string* why = nullptr; // of the first one; never nullptr, and as old as the Replay
	Level level = Level::notify;    // the strictest
	std::uint32_t quarantines = 0;
	Seconds held{0};     // all together, as long as they were to last or until somebody released him
	bool is_open = false; // the last one ends when somebody releases him; `held` counts it until the end of the replay
};

struct ReplayTotals {
	std::uint64_t alerts = 0;
	std::array<std::uint64_t, last_judge_step + 1> steps{}; // how many alerts ended at each one
	std::uint64_t quarantines = 0;
	std::uint64_t monitored = 0; // would have been recorded only
	std::uint64_t subscribers = 0;
	std::uint64_t open = 0; // subscribers in quarantine until somebody releases them
	Seconds held{0};
};

class Replay {
public:
	// What began before `since` is run through all the same, for the score and the length of what follows, and is
	// not counted.
	// The configuration stays where it is, and as it is.
	Replay(const Config& config, UnixTime since) : config_(config), since_(since) {}
	Replay(const Replay&) = delete;
	Replay& operator=(const Replay&) = delete;

	void take(const AlertRow& row);
	void take(const PersonAct& act);
	// When all is taken. `now` is when those end that nobody released yet.
	void finish(UnixTime now);

	const std::unordered_map<Prefix, Course>& courses() const { return courses_; } // subscribers who were quarantined
	const ReplayTotals& totals() const { return totals_; }

private:
	struct Standing {
		std::uint64_t id = 0;
		Level level = Level::port25;
		bool is_monitored = false;
		bool is_counted = false; // by an alert, in force, since `since`
		UnixTime counted_from{}; // what is not in the Course yet begins here
		std::optional<UnixTime> until;
	};
	struct File {
		std::optional<Standing> standing;
		std::vector<UnixTime> begun; // quarantines of this prefix, oldest first
	};
	struct Exempt {
		std::uint64_t id = 0;
		std::optional<UnixTime> until;
	};

	class Moment;
	Standing* standing(const Prefix& prefix, UnixTime now);
	void quarantine(const AlertRow& row, const Prefix& subscriber, const Judgement& judgement);
	void quarantine_by_hand(const PersonAct& act);
	void release(const PersonAct& act);
	// Puts what it held up to this moment into the Course.
	void count(const Prefix& prefix, const Standing& standing, UnixTime end);
	void end(const Prefix& prefix, File& file, UnixTime end);

	const Config& config_;
	UnixTime since_;
	Memory memory_;
	std::unordered_map<Prefix, File> files_;
	std::unordered_map<Prefix, Exempt> exempt_;
	std::unordered_map<Prefix, Course> courses_;
	std::unordered_set<std::string> reasons_; // the same ones come again and again
	ReplayTotals totals_;
};

// How one subscriber fares under two configurations.
struct Difference {
	Prefix subscriber;
	std::optional<Course> today;
	std::optional<Course> then;
	// "new", "gone", or any of "stricter", "milder", "longer", "shorter"; never empty.
	std::vector<std::string_view> words;
};
// In the order of their addresses; who fares alike is left out.
std::vector<Difference> differences(const Replay& today, const Replay& then);

} // namespace gate25
