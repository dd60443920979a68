// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/coverage.h"

#include "core/situation.h"

namespace gate25 {

// The kernel puts nothing in its place when the time of the stricter one is over, so it stays until the agent puts the
// milder one there.
Standing stricter(const Standing& one, const Standing& other) {
	Standing counts = one.level > other.level ? one : other;
	counts.until = later_end(one.until, other.until);
	return counts;
}

std::optional<Standing> Coverage::own(const Prefix& prefix, bool is_exemption) const {
	return is_exemption ? book_.exemption_standing(prefix) : book_.quarantine_standing(prefix);
}

std::optional<Standing> Coverage::of_holder(const Prefix& prefix, bool is_exemption) const {
	if (assignments_.size() == 0) return std::nullopt;
	const auto holder = assignments_.holder(prefix);
	if (!holder) return std::nullopt;
	auto decided = own(*holder, is_exemption);
	if (decided) decided->prefix = prefix;
	return decided;
}

std::optional<Standing> Coverage::standing(const Prefix& prefix, bool is_exemption) const {
	const auto of_prefix = own(prefix, is_exemption), of_person = of_holder(prefix, is_exemption);
	if (of_prefix && of_person) return stricter(*of_prefix, *of_person);
	return of_prefix ? of_prefix : of_person;
}

std::optional<Standing> Coverage::quarantine_standing(const Prefix& prefix) const { return standing(prefix, false); }
std::optional<Standing> Coverage::exemption_standing(const Prefix& prefix) const { return standing(prefix, true); }

bool Coverage::is_shared(const Prefix& subject, const Prefix& place, bool is_exemption) const {
	return (is_subscriber_key(subject) ? own(place, is_exemption) : of_holder(place, is_exemption)).has_value();
}

bool Coverage::is_decided(const Prefix& subscriber) const {
	return book_.quarantine_standing(subscriber) || book_.exemption_standing(subscriber);
}

std::optional<DecisionIndex::Found> Coverage::quarantine(const Prefix& exact) const {
	const auto own = book_.quarantine(exact);
	const auto holder = assignments_.size() == 0 ? std::nullopt : assignments_.holder(exact);
	const auto person = holder ? book_.quarantine(*holder) : std::nullopt;
	if (!own || !person) return own ? own : person;
	return person->level > own->level ? person : own;
}

std::optional<std::uint64_t> Coverage::exemption(const Prefix& exact) const {
	if (const auto own = book_.exemption(exact)) return own;
	const auto holder = assignments_.size() == 0 ? std::nullopt : assignments_.holder(exact);
	return holder ? book_.exemption(*holder) : std::nullopt;
}

std::vector<Prefix> Coverage::places(const Prefix& subject) const {
	if (!is_subscriber_key(subject)) return {subject};
	std::vector<Prefix> places;
	for (const Assignment& assignment : assignments_.of(subject))
		if (assignment.ports.is_whole()) places.push_back(assignment.prefix);
	return places;
}

void Coverage::each_standing(const std::function<void(const Standing&)>& visit) const {
	book_.each_standing([&](const Standing& decided) {
		const bool is_exemption = !decided.level;
		if (!is_subscriber_key(decided.prefix)) return visit(*standing(decided.prefix, is_exemption));
		for (const Prefix& place : places(decided.prefix)) {
			if (own(place, is_exemption)) continue; // its own turn comes, with both
			Standing there = decided;
			there.prefix = place;
			visit(there);
		}
	});
}

} // namespace gate25
