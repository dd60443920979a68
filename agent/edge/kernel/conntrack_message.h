// SPDX-License-Identifier: GPL-2.0-or-later
//
// Messages of connection tracking (include/uapi/linux/netfilter/nfnetlink_conntrack.h): what is asked for, what an
// entry says, and how it is written anew. Bytes only; conntrack.h sends them.
#pragma once

#include "core/live_flow.h"

#include <vector>

struct nlmsghdr;

namespace gate25 {

struct TrackedEnd {
	Address source, destination;
	std::uint16_t source_port = 0, destination_port = 0;
	std::optional<std::uint16_t> zone; // of this direction alone
};

// An entry as the kernel shows it: `reply` is what the answering packets look like, which tells the translation.
struct TrackedEntry {
	Family family = Family::ipv4;
	std::uint8_t protocol = 0;
	TrackedEnd original, reply;
	std::uint32_t status = 0; // IPS_...
	std::optional<std::uint32_t> id; // network order, as it came
	std::optional<std::uint32_t> mark;
	std::optional<std::uint16_t> zone;
	std::vector<std::uint8_t> labels;
	LiveFlow flow() const;
};

// One message in memory that frees itself; large enough for any of these.
class ConntrackMessage {
public:
	// A dump of those that match and have all these status bits.
	static ConntrackMessage dump(std::uint32_t number, const FlowQuery& query, std::uint32_t status);
	// This very entry, or whatever stands under the addresses and ports of its one direction.
	enum class Whose : std::uint8_t { entry, original, reply };
	static ConntrackMessage removal(std::uint32_t number, const TrackedEntry& entry, Whose whose);
	// The same connection with the same translation, but not in a flowtable and never again put into one.
	static ConntrackMessage copy(std::uint32_t number, const TrackedEntry& entry);
	const nlmsghdr* header() const { return reinterpret_cast<const nlmsghdr*>(bytes_.data()); }

private:
	ConntrackMessage(std::uint32_t number, std::uint16_t type, std::uint16_t flags, Family family);
	nlmsghdr* message() { return reinterpret_cast<nlmsghdr*>(bytes_.data()); }
	std::vector<char> bytes_;
};

// Whether connections of this protocol can be written anew: those with ports.
bool can_be_copied(const TrackedEntry& entry);

// No value: no entry, or none of the kinds that can be in a flowtable.
std::optional<TrackedEntry> read_entry(const nlmsghdr* message);

} // namespace gate25
