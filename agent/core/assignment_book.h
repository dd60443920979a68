// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who holds what now: the assignments that stand, in memory, for a million subscribers in some 126 bytes each, names
// included. No claim waits for a table that grows. There is room for 13 million subscribers. Pure: times come with the claims.
//
// A name whose last assignment ended is forgotten here.
//
// The rules, which gate25-subscribers(7) tells:
// * A prefix (with its ports) may be claimed by several sources. Each keeps its word; the first in the order of precedence
//   is the holder, whatever came later. When it ends, the next one holds.
// * Within one source a prefix has one holder: a claim for another subscriber ends the one before ("superseded"), and that
//   is a conflict, unless the lease of the one before was over by then. A new session of the same subscriber ends the one before
//   and begins, without a conflict.
// * An event that is older than what stands is stale and changes nothing, prefix by prefix: one from before the standing one
//   began, and, when it would end it, one from before its source last spoke of it. Of two of the same second the one that is taken
//   later counts. What a session says from before it moved is stale, and so is what it says from before it ended,
//   as long as that is remembered (some 65,000 sessions that ended last).
// * A claim that says what is known already is a refreshment: only `seen` and `until` move, never backwards.
// * Ports: ranges of one address that overlap are a conflict of the same kind. A session may have several ranges of one
//   address. What it has whole and what it has by ports are told apart: a claim of one kind ends nothing of the other.
// * An end with a session ends all of this session and source; one without ends the named prefixes (of ports: the ranges
//   within the named one), and when it names a subscriber, only his.
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
	bool is_name_refused = false; // its key is another subscriber's, it is no name, or there is no room: nothing was changed
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
	// What Accounting-On or -Off ends, in parts of some milliseconds: `place` is 0 at first, where to go on, and 0 again when all is
	// done. The same as take() as long as nothing else that this server says is taken in between.
	ClaimOutcome take_part(const AssignmentClaim& claim, std::uint32_t& place);
	// One of the store, at start.
	void put(const Assignment& assignment);

	// The key of who holds this very prefix, whole, by precedence; nullopt: nobody, or several share it by ports.
	std::optional<Prefix> holder(const Prefix& exact) const;
	// Of an address: by its longest assigned prefix. Without a port, one that has it whole; nullopt when several share it.
	// With a port, by precedence among those who have this port or the whole.
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
	std::size_t count(ServerHash server, SourceRank source) const;
	std::size_t size() const;
	std::size_t subscribers() const;
	// Bytes of all that it holds.
	std::size_t memory() const;

private:
	struct Private;
	std::unique_ptr<Private> private_;
};

} // namespace gate25
