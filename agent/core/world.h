// SPDX-License-Identifier: GPL-2.0-or-later
//
// What flow needs of the world, as a few abstract classes: edge implements them, main joins the two,
// unit tests put a fake in their place.
#pragma once

#include "core/live_flow.h"
#include "core/decision.h"
#include "core/element.h"
#include "core/judge.h"
#include "core/subscriber.h"
#include "core/tally.h"

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

// An alert as it was received, how it came and what came of it: all that another configuration needs to judge it
// again (core/judge.h).
struct AlertRow {
	std::uint64_t id = 0;
	UnixTime received{};
	Alert alert;
	Voucher voucher;
	Prefix subscriber;         // whom it was taken for: a key (core/subscriber_key.h), or the prefix round its address
	Attribution reporter;      // as it was attributed then
	unsigned step = 0;         // of core/judge.h
	Outcome outcome = Outcome::recorded;
	std::string why;
	bool is_tallied = false;   // it counts for the score
	bool is_incident = false;  // it corroborates later ones
	std::uint64_t decision = 0;
	std::uint64_t key = 0;     // report_key(); 0: none
	std::uint64_t repeats = 0; // how often it came again
};

// The alert with this number came again.
struct Repeat {
	std::uint64_t id = 0; // of the alert
};

enum class HeldState : std::uint8_t {
	aside,   // for a person
	waiting, // for its key
	closed   // a person has seen it, or it was decided after all
};
std::string_view held_text(HeldState state);
[[nodiscard]] Result<HeldState> parse_held(std::string_view text);

// A report kept whole: nobody could decide it yet.
struct HeldReport {
	std::uint64_t id = 0;
	UnixTime received{};
	HeldState state = HeldState::aside;
	ReportFormat format = ReportFormat::unknown;
	unsigned step = 0; // of core/judge.h
	std::string why;
	Voucher voucher;
	std::optional<Address> address; // if one could be read
	std::string key;                // that it waits for
	std::string bytes;              // as it came; empty in a list
	std::string signature;          // detached
	std::uint64_t size = 0;         // of bytes
	std::optional<UnixTime> ended{};
	std::string ended_by{};
	std::string ended_reason{};
};

// A key as a key server gave it.
struct StoredKey {
	std::string key; // fingerprint or key id that was asked for, upper-case hex
	UnixTime fetched{};
	std::string bytes; // empty: the server has none
};

// A row to write. A row with a known id replaces the older one (a quarantine that ended, or changed).
// A known HeldReport is replaced but for its bytes and signature, which stay as they were written first; a known Notice but
// for its body. A Subscriber is known by his id.
using Change = std::variant<Quarantine, Exemption, AlertRow, AuditRow, Repeat, HeldReport, StoredKey, Subscriber, Notice>;

struct StoredState {
	std::vector<Quarantine> quarantines; // those that had not ended
	std::vector<Exemption> exemptions;
	std::uint64_t next_id = 1; // for all rows alike: never used before
	std::vector<HeldReport> held; // aside and waiting, without their bytes
	std::string warning; // not empty: an unreadable database was moved aside, or the like
};

// What load_each() hands over one by one, in this order, so that a million need never be in memory at once. Empty
// functions are not called.
struct StoreVisitor {
	std::function<void(Quarantine&&)> quarantine; // those that had not ended, in the order of their numbers
	// The last time that a person ended a quarantine of this prefix, if that is younger than max_report_memory.
	std::function<void(const Prefix&, UnixTime)> release;
	// What was said of a subscriber in alerts that visit `alert` no more.
	std::function<void(const Prefix&, const Tally&)> tally;
	// All younger than max_report_memory and some older ones, in the order of their numbers.
	std::function<void(const AlertRow&)> alert;
	std::function<void(Subscriber&&)> subscriber;
	// Those that wait, without their bodies, in the order of their numbers.
	std::function<void(Notice&&)> notice;
};

struct HistoryQuery {
	// Only decisions whose prefix overlaps this one, and what belongs to them; of a subscriber's key, all about him.
	std::optional<Prefix> within;
	std::optional<std::uint64_t> id;     // only this decision
	std::optional<UnixTime> since;
	unsigned limit = 1000;
	bool with_alerts = true; // false: History::alerts stays empty; there may be far more of them than of all else
};

struct History {
	std::vector<Quarantine> quarantines; // newest first, also those that ended
	std::vector<Exemption> exemptions;
	std::vector<AlertRow> alerts;
	std::vector<AuditRow> audit;
};

struct NoticeQuery {
	std::vector<std::uint64_t> ids;    // only these
	std::optional<Prefix> subject;
	std::optional<std::uint64_t> decision;
	std::string code;                  // empty: any
	std::optional<NoticeState> state;
	bool with_bodies = false;
	unsigned limit = 1000;
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
	// The same, but StoredState holds no quarantines: the visitor gets them. Called on another thread while the
	// caller waits.
	[[nodiscard]] virtual Result<StoredState> load_each(const Now& now, const StoreVisitor& visitor) = 0;
	virtual void commit(std::vector<Change> changes, std::function<void(Result<void>)> done) = 0;
	virtual void history(HistoryQuery query, std::function<void(Result<History>)> done) = 0;
	// Number of quarantines of exactly this prefix that began at or after `since`. From memory, cheap.
	virtual unsigned count_since(const Prefix& prefix, UnixTime since) = 0;
	// Alerts received at or after `since` with numbers above `after`, in the order of their numbers.
	virtual void alerts(UnixTime since, std::uint64_t after, unsigned limit,
	                    std::function<void(Result<std::vector<AlertRow>>)> done) = 0;
	// One with its bytes; ErrorKind::not_found.
	virtual void held_report(std::uint64_t id, std::function<void(Result<HeldReport>)> done) = 0;
	// nullopt: never fetched.
	virtual void find_key(const std::string& key, std::function<void(Result<std::optional<StoredKey>>)> done) = 0;
	// Newest first.
	virtual void notices(NoticeQuery query, std::function<void(Result<std::vector<Notice>>)> done) = 0;
	// Everything about this subscriber: decisions, alerts, tally, notices, his row, and audit rows with his key; also in
	// the file's free pages and its log. How many rows. What stands must have been ended before.
	virtual void forget(const Prefix& subscriber, std::function<void(Result<std::uint64_t>)> done) = 0;
	// Forget alerts, audit rows, ended decisions, closed reports and ended notices older than this. Of an alert that is forgotten
	// the tally stays for ever.
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
