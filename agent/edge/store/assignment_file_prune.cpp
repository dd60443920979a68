// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is too old goes, a little in each transaction, so that whatever is to be written meanwhile waits for milliseconds;
// then the names that no row has any more.
#include "edge/store/page_scrub.h"
#include "edge/store/assignment_place.h"

#include <algorithm>

namespace gate25 {

namespace {

constexpr int rows_at_once = 2000;
constexpr std::int64_t names_at_once = 5000;

} // namespace

Result<int> AssignmentTables::change(std::string_view statement, std::int64_t value, std::int64_t other) {
	auto prepared = database_->prepare(statement);
	if (!prepared) return fail(prepared.error());
	auto done = prepared->bind(value, other).run();
	if (!done) return fail(done.error());
	return database_->changed_rows();
}

Result<bool> AssignmentTables::prune_some(UnixTime older_than) {
	return on_file([&]() -> Result<bool> {
		const std::int64_t kept = first_number_of(std::max<std::int64_t>(0, unix_seconds(older_than)));
		const auto gone = change("DELETE FROM history WHERE number IN"
		                         " (SELECT number FROM history WHERE number < ?1 ORDER BY number LIMIT ?2)", kept, rows_at_once);
		if (!gone) return fail(gone.error());
		has_pruned_ = has_pruned_ || *gone > 0;
		if (*gone == rows_at_once) return false;
		if (*gone > 0) is_outline_stale_ = true; // days may be empty now
		if (!name_search_ && !has_pruned_) return true;
		return prune_names();
	});
}

// Only whoever reads everything knows which names are left over: a day of history each time.
Result<bool> AssignmentTables::prune_names() {
	if (!name_search_) {
		const auto last = database_->integer("SELECT max(number) FROM subscriber");
		if (!last) return fail(last.error());
		has_pruned_ = false;
		name_search_.emplace();
		name_search_->used.resize(static_cast<std::size_t>(last->value_or(0)) + 1);
		auto marked = mark_names("SELECT subscriber FROM standing WHERE ?1 = 0", 0);
		if (!marked) name_search_.reset();
		return marked.map([] { return false; });
	}
	if (const auto day = days_.lower_bound(name_search_->next_day); day != days_.end()) {
		name_search_->next_day = *day + 1;
		auto marked = mark_names("SELECT subscriber FROM history INDEXED BY history_subscriber WHERE day = ?1", *day);
		if (!marked) name_search_.reset();
		return marked.map([] { return false; });
	}
	const auto gone = forget_unused();
	if (!gone || static_cast<std::size_t>(name_search_->next_number) >= name_search_->used.size()) name_search_.reset();
	if (!gone) return fail(gone.error());
	return !name_search_.has_value();
}

Result<void> AssignmentTables::mark_names(std::string_view query, std::int64_t value) {
	auto read = database_->prepare(query);
	if (!read) return fail(read.error());
	auto& used = name_search_->used;
	return read->bind(value).each([&](const sql::Row& row) -> Result<void> {
		const auto number = static_cast<std::size_t>(row.integer(0));
		if (number < used.size()) used[number] = true;
		return {};
	});
}

Result<void> AssignmentTables::forget_unused() {
	names_.clear();
	auto transaction = sql::Transaction::begin(*database_);
	if (!transaction) return fail(transaction.error());
	auto remove = database_->prepare("DELETE FROM subscriber WHERE number = ?1");
	if (!remove) return fail(remove.error());
	const auto& used = name_search_->used;
	const auto end = std::min(name_search_->next_number + names_at_once, static_cast<std::int64_t>(used.size()));
	for (std::int64_t number = name_search_->next_number; number < end; ++number) {
		if (used[static_cast<std::size_t>(number)]) continue;
		if (auto removed = remove->bind(number).run(); !removed) return removed;
	}
	name_search_->next_number = end;
	return transaction->commit();
}

Result<std::uint64_t> AssignmentTables::forget(const std::string& subscriber) {
	return on_file([&]() -> Result<std::uint64_t> {
		const auto number = find_name(subscriber);
		if (!number) return fail(number.error());
		std::uint64_t rows = 0;
		if (*number) {
			auto transaction = sql::Transaction::begin(*database_);
			if (!transaction) return fail(transaction.error());
			if (auto forgotten = forget_rows(**number, rows); !forgotten) return fail(forgotten.error());
			if (auto committed = transaction->commit(); !committed) return fail(committed.error());
			is_outline_stale_ = true;
		}
		// Also of a name that is gone already: its bytes may still stand in the log.
		if (auto wiped = scrub_file(*database_); !wiped) return fail(wiped.error());
		remember_growth();
		return rows;
	});
}

Result<void> AssignmentTables::forget_rows(std::int64_t subscriber, std::uint64_t& rows) {
	const auto count = [&rows](const Result<int>& gone) -> Result<void> {
		if (!gone) return fail(gone.error());
		rows += static_cast<std::uint64_t>(*gone);
		return {};
	};
	auto done = count(change("DELETE FROM standing WHERE subscriber = ?1 AND ?2 = 0", subscriber, 0));
	for (const std::int64_t day : days_)
		if (done) done = count(change("DELETE FROM history WHERE subscriber = ?1 AND day = ?2", subscriber, day));
	if (!done) return done;
	const auto named = change("DELETE FROM subscriber WHERE number = ?1 AND ?2 = 0", subscriber, 0);
	return named ? Result<void>() : fail(named.error());
}

} // namespace gate25
