// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/way_out.h"

#include <algorithm>

namespace gate25 {
namespace {

constexpr std::array<std::string_view, 6> words{"not-in-quarantine", "never", "shared", "level", "used-up", "still-trying"};

bool is_named(const ReleaseRules& rules, Level level) {
	return std::find(rules.levels.begin(), rules.levels.end(), level) != rules.levels.end();
}

std::optional<NoWayOut> refusal_of(const ReleaseRules& rules, const WayOutFacts& facts) {
	if (facts.standing.empty()) return NoWayOut::not_in_quarantine;
	if (rules.self == 0) return NoWayOut::never;
	if (facts.is_shared) return NoWayOut::shared;
	const auto is_allowed = [&](const Quarantine& quarantine) { return is_named(rules, quarantine.level); };
	if (!std::all_of(facts.standing.begin(), facts.standing.end(), is_allowed)) return NoWayOut::level;
	if (facts.used >= rules.self) return NoWayOut::used_up;
	if (!rules.quiet) return std::nullopt;
	if (!facts.attempts) return NoWayOut::still_trying; // quiet must be seen, not supposed
	if (facts.attempts->since_last && *facts.attempts->since_last < *rules.quiet) return NoWayOut::still_trying;
	return std::nullopt;
}

std::string times(unsigned count) {
	return count == 1 ? "once" : count == 2 ? "twice" : std::to_string(count) + " times";
}

std::string still_trying(const ReleaseRules& rules, const WayOutFacts& facts) {
	if (!facts.attempts) return "nobody can see here whether a machine of yours still tries to send mail by port 25: only the abuse desk can end it";
	return "a machine of yours tried to send mail by port 25 " + duration_text(facts.attempts->since_last) +
	       " ago: find it first; it must be quiet for " + duration_text(rules.quiet);
}

std::string why(NoWayOut refused, const ReleaseRules& rules, Seconds memory, const WayOutFacts& facts) {
	switch (refused) {
	case NoWayOut::not_in_quarantine: return "there is no quarantine that could be ended";
	case NoWayOut::never: return "only the abuse desk can end it";
	case NoWayOut::shared: return "it concerns others too: only the abuse desk can end it";
	case NoWayOut::level: return "from a quarantine of this level only the abuse desk can let you out";
	case NoWayOut::used_up:
		return "you have ended a quarantine yourself " + times(facts.used) + " within " + duration_text(memory) +
		       ": this time only the abuse desk can end it";
	case NoWayOut::still_trying: return still_trying(rules, facts);
	}
	return {};
}

} // namespace

std::string_view no_way_out_text(NoWayOut refused) {
	return words[static_cast<std::size_t>(refused)];
}

bool allows(const ReleaseRules& rules, Level level) {
	return rules.self > 0 && is_named(rules, level);
}

WayOut way_out(const ReleaseRules& rules, Seconds memory, const WayOutFacts& facts) {
	WayOut out;
	out.refused = refusal_of(rules, facts);
	out.used = facts.used;
	out.left = rules.self > facts.used ? rules.self - facts.used : 0;
	if (out.refused) out.why = why(*out.refused, rules, memory, facts);
	return out;
}

} // namespace gate25
