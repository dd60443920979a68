// SPDX-License-Identifier: GPL-2.0-or-later
//
// Forgetting, some numbers at a time: rows of all tables share one sequence of numbers, so a step is a
// range of it and needs no index on times.
#include "edge/store/row_reader.h"
#include "edge/store/schema.h"
#include "edge/store/store_file.h"

#include <array>

namespace gate25 {

namespace {

constexpr std::int64_t numbers_per_step = 4000;

constexpr std::string_view lowest_number_after = R"sql(
SELECT min(id) FROM (SELECT min(id) AS id FROM quarantine WHERE id > ?1
	UNION ALL SELECT min(id) FROM exemption WHERE id > ?1
	UNION ALL SELECT min(id) FROM alert WHERE id > ?1
	UNION ALL SELECT min(id) FROM audit WHERE id > ?1
	UNION ALL SELECT min(id) FROM held_report WHERE id > ?1
	UNION ALL SELECT min(id) FROM notice WHERE id > ?1))sql";

// An alert goes only when it is in the tallies. A key is fetched anew when it is needed again; they have no numbers
// and are looked through with each step: there are few.
constexpr std::array<std::string_view, 8> forget{
	"DELETE FROM exemption WHERE id BETWEEN ?1 AND ?2 AND ended < ?3",
	"DELETE FROM alert WHERE id BETWEEN ?1 AND min(?2, (SELECT alert FROM folded)) AND received < ?3",
	"DELETE FROM audit WHERE id BETWEEN ?1 AND ?2 AND at < ?3",
	"DELETE FROM held_bytes WHERE id IN (SELECT id FROM held_report WHERE id BETWEEN ?1 AND ?2"
	" AND state = 'closed' AND ended < ?3)",
	"DELETE FROM held_report WHERE id BETWEEN ?1 AND ?2 AND state = 'closed' AND ended < ?3",
	"DELETE FROM notice_body WHERE id IN (SELECT id FROM notice WHERE id BETWEEN ?1 AND ?2"
	" AND state <> 'waiting' AND ifnull(ended, made) < ?3)",
	"DELETE FROM notice WHERE id BETWEEN ?1 AND ?2 AND state <> 'waiting' AND ifnull(ended, made) < ?3",
	"DELETE FROM openpgp_key WHERE fetched < ?3 AND ?1 <= ?2"};

} // namespace

Result<PruneStep> StoreFile::prune_step(UnixTime older_than) {
	auto open = ready();
	if (!open) return fail(open.error());
	if (older_than != prune_older_than_) pruned_to_ = 0; // another question begins anew
	prune_older_than_ = older_than;
	auto statement = database_->prepare(lowest_number_after);
	if (!statement) return fail(statement.error());
	auto first = statement->bind(pruned_to_).first_integer();
	if (!first) return fail(first.error());
	PruneStep step;
	if (!*first) {
		pruned_to_ = 0;
		return step;
	}
	const std::int64_t last = **first + numbers_per_step - 1;
	auto pruned = prune_numbers(**first, last, older_than, step);
	if (!pruned) {
		pruned_to_ = 0;
		return fail(pruned.error());
	}
	pruned_to_ = last;
	step.is_last = false;
	return step;
}

Result<void> StoreFile::prune_numbers(std::int64_t first, std::int64_t last, UnixTime older_than,
                                      PruneStep& step) {
	const std::int64_t before = older_than.time_since_epoch().count();
	auto transaction = sql::Transaction::begin(*database_);
	if (!transaction) return fail(transaction.error());
	auto ran = keep_highest_number();
	if (!ran) return ran;
	for (const std::string_view text : forget) {
		auto statement = database_->prepare(text);
		if (!statement) return fail(statement.error());
		ran = statement->bind(first, last, before).run();
		if (!ran) return ran;
	}
	auto statement = database_->prepare("DELETE FROM quarantine WHERE id BETWEEN ?1 AND ?2 AND ended < ?3 RETURNING " +
	                               std::string(quarantine_columns));
	if (!statement) return fail(statement.error());
	const RowReader reader(*database_, boot_, loaded_at_);
	ran = statement->bind(first, last, before).each([&](const sql::Row& row) -> Result<void> {
		auto begin = reader.begin(row);
		if (!begin) return fail(begin.error());
		if (!RowReader::is_monitored(row)) step.forgotten.push_back(*begin);
		return {};
	});
	if (!ran) return ran;
	return transaction->commit();
}

} // namespace gate25
