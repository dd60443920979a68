// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the kernel holds of a decision: one key in one hash set, with the time that is left.
#pragma once

#include "core/decision.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gate25 {

// quarantine4_port25, exempt6, quarantine6_64_mail ... (rules/gate25.nft, rules/length6.nft)
struct DecisionSet {
	std::optional<Level> level; // nullopt: exempt
	Family family = Family::ipv4;
	unsigned length = 0; // 0: the subscriber's own length
	std::string name() const;
	friend auto operator<=>(const DecisionSet&, const DecisionSet&) = default;
};

struct ElementChange {
	enum class Op : std::uint8_t {
		add,   // the key is not in the set (as far as known); if it is, its time may stay as it was
		renew, // whether or not the key is there, it is afterwards, with this time
		remove // whether or not the key is there, it is not afterwards
	};
	Op op = Op::add;
	DecisionSet set;
	Address key; // masked
	std::optional<Milliseconds> timeout; // nullopt: until removed. Never zero.
};

// Hands over changes one by one, the same ones each time it is called: a million of them need never be in
// memory at once.
using ElementSource = std::function<void(const std::function<void(const ElementChange&)>&)>;

struct ElementFailure {
	ElementChange change;
	Error error;
	std::optional<Prefix> holder{}; // the subscriber for whom the key stands, if it is for one
};

// An element as the kernel has it.
struct FoundElement {
	DecisionSet set;
	Address key;
	std::optional<Milliseconds> left; // nullopt: until removed
};

struct TableShape {
	bool exists = false;
	std::vector<std::string> sets; // maps too; without anonymous ones
	std::vector<std::string> chains;
	std::size_t rules = 0; // how many, in all chains
};

} // namespace gate25
