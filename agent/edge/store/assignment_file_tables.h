// SPDX-License-Identifier: GPL-2.0-or-later
//
// The open database of assignments, one thing at a time; used by one thread only. It opens itself when it is needed and
// again after a failure. A damaged file is moved aside and begun anew with what stands, as far as it can be read.
//
// What stands is a small table, keyed by source, prefix and ports. What is over is appended to another one in the order of
// its end, so age is a range of it and pruning never searches; its indices are divided by days, so that only those of
// today are written and they stay in memory whatever is kept. Names stand once.
#pragma once

#include "core/assignment_world.h"
#include "edge/store/assignment_statements.h"
#include "edge/store/sqlite.h"

#include <bitset>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace gate25 {

class AssignmentTables {
public:
	explicit AssignmentTables(std::string directory) : directory_(std::move(directory)), path_(directory_ + "/assignments.db") {}
	~AssignmentTables();
	AssignmentTables(const AssignmentTables&) = delete;
	AssignmentTables& operator=(const AssignmentTables&) = delete;

	using Rows = std::span<const AssignmentRow>;
	using Visit = std::function<void(Assignment&&)>;

	// Open, and the file where it was.
	[[nodiscard]] Result<void> ready();
	void set_sources(std::vector<std::string> by_rank);
	[[nodiscard]] Result<void> load(const Visit& visit);
	// What no caller should ever hand over.
	[[nodiscard]] Result<void> check(Rows rows) const;
	// All of them in one transaction. Refreshments are only remembered, until there are many or flush() is called.
	[[nodiscard]] Result<void> write(std::span<const Rows> parts);
	[[nodiscard]] Result<void> flush();
	bool has_refreshments() const { return !refreshed_.empty(); }
	[[nodiscard]] Result<std::vector<std::optional<Assignment>>> holders(std::span<const HolderQuestion> questions);
	[[nodiscard]] Result<std::vector<AssignmentRow>> history(const AssignmentQuery& query);
	// Forgets some of what ended before; true: that was all.
	[[nodiscard]] Result<bool> prune_some(UnixTime older_than);
	// How many rows went.
	[[nodiscard]] Result<std::uint64_t> forget(const std::string& subscriber);
	// Writes something that changes nothing: whether the disk takes it again.
	[[nodiscard]] Result<void> probe();
	// Copies the log into the database when it has grown, or at once.
	void tidy(bool is_urgent = false);

	struct Size {
		std::uint64_t bytes = 0;
		std::optional<UnixTime> oldest; // end that is kept
	};
	[[nodiscard]] Result<Size> size();
	const std::string& warning() const { return warning_; }

private:
	// As it stands in the columns of a row.
	struct Place;
	// A row that stands, as far as a claim for its place needs it.
	struct Standing {
		std::int64_t subscriber = 0, began = 0;
		SessionHash session = 0;
	};
	struct Refreshment {
		Prefix prefix;
		PortRange ports;
		std::int64_t source = 0;
		UnixTime from, seen;
		std::optional<UnixTime> until;
	};
	struct SavedRow {
		Assignment assignment;
		std::string source;
	};

	// --- assignment_file_open.cpp
	// Runs it on an open file; where that is found to be damaged, once more on a new one.
	template <class Operation> auto on_file(Operation operation) -> decltype(operation());
	Result<void> connect();
	Result<void> connect_once(sql::Fault& fault);
	Result<void> configure();
	Result<void> prepare_schema();
	// What is kept in memory of the file; after a rollback it may be wrong.
	Result<void> read_outline();
	Result<void> read_sources();
	void disconnect();

	// --- assignment_file_salvage.cpp
	Result<std::string> move_aside();
	// Moved aside, and a new one with what stands.
	Result<void> replace(const std::string& why);
	std::uint64_t take_over(const std::string& damaged);
	std::uint64_t save(std::vector<SavedRow>& rows);
	Result<bool> save_one(const SavedRow& row);
	Result<void> check_place(bool has_written);
	Result<void> write_anew();
	void remember_place();
	void remember_growth();

	// --- assignment_file_write.cpp
	Result<void> write_durably(std::span<const Rows> parts);
	Result<void> write_all(std::span<const Rows> parts);
	Result<void> write_row(const AssignmentRow& row);
	Result<void> write_begin(const Assignment& assignment, const Place& place);
	Result<void> write_end(const Assignment& assignment, const Place& place);
	// Whoever stands there and is not this one has ended at the latest at `at`.
	Result<void> supersede(const Place& place, const Standing& known, std::int64_t at);
	Result<void> remember_refreshed(const Assignment& assignment);
	Result<void> flush_all();
	Result<std::optional<Standing>> find_standing(const Place& place);
	Result<void> add_history(const Place& place, std::int64_t subscriber, std::int64_t began, std::int64_t ended);
	Result<std::int64_t> next_number(std::int64_t second);
	Result<std::int64_t> number_of_name(const std::string& name);
	// Whose session it is.
	Result<std::int64_t> number_of_end(const Assignment& assignment, const std::optional<Standing>& known);
	void remember_name(const std::string& name, std::int64_t number);
	Result<std::optional<std::int64_t>> find_name(const std::string& name);
	// nullopt: its source is configured no more, and it has nothing there.
	Result<std::optional<std::int64_t>> source_of(const Assignment& assignment, bool is_begin);
	Result<std::int64_t> number_of_source(const std::string& name);
	Result<void> note_shape(const Place& place);

	// --- assignment_file_read.cpp
	Result<Assignment> read_standing(sql::Database& database, const sql::Row& row) const;
	Result<Assignment> read_history(const sql::Row& row) const;
	SourceRank rank_of(std::int64_t source) const;
	bool has_shape(Family family, unsigned length) const;
	Result<std::optional<Assignment>> holder(const HolderQuestion& question);
	Result<void> held_at(const HolderQuestion& question, unsigned length, std::vector<Assignment>& found);

	// --- assignment_file_history.cpp
	Result<void> standing_of(const AssignmentQuery& query, std::int64_t subscriber, std::vector<AssignmentRow>& found);
	Result<void> history_of(const AssignmentQuery& query, std::int64_t subscriber, std::vector<AssignmentRow>& found);
	Result<void> history_of_day(const AssignmentQuery& query, std::int64_t subscriber, std::int64_t day, std::vector<AssignmentRow>& found);
	Result<void> history_of_all(const AssignmentQuery& query, std::vector<AssignmentRow>& found);

	// --- assignment_file_prune.cpp
	// A statement with two numbers; how many rows changed.
	Result<int> change(std::string_view statement, std::int64_t value, std::int64_t other);
	Result<bool> prune_names();
	Result<void> mark_names(std::string_view query, std::int64_t value);
	Result<void> forget_unused();
	Result<void> forget_rows(std::int64_t subscriber, std::uint64_t& rows);

	std::string directory_;
	std::string path_;
	std::unique_ptr<sql::Database> database_;
	std::optional<AssignmentStatements> statements_; // ends before the database
	std::string warning_;
	std::uint64_t device_ = 0, inode_ = 0;
	std::int64_t file_size_ = 0; // when last looked at

	std::vector<std::string> by_rank_;
	std::vector<std::optional<std::int64_t>> source_numbers_; // by rank
	std::vector<SourceRank> source_ranks_;                    // by number
	std::set<std::int64_t> days_;                             // that have history
	std::bitset<2 * 129 * 2> shapes_;                         // prefix lengths in use, whole and shared
	std::unordered_map<std::string, std::int64_t> names_;     // that were written last
	bool is_outline_stale_ = false;                           // the three above may say more than the file
	std::int64_t last_second_ = -1, last_number_ = 0;         // of history
	std::vector<Refreshment> refreshed_;

	// Which names are in use, while those that are not are looked for.
	struct NameSearch {
		std::vector<bool> used;
		std::int64_t next_day = 0;
		std::int64_t next_number = 0;
	};
	std::optional<NameSearch> name_search_;
	bool has_pruned_ = false; // rows, since names were last looked for
};

} // namespace gate25
