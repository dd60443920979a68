// SPDX-License-Identifier: GPL-2.0-or-later
//
// What flow needs of the world, as a few abstract classes: edge implements them, main joins the two,
// unit tests put a fake in their place.
#pragma once

#include "core/live_flow.h"
#include "core/decision.h"
#include "core/element.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gate25 {

class Clock {
public:
	virtual ~Clock() = default;
	virtual Now now() const = 0;
};

// --- the store ---------------------------------------------------------------------------------------

// An alert as it was received, with what came of it. Kept so that other rules can be tried on it later.
struct AlertRow {
	std::uint64_t id = 0;
	UnixTime received{};
	Alert alert;
	std::string by;      // the peer: "uid 33 (www-data)"
	std::string outcome; // decided, recorded, duplicate
	std::string why;
	std::uint64_t decision = 0;
};

// A row to write. A row with a known id replaces the older one (a quarantine that ended, or changed).
using Change = std::variant<Quarantine, Exemption, AlertRow, AuditRow>;

struct StoredState {
	std::vector<Quarantine> quarantines; // those that had not ended
	std::vector<Exemption> exemptions;
	std::uint64_t next_id = 1; // for quarantines, exemptions, alerts and audit rows alike: never used before
	// How many quarantines of a prefix ended since the given time: for the choice of the duration.
	std::string warning; // not empty: an unreadable database was moved aside, or the like
};

struct HistoryQuery {
	std::optional<Prefix> within;        // only decisions whose prefix overlaps this one
	std::optional<std::uint64_t> id;     // only this decision
	std::optional<UnixTime> since;
	unsigned limit = 1000;
};

struct History {
	std::vector<Quarantine> quarantines; // newest first, also those that ended
	std::vector<Exemption> exemptions;
	std::vector<AlertRow> alerts;
	std::vector<AuditRow> audit;
};

struct StoreHealth {
	bool is_writable = true;
	std::string problem; // last error, empty when the last commit succeeded
	std::uint64_t commits = 0;
	std::uint64_t failures = 0;
	std::uint64_t last_commit_us = 0;
	std::uint64_t waiting = 0; // changes handed over and not yet answered
	std::string notice; // what somebody should know though it was put right: a deleted file was written anew
};

// One durable transaction per commit(). A disk may be slow: the work is done on a thread of the store's
// own and `done` is called on the loop's thread, in the order of the calls.
class Store {
public:
	virtual ~Store() = default;
	// At start only; blocks. Deadlines are restored for `now`: by the boot clock within the same boot,
	// otherwise by the wall clock but never longer than the decision's whole duration. What expired
	// meanwhile is returned too, with a deadline that is over.
	[[nodiscard]] virtual Result<StoredState> load(const Now& now) = 0;
	// The same, but each quarantine is handed over as it is read and StoredState holds none: a million of
	// them need never be in memory at once, in the order of their numbers. Called on another thread while
	// the caller waits.
	[[nodiscard]] virtual Result<StoredState> load_each(const Now& now,
	                                                    const std::function<void(Quarantine&&)>& quarantine) {
		auto state = load(now);
		if (!state) return state;
		for (Quarantine& one : state->quarantines) quarantine(std::move(one));
		state->quarantines.clear();
		return state;
	}
	virtual void commit(std::vector<Change> changes, std::function<void(Result<void>)> done) = 0;
	virtual void history(HistoryQuery query, std::function<void(Result<History>)> done) = 0;
	// Number of quarantines of exactly this prefix that began at or after `since`. From memory, cheap.
	virtual unsigned count_since(const Prefix& prefix, UnixTime since) = 0;
	// Forget alerts, audit rows and ended decisions older than this.
	virtual void prune(UnixTime older_than) = 0;
	virtual StoreHealth health() const = 0;
};

// --- the kernel --------------------------------------------------------------------------------------

struct Counter {
	std::uint64_t packets = 0;
	std::uint64_t bytes = 0;
};

class Kernel {
public:
	virtual ~Kernel() = default;
	// Runs the text (wire/ruleset.h) as one nftables transaction: all of it or nothing.
	[[nodiscard]] virtual Result<void> install(const std::string& ruleset) = 0;
	// The guard (wire/ruleset.h, guard_text()), which a foreign flush passes by, with these elements; from
	// then on apply() writes to both tables. Where the kernel cannot, an error: all else works without.
	[[nodiscard]] virtual Result<void> install_guard(const std::string& ruleset, const std::vector<DecisionSet>& sets,
	                                                 const ElementSource& elements) = 0;
	// Applies element changes in order, in batches; a bad element harms no other. The result names those
	// that failed. Blocks for some microseconds per batch.
	[[nodiscard]] virtual std::vector<ElementFailure> apply(const std::vector<ElementChange>& changes) = 0;
	// Makes these sets hold exactly these elements (all of op add) without reading what they hold. Nobody is
	// let out on the way: it is one transaction, or the guard holds meanwhile. A million takes some seconds.
	[[nodiscard]] virtual Result<void> replace(const std::vector<DecisionSet>& sets, const ElementSource& elements) = 0;
	// Connections that another table has put into a flowtable pass no rule any more. Those that the query asks for
	// and `is_wanted` names pass the rules again with their next packet. How many; nothing is done where no table has a
	// flowtable. Blocks for some milliseconds.
	[[nodiscard]] virtual Result<std::size_t> take_back(const FlowQuery& query,
	                                                    const std::function<bool(const LiveFlow&)>& is_wanted) = 0;
	// What these sets hold; those that are not there hold nothing. Reads them, which takes long for many elements.
	[[nodiscard]] virtual Result<std::vector<FoundElement>> elements(const std::vector<DecisionSet>& sets) = 0;
	// Names of the sets, maps and chains that the table has now, and how many rules; empty when there is no table.
	[[nodiscard]] virtual Result<TableShape> shape() = 0;
	[[nodiscard]] virtual Result<std::map<std::string, Counter>> counters() = 0;
	[[nodiscard]] virtual Result<void> remove_table() = 0;
};

} // namespace gate25
