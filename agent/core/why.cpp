// SPDX-License-Identifier: GPL-2.0-or-later
//
// The sentence that `explain` prints beside a verdict.
#include "core/policy.h"

namespace gate25 {
namespace {

std::string quarantine_clause(const Decided& d) {
	std::string text = "quarantine";
	if (d.decision != 0) text += " " + std::to_string(d.decision);
	if (d.match) text += " of " + d.match->text();
	return text + " at level " + std::string(d.level);
}

std::string step_two(const Packet& packet, const Decided& d) {
	if (d.level.empty() || d.decision == 0)
		return "no quarantine refuses port " + std::to_string(packet.destination_port) +
		       ", and no policy touches it (RFC 5068)";
	if (is_notice(d)) return quarantine_clause(d) + " refuses it";
	if (d.verdict == Verdict::redirect) return quarantine_clause(d) + " leads the web to the portal " + d.to->text();
	if (d.verdict != Verdict::accept) return quarantine_clause(d) + " refuses it";
	if (d.counter == "relay") return quarantine_clause(d) + " leaves the relay reachable";
	if (d.level == "garden") return quarantine_clause(d) + " allows this destination";
	return quarantine_clause(d) + " does not touch port " + std::to_string(packet.destination_port);
}

std::string policy_clause(const Decided& d) {
	switch (is_notice(d) ? Verdict::reset : d.verdict) {
	case Verdict::accept: return "open: port 25 may be used";
	case Verdict::redirect:
		return "redirect: port 25 becomes " + std::to_string(d.to_port) + " on " + d.to->text();
	default: return "block: port 25 only leads to the relay";
	}
}

std::string notice_clause(const Decided& d) {
	return "; the router answers it (port " + std::to_string(d.to_port) +
	       ") and says where mail goes instead, up to 20 times a minute, then it is reset";
}

std::string volume_clause(const std::vector<Limit>& limits) {
	std::string text;
	for (const Limit& limit : limits) text += (text.empty() ? "; as long as he keeps to " : " and ") + limit.text();
	return text;
}

} // namespace

std::string Policy::why(const Packet& packet, const Decided& d) const {
	std::string text;
	switch (d.step) {
	case 1:
		if (is_subscriber(packet.source)) return "gate25 does not look at such packets";
		return packet.source.text() + " is not in a subscriber prefix";
	case 2: text = step_two(packet, d); break;
	case 3: text = (d.match ? d.match->text() : packet.destination.text()) + " is a relay"; break;
	case 4: text = "exemption " + std::to_string(d.decision) + " of " + (d.match ? d.match->text() : ""); break;
	case 5: text = "the policy of " + (d.match ? d.match->text() : "its prefix") + " is " + policy_clause(d); break;
	default: text = "the default policy is " + policy_clause(d); break;
	}
	if (d.may_be_limited && d.step != 2)
		text += "; at level limit, up to " + std::to_string(config_.quarantine.limit) + " connections per hour";
	if (is_notice(d)) text += notice_clause(d);
	if (d.may_be_over_volume) text += volume_clause(limits_for(packet.source));
	return text;
}

} // namespace gate25
