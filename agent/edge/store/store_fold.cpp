// SPDX-License-Identifier: GPL-2.0-or-later
//
// Adding up what is too old to be judged again. An alert with a number up to `folded` is in the table of tallies, one
// beyond it is not: both change in one transaction, so nothing is counted twice and nothing is lost. The way of an
// alert into the store is not burdened with it.
#include "edge/store/row_reader.h"
#include "edge/store/schema.h"
#include "edge/store/store_file.h"

#include <unordered_map>

namespace gate25 {

namespace {

constexpr std::int64_t alerts_per_step = 2000;

using Sums = std::unordered_map<Prefix, Tally>;

Result<Tally> stored_tally(sql::Statement& statement, const RowReader& reader, const Prefix& prefix) {
	Tally found;
	auto ran = statement.bind(family_number(prefix.family()), prefix.address().bytes(), prefix.length())
	               .each([&](const sql::Row& row) -> Result<void> {
		auto read = reader.tally(row);
		if (!read) return fail(read.error());
		found = read->second;
		return {};
	});
	if (!ran) return fail(ran.error());
	return found;
}

Result<void> write_sums(sql::Database& database, const Sums& sums) {
	auto statement = database.prepare("INSERT OR REPLACE INTO tally (" + std::string(tally_columns) +
	                                  ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
	if (!statement) return fail(statement.error());
	for (const auto& [prefix, tally] : sums) {
		auto ran = statement->bind(family_number(prefix.family()), prefix.address().bytes(), prefix.length(),
		                           tally.sums[0], tally.sums[1], tally.sums[2], tally.sums[3], tally.sums[4])
		               .run();
		if (!ran) return ran;
	}
	return {};
}

} // namespace

Result<std::int64_t> StoreFile::folded_to() {
	auto folded = database_->integer("SELECT alert FROM folded");
	if (!folded) return fail(folded.error());
	if (!*folded) return fail(database_->damage("it has lost how far alerts are added up"));
	return **folded;
}

// The time goes on from load() by a clock that nobody can set: if the time of day jumped, the alerts of the last
// weeks would look old.
UnixTime StoreFile::time_now() const {
	const auto passed = std::chrono::steady_clock::now() - loaded_when_;
	return loaded_at_.wall + std::chrono::duration_cast<Seconds>(passed);
}

Result<bool> StoreFile::fold_step() {
	auto open = ready();
	if (!open) return fail(open.error());
	auto transaction = sql::Transaction::begin(*database_);
	if (!transaction) return fail(transaction.error());
	auto folded = folded_to();
	if (!folded) return fail(folded.error());
	auto last = last_old_alert(*folded);
	if (!last) return fail(last.error());
	if (*last == *folded) return true;
	auto ran = add_up(*folded, *last);
	if (!ran) return fail(ran.error());
	ran = transaction->commit();
	if (!ran) return fail(ran.error());
	return false;
}

// Of the next few thousand alerts the last that is old and has only old ones before it. One from the future was
// received while the clock was wrong and is as old as those that came after it.
Result<std::int64_t> StoreFile::last_old_alert(std::int64_t folded) {
	const std::int64_t now = time_now().time_since_epoch().count();
	const std::int64_t old = now - max_report_memory.count();
	auto statement =
		database_->prepare("SELECT id, received FROM alert WHERE id > ?1 ORDER BY id LIMIT ?2");
	if (!statement) return fail(statement.error());
	std::int64_t last = folded;
	bool is_over = false;
	auto ran = statement->bind(folded, alerts_per_step).each([&](const sql::Row& row) -> Result<void> {
		const std::int64_t received = row.integer(1);
		is_over = is_over || (received >= old && received <= now);
		if (!is_over && received < old) last = row.integer(0);
		return {};
	});
	if (!ran) return fail(ran.error());
	return last;
}

Result<void> StoreFile::add_up(std::int64_t after, std::int64_t last) {
	const RowReader reader(*database_, boot_, loaded_at_);
	auto known = database_->prepare("SELECT " + std::string(tally_columns) +
	                                " FROM tally WHERE family = ?1 AND address = ?2 AND length = ?3");
	if (!known) return fail(known.error());
	auto alerts = database_->prepare("SELECT " + std::string(alert_columns) +
	                                 " FROM alert WHERE id > ?1 AND id <= ?2 ORDER BY id");
	if (!alerts) return fail(alerts.error());
	Sums sums;
	AlertRow read;
	auto ran = alerts->bind(after, last).each([&](const sql::Row& row) -> Result<void> {
		auto one = reader.alert(row, read);
		if (!one || !read.is_tallied) return one;
		auto sum = sums.find(read.subscriber);
		if (sum == sums.end()) {
			auto stored = stored_tally(*known, reader, read.subscriber);
			if (!stored) return fail(stored.error());
			sum = sums.emplace(read.subscriber, *stored).first;
		}
		sum->second.add(read.alert.kind, read.alert.count, read.reporter.weight);
		return {};
	});
	if (ran) ran = write_sums(*database_, sums);
	if (!ran) return ran;
	auto remember = database_->prepare("UPDATE folded SET alert = ?1");
	if (!remember) return fail(remember.error());
	return remember->bind(last).run();
}

} // namespace gate25
