// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/situation.h"

#include "core/plan.h"

#include <algorithm>
#include <utility>

namespace gate25 {

namespace {

// Who holds the address is held, exempt or released by any prefix round it; the longest counts first.
void look_up(Situation& s, const std::vector<Prefix>& prefixes, const Memory& memory, Standings& standings) {
	for (const Prefix& prefix : prefixes) {
		if (!s.held) s.held = standings.held(prefix);
		if (s.exemption == 0) s.exemption = standings.exemption(prefix);
		const Dossier* dossier = memory.dossiers.find(prefix);
		if (dossier == nullptr) continue;
		s.released = std::max(s.released, dossier->released);
		if (prefix != s.subscriber) continue;
		s.tally = dossier->tally;
		s.incidents = dossier->incidents;
	}
}

} // namespace

Situation situation_of(const Config& config, const Alert& alert, Attribution reporter, std::uint64_t key, UnixTime now,
                       const Memory& memory, Standings& standings, const std::optional<Holder>& holder) {
	Situation s;
	s.now = now;
	s.alert = &alert;
	s.reporter = std::move(reporter);
	s.place = subscriber_of(config.network, alert.address);
	s.subscriber = holder ? holder->key : s.place;
	s.who = holder ? holder->name : s.place.text();
	if (const auto objection = objection_to_reported(config.network, alert.address); objection && !is_shared_address(config, alert.address))
		s.objection = objection->text;
	s.seen = memory.seen.find(key, now - config.alerts.duplicates);
	if (!is_accusation(alert.kind)) return s;
	// What stands at an address that he has left is about somebody else.
	std::vector<Prefix> subjects;
	if (!holder || holder->is_there) subjects = decision_prefixes(config.network, alert.address);
	if (holder) subjects.insert(subjects.begin(), holder->key);
	look_up(s, subjects, memory, standings);
	s.mode = mode_of(config, s.place);
	s.earlier = standings.begun_since(s.subscriber, now - config.quarantine.memory);
	// The one that stands is made stricter, not followed by another.
	if (s.held && s.held->prefix == s.subscriber && !s.held->is_monitored && s.earlier > 0) --s.earlier;
	return s;
}

} // namespace gate25
