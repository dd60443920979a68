// SPDX-License-Identifier: GPL-2.0-or-later
//
// One line of what a DHCP server or a list says, whatever it speaks: who has this prefix. flow/lease_sync.h turns what
// is new in it into claims.
#pragma once

#include "core/assignment.h"

#include <optional>
#include <string>
#include <vector>

namespace gate25 {

struct Lease {
	enum class State : std::uint8_t {
		held,
		free,    // released, expired, declined, removed
		nameless // somebody has it who has no name by the configuration: nobody knows anything new
	};
	Prefix prefix;
	PortRange ports; // of a list, for IPv4
	State state = State::held;
	std::string subscriber;        // of held
	std::optional<UnixTime> at;    // since when it is so; nullopt: the source does not say
	std::optional<UnixTime> until; // nullopt: for ever
	friend bool operator==(const Lease&, const Lease&) = default;
};

// What a source shows at once: a part of everything that it has (a picture), or what is new since then.
struct LeasePiece {
	bool begins = false;       // a picture begins; one that was not finished is void
	bool is_whole = false;     // it ends here, and nothing of it is missing
	std::vector<Lease> leases; // in the source's order
	std::uint64_t bad = 0;     // lines that could not be read
	std::string problem;       // the first of them ("FILE:LINE: ..."), or, of a piece that neither begins nor ends nor
	                           // holds anything, why the source cannot be read
};

// Called once, at once or later: the next piece may come.
using LeasesTaken = std::function<void()>;
using LeaseHandler = std::function<void(LeasePiece, LeasesTaken)>;

} // namespace gate25
