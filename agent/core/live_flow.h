// SPDX-License-Identifier: GPL-2.0-or-later
//
// A connection that passes no rule any more: another table has put it into a flowtable, and the kernel forwards
// its packets by themselves. Whether the rules would refuse the next one, and which connections to ask about.
#pragma once

#include "core/policy.h"

#include <optional>

namespace gate25 {

struct LiveFlow {
	std::uint8_t protocol = protocol_tcp;
	Address from, to; // as it was opened
	std::uint16_t from_port = 0, to_port = 0;
	Address reached; // the end that answers: another one than `to` after a redirect
	std::uint16_t reached_port = 0;
	friend auto operator<=>(const LiveFlow&, const LiveFlow&) = default;
};

// What the rules say to its next packet, from the side that opened it; they end what they refuse at both ends.
bool is_refused(const Policy& policy, const DecisionIndex& decisions, const LiveFlow& flow);

// Those of one family, or fewer. The kernel compares whole addresses only, so a prefix cannot be asked for.
struct FlowQuery {
	Family family = Family::ipv4;
	std::optional<Address> from;    // opened from here
	std::optional<Address> reached; // this end answers
	std::optional<std::uint16_t> to_port; // TCP, and opened to this port
	friend auto operator<=>(const FlowQuery&, const FlowQuery&) = default;
};

} // namespace gate25
