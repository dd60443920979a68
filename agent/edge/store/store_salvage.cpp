// SPDX-License-Identifier: GPL-2.0-or-later
//
// Taking over from a damaged file what is certainly whole: decisions that still hold.
#include "core/decision.h"
#include "edge/store/schema.h"
#include "edge/store/store_file.h"

#include <algorithm>

namespace gate25 {

namespace {

// A range that meets damage is left out as a whole, so it is small.
constexpr std::int64_t numbers_per_range = 64;
// A number beyond it is damage too, and the search would not end.
constexpr std::int64_t highest_believed = 1'000'000'000;

std::string known_levels() {
	std::string list;
	for (const Level level : all_levels) list += (list.empty() ? "'" : ", '") + std::string(level_text(level)) + "'";
	return list;
}

// Bytes may be wrong though the page is well-formed. Whom a decision is about stands in two places, the row
// and the index: only where both agree nobody is quarantined for somebody else.
std::string whole_rows(const std::string& table, std::string_view columns, const std::string& condition) {
	return "SELECT " + std::string(columns) + " FROM " + table +
	       " AS row WHERE id BETWEEN ?1 AND ?2 AND ended IS NULL" + condition +
	       " AND EXISTS (SELECT 1 FROM " + table + " AS entry INDEXED BY " + table +
	       "_prefix WHERE entry.family = row.family AND entry.address = row.address"
	       " AND entry.length = row.length AND entry.id = row.id)";
}

std::string insert_into(const std::string& table, std::string_view columns) {
	const auto count = static_cast<std::size_t>(std::ranges::count(columns, ',')) + 1;
	std::string parameters = "?";
	for (std::size_t i = 1; i < count; ++i) parameters += ", ?";
	return "INSERT INTO " + table + " (" + std::string(columns) + ") VALUES (" + parameters + ")";
}

// Returns how many; what cannot be read is passed over, what is refused too.
std::int64_t copy_rows(sql::Database& from, const std::string& query, sql::Database& into,
                       const std::string& insert, std::int64_t last) {
	auto source = from.prepare(query);
	auto target = into.prepare(insert);
	if (!source || !target) return 0;
	std::int64_t count = 0;
	for (std::int64_t first = 1; first <= last; first += numbers_per_range) {
		static_cast<void>(source->bind(first, first + numbers_per_range - 1).each([&](const sql::Row& row) {
			if (target->bind_row(row).run()) ++count;
			return Result<void>();
		}));
	}
	return count;
}

std::int64_t highest_number_of(sql::Database& database) {
	std::int64_t highest = 0;
	for (const char* query : {"SELECT id FROM last_number", "SELECT max(id) FROM quarantine",
	                          "SELECT max(id) FROM exemption", "SELECT max(id) FROM alert",
	                          "SELECT max(id) FROM audit"}) {
		auto number = database.integer(query);
		if (number) highest = std::max(highest, number->value_or(0));
	}
	return highest;
}

Result<std::int64_t> copy_decisions(sql::Database& from, sql::Database& into) {
	auto transaction = sql::Transaction::begin(into);
	if (!transaction) return fail(transaction.error());
	const std::int64_t last = std::clamp(highest_number_of(from), std::int64_t{0}, highest_believed);
	auto numbered = into.prepare("UPDATE last_number SET id = ?1");
	if (!numbered) return fail(numbered.error());
	auto ran = numbered->bind(last).run();
	if (!ran) return fail(ran.error());
	const std::string level_is_known = " AND level IN (" + known_levels() + ")";
	const std::int64_t count =
		copy_rows(from, whole_rows("quarantine", quarantine_columns, level_is_known), into,
	              insert_into("quarantine", quarantine_columns), last) +
		copy_rows(from, whole_rows("exemption", exemption_columns, ""), into,
	              insert_into("exemption", exemption_columns), last);
	auto committed = transaction->commit();
	if (!committed) return fail(committed.error());
	return count;
}

} // namespace

std::int64_t StoreFile::take_over(const std::string& damaged) {
	auto from = sql::Database::open(damaged, directory_);
	if (!from) return 0;
	return copy_decisions(**from, *database_).value_or(0);
}

} // namespace gate25
