// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/takeover.h"

namespace gate25 {
namespace {

constexpr const char* reason = "found in the kernel, its record was lost";

template <class Decision>
Decision found(const Prefix& prefix, const FoundElement& element, const Now& now, std::uint64_t id) {
	Decision decision;
	decision.id = id;
	decision.prefix = prefix;
	decision.reason = reason;
	decision.by = "gate25";
	decision.from = now.wall;
	if (element.left) decision.until = Deadline{now.wall + std::chrono::ceil<Seconds>(*element.left), now.boot + *element.left};
	return decision;
}

} // namespace

void Takeover::record(Transaction& transaction) const {
	for (const Quarantine& quarantine : quarantines) {
		transaction.put(quarantine);
		transaction.audit("gate25", "quarantine", quarantine.prefix.text(), reason, quarantine.id);
	}
	for (const Exemption& exemption : exemptions) {
		transaction.put(exemption);
		transaction.audit("gate25", "exempt", exemption.prefix.text(), reason, exemption.id);
	}
}

Takeover take_over(const Network& network, const Book& book, const std::vector<FoundElement>& elements, const Now& now,
                   std::uint64_t& next_id) {
	Takeover taken;
	for (const FoundElement& element : elements) {
		const Prefix prefix = prefix_of(network, element.set, element.key);
		if (objection_to(network, prefix, "taken over")) continue;
		if (!element.set.level) {
			if (!book.exemption(prefix)) taken.exemptions.push_back(found<Exemption>(prefix, element, now, next_id++));
		} else if (!book.quarantine(prefix)) {
			taken.quarantines.push_back(found<Quarantine>(prefix, element, now, next_id++));
			taken.quarantines.back().level = *element.set.level;
		}
	}
	return taken;
}

} // namespace gate25
