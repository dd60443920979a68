// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who holds what now: the assignments that stand, in memory, for a million subscribers in less than 150 bytes each, names
// included. Pure: times come with the claims.
//
// The rules, which gate25-subscribers(7) tells:
// * A prefix (with its ports) may be claimed by several sources. Each keeps its word; the first in the order of precedence
//   is the holder, whatever came later. When it ends, the next one holds.
// * Within one source a prefix has one holder: a claim for another subscriber ends the one before ("superseded", a
//   conflict when its session was not said to be over), unless it is older than that one: then it is stale and changes nothing.
// * A claim that says what is known already is a refreshment: only `seen` and `until` move, never backwards.
// * Ports: ranges of one address that overlap are a conflict of the same kind.
// * A longer prefix inside a shorter one is no conflict: the longest holds.
// * Nothing ends by itself, neither a lease that is over nor a source that is silent: only a source's word, or
//   another holder within the same source, ends an assignment.
#pragma once

#include "core/assignment.h"
#include "core/subscriber_key.h"

#include <memory>
#include <span>

namespace gate25 {

// What one claim changed, in the order in which it happened. Refreshments are no change but are counted in the outcome.
struct AssignmentChange {
	enum class Kind : std::uint8_t {
		began,
		ended // Assignment::until is its end
	};
	Kind kind = Kind::began;
	Assignment assignment;
};

struct ClaimOutcome {
	std::vector<AssignmentChange> changes;
	std::uint32_t refreshed = 0;
	std::uint32_t conflicts = 0;  // two subscribers at one prefix within one source
	std::uint32_t stale = 0;      // older than what stands: not taken
	std::uint32_t unknown = 0;    // an end of what nobody holds
	bool is_name_refused = false; // its key is another subscriber's, or it is no name: nothing was changed
};

class AssignmentBook {
public:
	// Of a name its key; another one only in tests, where names shall meet.
	using KeyOf = Prefix (*)(std::string_view name);
	explicit AssignmentBook(KeyOf key = subscriber_key);
	~AssignmentBook();
	AssignmentBook(const AssignmentBook&) = delete;
	AssignmentBook& operator=(const AssignmentBook&) = delete;

	// The prefixes are those of the claim after the configuration has been asked (flow/assignments.h).
	ClaimOutcome take(const AssignmentClaim& claim);
	// One of the store, at start.
	void put(const Assignment& assignment);

	// The holder of this very prefix and port by precedence; nullopt: nobody. The key of a subscriber.
	std::optional<Prefix> holder(const Prefix& exact) const;
	// Of an address: by its longest assigned prefix. Without a port, one that has it whole; nullopt when several share it.
	// With a port, who holds it there, otherwise who has it whole.
	std::optional<Assignment> find(const Address& address, std::optional<std::uint16_t> port = std::nullopt) const;
	// All claims for what contains this address, the longest prefix first, of one prefix by precedence; for people.
	std::vector<Assignment> all_at(const Address& address) const;
	// What a subscriber holds by precedence (so without what another source gives to somebody else), sorted.
	std::vector<Assignment> of(const Prefix& subscriber) const;
	bool holds_any(const Prefix& subscriber) const;
	// nullopt: nobody of this key holds anything. Valid until the next take() or put().
	std::optional<std::string_view> name(const Prefix& subscriber) const;
	void each(const std::function<void(const Assignment&)>& visit) const;
	// Those that stand by the word of this source.
	std::size_t count(SourceRank source) const;
	std::size_t size() const;
	std::size_t subscribers() const;
	// Bytes of all that it holds.
	std::size_t memory() const;

private:
	struct Private;
	std::unique_ptr<Private> private_;
};

} // namespace gate25
