// SPDX-License-Identifier: GPL-2.0-or-later
//
// The open database of the store: what can be done with it, one thing at a time. Used by one thread only.
#pragma once

#include "core/world.h"
#include "edge/store/begin_index.h"
#include "edge/store/boot_id.h"
#include "edge/store/row_writer.h"
#include "edge/store/sqlite.h"
#include "edge/store/state_directory.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace gate25 {

// The changes of one commit() and what became of them.
struct PendingCommit {
	std::vector<Change> changes;
	std::function<void(Result<void>)> done;
	Result<void> result{};
	std::vector<Begin> begun{}; // quarantines that were not known before
};

// What Store::alerts() asks for, and how far it was found.
struct AlertSearch {
	UnixTime since{};
	std::uint64_t after = 0;
	std::size_t limit = 0;
	std::vector<AlertRow> found{};
};

struct PruneStep {
	bool is_last = true;
	std::vector<Begin> forgotten; // quarantines
};

// What Store::forget() asks for, and how far it has come.
struct Forgetting {
	Prefix key;
	std::string name{};               // empty: no row says it
	std::uint64_t rows = 0;
	std::vector<Begin> forgotten{};   // quarantines of the last step
	bool is_begun = false;
	bool is_audit_seen = false;
	bool are_rows_gone = false;
	std::size_t table = 0;            // what to go on with
	std::int64_t audit_seen = 0;
	std::int64_t last_audit = 0;
	std::int64_t page = 0;
	unsigned tries = 0;               // in vain, for another program uses the file
};

class StoreFile {
public:
	// Makes or migrates the file. `fault` says whether a failure means that the file is damaged.
	[[nodiscard]] static Result<std::unique_ptr<StoreFile>> open(const StateDirectory& directory,
	                                                             const BootId& boot, sql::Fault& fault);
	// Copies the decisions that hold from a damaged file, as far as they can be read; how many.
	std::int64_t take_over(const std::string& damaged);
	// What the visitor does not get; `begins` gets all quarantines that are known. Looks through the whole file for
	// damage first.
	[[nodiscard]] Result<StoredState> load(const Now& now, const StoreVisitor& visitor, BeginIndex& begins);
	// All of them in one transaction, if possible; each gets its result. A bad commit harms no other.
	void write(std::span<PendingCommit> commits, std::string& notice);
	[[nodiscard]] Result<History> history(const HistoryQuery& query);
	// Looks through some thousand more; whether that was the end of it. Then `found` is what was asked for.
	[[nodiscard]] Result<bool> alerts(AlertSearch& search);
	[[nodiscard]] Result<HeldReport> held_report(std::uint64_t id);
	[[nodiscard]] Result<std::optional<StoredKey>> find_key(const std::string& key);
	// Adds the next few thousand alerts that are older than max_report_memory to the tallies; whether there was none.
	[[nodiscard]] Result<bool> fold_step();
	// Forgets what is older among the next few thousand rows. Begins at the first row after a last step and
	// when the time is another one than before.
	[[nodiscard]] Result<PruneStep> prune_step(UnixTime older_than);
	// Newest first.
	[[nodiscard]] Result<std::vector<Notice>> notices(const NoticeQuery& query);
	// Forgets some more rows, or wipes some more pages; whether that was the end of it.
	[[nodiscard]] Result<bool> forget_step(Forgetting& forgetting);
	// Writes something that changes nothing: whether the disk takes it again.
	[[nodiscard]] Result<void> probe();
	// Copies the log into the database when it has grown enough to be worth it.
	void tidy(bool is_idle);
	// Whether the directory still leads to this file. Cheap; any thread.
	[[nodiscard]] Result<void> is_in_place() const;
	// The same, but a file that was deleted or cut short is written anew from the open one, if all of it is still
	// to be had; `notice` then says so.
	[[nodiscard]] Result<void> keep_in_place(std::string& notice);
	// Of the last call that failed.
	sql::Fault last_fault() const { return database_ ? database_->last_fault() : sql::Fault::other; }
	void give_back_memory();

private:
	StoreFile(const StateDirectory& directory, const BootId& boot)
		: directory_(directory.path()), path_(directory.database()), boot_(boot) {}
	// Open, or open again after a failure.
	Result<void> ready() { return writer_ ? Result<void>() : connect(); }
	Result<void> connect();
	Result<void> connect_as(Result<void> (*configure)(sql::Database&));
	Result<void> is_all_there();
	Result<void> write_anew();
	Result<void> remember_place();
	void remember_growth();
	Result<void> load_quarantines(const StoreVisitor& visitor, BeginIndex& begins);
	Result<void> load_exemptions(std::vector<Exemption>& exemptions);
	Result<void> load_held(std::vector<HeldReport>& held);
	Result<void> load_tallies(const StoreVisitor& visitor);
	Result<void> load_alerts(const StoreVisitor& visitor);
	Result<void> load_subscribers(const StoreVisitor& visitor);
	Result<void> load_notices(const StoreVisitor& visitor);
	Result<std::int64_t> folded_to();
	UnixTime time_now() const;
	Result<std::int64_t> last_old_alert(std::int64_t folded);
	Result<void> add_up(std::int64_t after, std::int64_t last);
	Result<void> write_group(std::span<PendingCommit> commits);
	Result<void> write_all(std::span<PendingCommit> commits);
	Result<void> write_each(std::span<PendingCommit> commits);
	Result<void> write_savepoint(PendingCommit& commit);
	Result<void> write_changes(PendingCommit& commit);
	Result<std::uint64_t> next_number();
	Result<void> keep_highest_number();
	Result<void> begin_forgetting(Forgetting& forgetting);
	Result<void> nothing_stands(const Forgetting& forgetting);
	Result<void> forget_rows(Forgetting& forgetting);
	Result<std::int64_t> forget_from(Forgetting& forgetting, std::int64_t most);
	Result<std::int64_t> forget_quarantines(Forgetting& forgetting, std::int64_t most);
	Result<void> forget_audit(Forgetting& forgetting);
	Result<bool> scrub(Forgetting& forgetting);
	Result<bool> scrub_some(Forgetting& forgetting);
	Result<void> prune_numbers(std::int64_t first, std::int64_t last, UnixTime older_than, PruneStep& step);

	std::string directory_;
	std::string path_;
	BootId boot_;
	std::atomic<std::uint64_t> device_ = 0;
	std::atomic<std::uint64_t> inode_ = 0;
	std::atomic<std::int64_t> size_ = 0; // at least; it never shrinks by our doing
	std::unique_ptr<sql::Database> database_;
	std::optional<RowWriter> writer_;
	Now loaded_at_;
	std::chrono::steady_clock::time_point loaded_when_{};
	UnixTime prune_older_than_{};
	std::int64_t pruned_to_ = 0;
};

} // namespace gate25
