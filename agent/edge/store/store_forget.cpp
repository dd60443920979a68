// SPDX-License-Identifier: GPL-2.0-or-later
//
// Forgetting one subscriber: first his rows, some at a time, then what is left of them in the log and in unused parts of
// pages. Whoever is interrupted begins again: the row with his name goes last.
#include "core/subscriber_key.h"
#include "edge/store/page_scrub.h"
#include "edge/store/row_reader.h"
#include "edge/store/schema.h"
#include "edge/store/store_file.h"

#include <array>

namespace gate25 {

namespace {

constexpr std::int64_t rows_per_step = 1000;
constexpr std::int64_t audit_rows_per_step = 20000; // to look at
constexpr unsigned most_tries = 5;                  // of a tenth of a second each

// ?1 is the key's address or its 64 bits, ?2 how many rows at most. The numbers are looked for first, so that an index
// finds them. What belongs to a decision is found through it, so the decisions come behind that.
struct Deletion {
	const char* text;
	bool is_by_bits = false;
	bool is_counted = true;
};
constexpr std::array<Deletion, 9> deletions{
	Deletion{"DELETE FROM alert WHERE id IN (SELECT id FROM alert WHERE subscriber IS NOT NULL AND subscriber = ?1 LIMIT ?2)",
             true},
	Deletion{"DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE decision = 0 AND family IS NOT NULL"
             " AND family = 6 AND address = ?1 AND length = 128 LIMIT ?2)"},
	Deletion{"DELETE FROM audit WHERE id IN (SELECT audit.id FROM quarantine AS his CROSS JOIN audit"
             " ON audit.decision <> 0 AND audit.decision = his.id"
             " WHERE his.family = 6 AND his.address = ?1 AND his.length = 128 LIMIT ?2)"},
	Deletion{"DELETE FROM audit WHERE id IN (SELECT audit.id FROM exemption AS his CROSS JOIN audit"
             " ON audit.decision <> 0 AND audit.decision = his.id"
             " WHERE his.family = 6 AND his.address = ?1 AND his.length = 128 LIMIT ?2)"},
	Deletion{"DELETE FROM notice_body WHERE id IN (SELECT notice_body.id FROM notice AS his CROSS JOIN notice_body USING (id)"
             " WHERE his.family = 6 AND his.address = ?1 AND his.length = 128 LIMIT ?2)",
             false, false},
	Deletion{"DELETE FROM notice WHERE id IN (SELECT id FROM notice WHERE family = 6 AND address = ?1 AND length = 128"
             " LIMIT ?2)"},
	Deletion{"DELETE FROM exemption WHERE id IN (SELECT id FROM exemption WHERE family = 6 AND address = ?1"
             " AND length = 128 LIMIT ?2)"},
	Deletion{"DELETE FROM tally WHERE family = 6 AND address = ?1 AND length = 128 AND ?2 > 0"},
	Deletion{"DELETE FROM subscriber WHERE key = ?1 AND ?2 > 0", true}};
// The quarantines are asked for what they were, since an index in memory knows them; they go before this one.
constexpr std::size_t after_quarantines = 7;

constexpr std::string_view standing = R"sql(
SELECT id FROM quarantine WHERE family = 6 AND address = ?1 AND length = 128 AND ended IS NULL
UNION ALL SELECT id FROM exemption WHERE family = 6 AND address = ?1 AND length = 128 AND ended IS NULL LIMIT 1)sql";

constexpr std::string_view next_audit_rows =
	"SELECT max(id) FROM (SELECT id FROM audit WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3)";

} // namespace

Result<bool> StoreFile::forget_step(Forgetting& forgetting) {
	auto open = ready();
	if (!open) return fail(open.error());
	if (forgetting.are_rows_gone) return scrub(forgetting);
	auto ran = forget_rows(forgetting);
	if (ran) return false;
	forgetting.forgotten.clear(); // nothing of this step has happened
	return fail(ran.error());
}

Result<void> StoreFile::forget_rows(Forgetting& forgetting) {
	auto transaction = sql::Transaction::begin(*database_);
	if (!transaction) return fail(transaction.error());
	auto ran = forgetting.is_begun ? Result<void>() : begin_forgetting(forgetting);
	if (ran) ran = nothing_stands(forgetting);
	if (ran) ran = keep_highest_number();
	if (ran) ran = forget_audit(forgetting);
	if (!ran) return ran;
	for (std::int64_t most = forgetting.is_audit_seen ? rows_per_step : 0; most > 0;) {
		auto count = forget_from(forgetting, most);
		if (!count) return fail(count.error());
		most -= *count;
		if (most > 0) ++forgetting.table;
		forgetting.are_rows_gone = forgetting.table > deletions.size();
		if (forgetting.are_rows_gone) break;
	}
	return transaction->commit();
}

Result<void> StoreFile::begin_forgetting(Forgetting& forgetting) {
	if (!is_subscriber_key(forgetting.key))
		return fail(ErrorKind::bad_input, "a subscriber can be forgotten, " + forgetting.key.text() +
		                                      " is no subscriber's key; decisions about a prefix are forgotten by age");
	auto statement = database_->prepare("SELECT " + std::string(subscriber_columns) + " FROM subscriber WHERE key = ?1");
	if (!statement) return fail(statement.error());
	auto last = database_->integer("SELECT max(id) FROM audit");
	if (!last) return fail(last.error());
	forgetting.last_audit = last->value_or(0); // others are written meanwhile
	forgetting.is_begun = true;
	return statement->bind(subscriber_bits(forgetting.key)).each([&](const sql::Row& row) -> Result<void> {
		forgetting.name = row.text(1);
		return {};
	});
}

// Without its row it would stand in the kernel for ever.
Result<void> StoreFile::nothing_stands(const Forgetting& forgetting) {
	auto statement = database_->prepare(standing);
	if (!statement) return fail(statement.error());
	auto id = statement->bind(forgetting.key.address().bytes()).first_integer();
	if (!id) return fail(id.error());
	if (!*id) return {};
	return fail(ErrorKind::conflict, "the decision with number " + std::to_string(**id) +
	                                     " of this subscriber stands: end it first, then he can be forgotten");
}

// Rows whose decision was pruned before them have nothing but their text.
Result<void> StoreFile::forget_audit(Forgetting& forgetting) {
	if (forgetting.is_audit_seen) return {};
	auto next = database_->prepare(next_audit_rows);
	if (!next) return fail(next.error());
	auto last = next->bind(forgetting.audit_seen, forgetting.last_audit, audit_rows_per_step).first_integer();
	if (!last) return fail(last.error());
	forgetting.is_audit_seen = !*last;
	if (!*last) return {};
	auto statement = database_->prepare("DELETE FROM audit WHERE id > ?1 AND id <= ?2 AND (subject = ?3 OR subject = ?4)");
	if (!statement) return fail(statement.error());
	const std::string key = forgetting.key.text();
	auto ran = statement->bind(forgetting.audit_seen, **last, key, forgetting.name.empty() ? key : forgetting.name).run();
	if (!ran) return ran;
	forgetting.rows += static_cast<std::uint64_t>(database_->changed_rows());
	forgetting.audit_seen = **last;
	return {};
}

// How many, of the table that it has come to.
Result<std::int64_t> StoreFile::forget_from(Forgetting& forgetting, std::int64_t most) {
	if (forgetting.table == after_quarantines) return forget_quarantines(forgetting, most);
	const Deletion& deletion = deletions[forgetting.table - (forgetting.table > after_quarantines ? 1 : 0)];
	auto statement = database_->prepare(deletion.text);
	if (!statement) return fail(statement.error());
	auto& bound = deletion.is_by_bits ? statement->bind(subscriber_bits(forgetting.key), most)
	                                  : statement->bind(forgetting.key.address().bytes(), most);
	auto ran = bound.run();
	if (!ran) return fail(ran.error());
	const std::int64_t count = database_->changed_rows();
	if (deletion.is_counted) forgetting.rows += static_cast<std::uint64_t>(count);
	return count;
}

Result<std::int64_t> StoreFile::forget_quarantines(Forgetting& forgetting, std::int64_t most) {
	auto statement = database_->prepare("DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine WHERE family = 6"
	                                    " AND address = ?1 AND length = 128 LIMIT ?2) RETURNING " +
	                                    std::string(quarantine_columns));
	if (!statement) return fail(statement.error());
	const RowReader reader(*database_, boot_, loaded_at_);
	std::int64_t count = 0;
	auto ran = statement->bind(forgetting.key.address().bytes(), most).each([&](const sql::Row& row) -> Result<void> {
		++count;
		auto begin = reader.begin(row);
		if (!begin) return fail(begin.error());
		if (!RowReader::is_monitored(row)) forgetting.forgotten.push_back(*begin);
		return {};
	});
	if (!ran) return fail(ran.error());
	forgetting.rows += static_cast<std::uint64_t>(count);
	return count;
}

Result<bool> StoreFile::scrub(Forgetting& forgetting) {
	auto is_over = scrub_some(forgetting);
	if (is_over) return is_over;
	const Error& why = is_over.error();
	if (why.kind == ErrorKind::busy && ++forgetting.tries < most_tries) return false;
	return fail(why.kind, "the subscriber's rows are forgotten, but not yet wiped from the disk: " + why.text +
	                          ", then forget him again", why.saved_errno);
}

// The pages of the file are what they are only while the log is empty. That it is, and stays so, is seen to anew for each
// piece, since commits go on between them.
Result<bool> StoreFile::scrub_some(Forgetting& forgetting) {
	auto emptied = database_->empty_log();
	if (!emptied) return fail(emptied.error());
	remember_growth();
	auto transaction = sql::Transaction::begin(*database_);
	if (!transaction) return fail(transaction.error());
	auto next = scrub_pages(*database_, forgetting.page);
	if (!next) return fail(next.error());
	forgetting.page = next->value_or(0);
	if (*next) return false;
	auto in_place = is_in_place();
	if (!in_place) return fail(in_place.error());
	return true;
}

} // namespace gate25
