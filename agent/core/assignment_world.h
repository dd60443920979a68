// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the knowledge of assignments needs of the world: core/world.h for subscribers.
#pragma once

#include "core/assignment.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gate25 {

// A change of the file: what began, and what ended. In the order in which they happened.
struct AssignmentRow {
	Assignment assignment;
	bool has_ended = false; // Assignment::until is its end
	bool is_refreshed = false; // only `seen` and `until` of one that stands moved
	friend bool operator==(const AssignmentRow&, const AssignmentRow&) = default;
};

inline constexpr SourceRank unknown_source = 255;

struct AssignmentStoreHealth {
	bool is_writable = true;
	std::string problem; // last error, empty when the last write succeeded
	std::string warning; // a damaged file was moved aside, or the like
	std::uint64_t bytes = 0;
	std::uint64_t waiting = 0; // rows handed over and not yet durable
	std::uint64_t commits = 0;
	std::uint64_t failures = 0;
	std::optional<UnixTime> oldest; // that is kept
};

// Who held it then: one question of HolderQuestion, answered by time.
struct HolderQuestion {
	Address address;
	std::optional<std::uint16_t> port;
	UnixTime at{};
};

struct AssignmentQuery {
	std::optional<Prefix> overlaps;        // assignments of prefixes that contain it or lie in it
	std::optional<std::string> subscriber;
	std::optional<UnixTime> since, to;     // that stood at some moment of this time
	unsigned limit = 1000;
};

// STATE/assignments.db, a file and a thread of its own: neither a decision nor a packet waits for it. Durable: `done` is
// called when it is on the disk (many calls share one fsync), since only then may an accounting server answer (RFC 2866 3).
// Functions are called on the loop's thread, in the order of the calls.
class AssignmentStore {
public:
	virtual ~AssignmentStore() = default;
	// At start only; blocks. Those that stand.
	[[nodiscard]] virtual Result<void> load(const std::function<void(Assignment&&)>& visit) = 0;
	// Sources are known by their names in the file, since ranks change with the configuration; before load(). A source that is
	// in the file and no longer in the configuration has the rank unknown_source: it comes last, and may end what it has.
	virtual void set_sources(std::vector<std::string> by_rank) = 0;
	virtual void write(std::vector<AssignmentRow> rows, std::function<void(Result<void>)> done) = 0;
	// For each question who held it at that time: the longest prefix that anybody held; there, with a port, who held just
	// some ports and this one, otherwise who held all of it; among those by precedence. nullopt: nobody is known.
	virtual void holders(std::vector<HolderQuestion> questions,
	                     std::function<void(Result<std::vector<std::optional<Assignment>>>)> done) = 0;
	// Those that stand, the latest begin first, then those that ended, the latest end first. Of what is over neither session
	// nor access server is kept, and `seen` is its end.
	virtual void history(AssignmentQuery query, std::function<void(Result<std::vector<AssignmentRow>>)> done) = 0;
	// What ended before this goes.
	virtual void prune(UnixTime older_than) = 0;
	// All rows of this subscriber, also in the pages of the file and its log; how many rows.
	virtual void forget(const std::string& subscriber, std::function<void(Result<std::uint64_t>)> done) = 0;
	virtual AssignmentStoreHealth health() const = 0;
};

// What a source counts by itself, since the start.
struct SourceCounters {
	std::uint64_t malformed = 0; // could not be read
	std::uint64_t forged = 0;    // wrong authenticator, or a stranger
	std::uint64_t repeated = 0;  // retransmissions
	std::uint64_t odd_times = 0; // event times that could not be: the time of arrival was taken
	std::string problem;         // why it says nothing; empty: nothing is wrong
};

// Where the sources bring what they have read (flow/assignments.h).
class ClaimTaker {
public:
	virtual ~ClaimTaker() = default;
	// In force when it returns; `done` when it is durable. What is wrong with single claims (outside the network, a
	// conflict) is counted and is no error: the source has been heard.
	virtual void take(std::vector<AssignmentClaim> claims, std::function<void(Result<void>)> done) = 0;
	// The source was heard though it had nothing new to say.
	virtual void heard(SourceRank source) = 0;
	virtual SourceCounters& counters(SourceRank source) = 0;
	// What stands by the word of this source, for one that compares.
	virtual void each_of(SourceRank source, const std::function<void(const Assignment&)>& visit) const = 0;
};

// How a source is, for `gate25 status` and `gate25 sources`.
struct SourceHealth {
	std::string name;
	std::string kind;                // "radius", "kea", "kea-file", "dnsmasq", "csv", "api"
	std::optional<UnixTime> heard{}; // when it last said anything
	bool is_silent = false;          // longer ago than [assignments] silent, though it has assignments
	std::uint64_t assignments = 0;   // of it, that stand
	std::uint64_t claims = 0;        // since the start
	std::uint64_t began = 0, ended = 0, refreshed = 0;
	std::uint64_t conflicts = 0;     // two subscribers at one prefix
	std::uint64_t stale = 0;         // older than what stands, replayed: not taken
	std::uint64_t outside = 0;       // prefixes that are no subscriber's
	std::uint64_t uncovered = 0;     // prefixes of a length at which nothing can be enforced
	SourceCounters own;
};

} // namespace gate25
