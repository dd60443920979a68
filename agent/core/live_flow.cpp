// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/live_flow.h"

namespace gate25 {

bool is_refused(const Policy& policy, const DecisionIndex& decisions, const LiveFlow& flow) {
	// rules/redirect.nft leaves what it once redirected alone until a quarantine.
	const bool is_redirected = flow.protocol == protocol_tcp && flow.to_port == port_smtp &&
	                           flow.reached_port == port_submission;
	Packet packet;
	packet.protocol = flow.protocol;
	packet.source = flow.from;
	packet.source_port = flow.from_port;
	packet.destination = is_redirected ? flow.to : flow.reached;
	packet.destination_port = is_redirected ? flow.to_port : flow.reached_port;
	packet.opens = false;
	packet.is_trackable = is_redirected; // a known connection is not translated anew
	const Decided decided = policy.decide(packet, decisions);
	if (is_redirected && decided.step != 2) return false;
	return decided.verdict == Verdict::reset || decided.verdict == Verdict::drop;
}

} // namespace gate25
