// SPDX-License-Identifier: GPL-2.0-or-later
//
// Taking over from a damaged file what is certainly whole: decisions that still hold, what was said of subscribers,
// reports that are kept, keys, subscribers, notices.
#include "core/decision.h"
#include "edge/store/row_reader.h"
#include "edge/store/schema.h"
#include "edge/store/store_file.h"

#include <algorithm>
#include <functional>
#include <ranges>

namespace gate25 {

namespace {

// A range that meets damage is left out as a whole, so it is small.
constexpr std::int64_t numbers_per_range = 64;
// A number beyond it is damage too, and the search would not end.
constexpr std::int64_t highest_believed = 1'000'000'000;

// Whether the row can be read: else the new file would be damaged as well.
using IsWhole = std::function<bool(const sql::Row&)>;

// A file of an older schema has fewer columns, or none; what the missing ones would hold there.
std::string known_columns(sql::Database& from, const std::string& table, std::string_view columns) {
	std::string known;
	for (const auto name : std::views::split(columns, std::string_view(", "))) {
		const std::string column(name.begin(), name.end());
		const bool is_known = from.prepare("SELECT " + column + " FROM " + table).has_value();
		known += (known.empty() ? "" : ", ") + (is_known ? column : column == "monitored" ? "0" : "NULL");
	}
	return known;
}

// Bytes may be wrong though the page is well-formed. Whom a decision is about stands in two places, the row
// and the index: only where both agree nobody is quarantined for somebody else.
std::string whole_rows(sql::Database& from, const std::string& table, std::string_view columns) {
	return "SELECT " + known_columns(from, table, columns) + " FROM " + table +
	       " AS row WHERE id BETWEEN ?1 AND ?2 AND ended IS NULL AND EXISTS (SELECT 1 FROM " + table +
	       " AS entry INDEXED BY " + table + "_prefix WHERE entry.family = row.family AND entry.address = row.address"
	       " AND entry.length = row.length AND entry.id = row.id)";
}

std::string rows_between(const std::string& table, std::string_view columns, std::string_view number = "id") {
	return "SELECT " + std::string(columns) + " FROM " + table + " WHERE " + std::string(number) + " BETWEEN ?1 AND ?2";
}

std::string insert_into(const std::string& table, std::string_view columns) {
	const auto count = static_cast<std::size_t>(std::ranges::count(columns, ',')) + 1;
	std::string parameters = "?";
	for (std::size_t i = 1; i < count; ++i) parameters += ", ?";
	return "INSERT INTO " + table + " (" + std::string(columns) + ") VALUES (" + parameters + ")";
}

class Salvage {
public:
	Salvage(sql::Database& from, sql::Database& into, const RowReader& reader)
		: from_(from), into_(into), reader_(reader) {}
	// How many decisions.
	std::int64_t run(std::int64_t last) {
		const std::int64_t count =
			copy(whole_rows(from_, "quarantine", quarantine_columns), insert_into("quarantine", quarantine_columns), 1, last,
		         [this](const sql::Row& row) { return reader_.quarantine(row).has_value(); }) +
			copy(whole_rows(from_, "exemption", exemption_columns), insert_into("exemption", exemption_columns), 1, last,
		         [this](const sql::Row& row) { return reader_.exemption(row).has_value(); });
		copy_alerts(last);
		copy_with_bytes({"held_report", held_columns, "held_bytes", "id, signature, bytes"}, last,
		                [this](const sql::Row& row) { return reader_.held(row).has_value(); });
		copy_keys();
		copy_subscribers();
		copy_with_bytes({"notice", notice_columns, "notice_body", "id, body"}, last,
		                [this](const sql::Row& row) { return reader_.notice(row).has_value(); });
		return count;
	}

private:
	// What cannot be read is passed over, what is refused too.
	std::int64_t copy(const std::string& query, const std::string& insert, std::int64_t first, std::int64_t last,
	                  const IsWhole& is_whole) {
		auto source = from_.prepare(query);
		auto target = into_.prepare(insert);
		if (!source || !target) return 0;
		std::int64_t count = 0;
		for (; first <= last; first += numbers_per_range) {
			static_cast<void>(source->bind(first, first + numbers_per_range - 1).each([&](const sql::Row& row) {
				if (is_whole(row) && target->bind_row(row).run()) ++count;
				return Result<void>();
			}));
		}
		return count;
	}
	void copy_alerts(std::int64_t last);
	void copy_tallies();
	// Rows of one table whose bytes stand in another one.
	struct Parted {
		std::string table;
		std::string_view columns;
		std::string bytes_table;
		std::string_view bytes_columns;
	};
	void copy_with_bytes(const Parted& parted, std::int64_t last, const IsWhole& is_whole);
	void copy_keys();
	void copy_subscribers();
	void copy_from_both_ends(const std::string& table, std::string_view columns, std::string_view order,
	                         const IsWhole& is_whole);

	sql::Database& from_;
	sql::Database& into_;
	const RowReader& reader_;
};

// Those that are not in the tallies, and the tallies; those that are would count twice. Where nobody knows any more
// which is which, the alerts: of the tallies most is in them.
void Salvage::copy_alerts(std::int64_t last) {
	auto found = from_.integer("SELECT alert FROM folded");
	const bool is_known = found && *found && **found >= 0 && **found <= last;
	const std::int64_t folded = is_known ? **found : 0;
	copy(rows_between("alert", known_columns(from_, "alert", alert_columns)), insert_into("alert", alert_columns), folded + 1, last,
	     [this](const sql::Row& row) { return reader_.alert(row).has_value(); });
	if (!is_known) return;
	copy_tallies();
	auto remember = into_.prepare("UPDATE folded SET alert = ?1");
	if (remember) static_cast<void>(remember->bind(folded).run());
}

void Salvage::copy_tallies() {
	copy_from_both_ends("tally", tally_columns, "family, address, length",
	                    [this](const sql::Row& row) { return reader_.tally(row).has_value(); });
}

void Salvage::copy_subscribers() {
	copy_from_both_ends("subscriber", subscriber_columns, "key",
	                    [this](const sql::Row& row) { return reader_.subscriber(row).has_value(); });
}

// They have no numbers. A walk ends where it meets damage, so there are two, one from each end.
void Salvage::copy_from_both_ends(const std::string& table, std::string_view columns, std::string_view order,
                                  const IsWhole& is_whole) {
	auto target = into_.prepare(insert_into(table, columns));
	if (!target) return;
	for (const std::string_view direction : {" ASC", " DESC"}) {
		std::string directed;
		for (const auto name : std::views::split(order, std::string_view(", ")))
			directed += (directed.empty() ? "" : ", ") + std::string(name.begin(), name.end()) + std::string(direction);
		auto source = from_.prepare("SELECT " + std::string(columns) + " FROM " + table + " ORDER BY " + directed);
		if (!source) return;
		static_cast<void>(source->each([&](const sql::Row& row) {
			if (is_whole(row)) static_cast<void>(target->bind_row(row).run());
			return Result<void>();
		}));
	}
}

// Row and bytes, or neither: a report without its bytes helps nobody, a notice without its body says nothing.
void Salvage::copy_with_bytes(const Parted& parted, std::int64_t last, const IsWhole& is_whole) {
	// A report is read with its size, which nobody asks here.
	auto source = from_.prepare(rows_between(parted.table, std::string(parted.columns) + ", 0") + " ORDER BY id");
	auto bytes = from_.prepare("SELECT " + std::string(parted.bytes_columns) + " FROM " + parted.bytes_table + " WHERE id = ?1");
	auto target = into_.prepare(insert_into(parted.table, parted.columns));
	auto target_bytes = into_.prepare(insert_into(parted.bytes_table, parted.bytes_columns));
	if (!source || !bytes || !target || !target_bytes) return;
	const auto copy_one = [&](const sql::Row& row) -> Result<void> {
		if (!is_whole(row)) return {};
		bool is_copied = false;
		static_cast<void>(bytes->bind(row.integer(0)).each([&](const sql::Row& found) {
			is_copied = target_bytes->bind_row(found).run().has_value();
			return Result<void>();
		}));
		if (is_copied) static_cast<void>(target->bind_row(row, std::ranges::count(parted.columns, ',') + 1).run());
		return {};
	};
	for (std::int64_t first = 1; first <= last; first += numbers_per_range)
		static_cast<void>(source->bind(first, first + numbers_per_range - 1).each(copy_one));
}

void Salvage::copy_keys() {
	auto highest = from_.integer("SELECT max(rowid) FROM openpgp_key");
	if (!highest) return;
	copy(rows_between("openpgp_key", key_columns, "rowid"), insert_into("openpgp_key", key_columns), 1,
	     std::clamp(highest->value_or(0), std::int64_t{0}, highest_believed),
	     [this](const sql::Row& row) { return reader_.key(row).has_value(); });
}

std::int64_t highest_number_of(sql::Database& database) {
	std::int64_t highest = 0;
	for (const char* query : {"SELECT id FROM last_number", "SELECT max(id) FROM quarantine",
	                          "SELECT max(id) FROM exemption", "SELECT max(id) FROM alert",
	                          "SELECT max(id) FROM audit", "SELECT max(id) FROM held_report",
	                          "SELECT max(id) FROM notice"}) {
		auto number = database.integer(query);
		if (number) highest = std::max(highest, number->value_or(0));
	}
	return highest;
}

Result<std::int64_t> copy_whole(sql::Database& from, sql::Database& into, const RowReader& reader) {
	auto transaction = sql::Transaction::begin(into);
	if (!transaction) return fail(transaction.error());
	const std::int64_t last = std::clamp(highest_number_of(from), std::int64_t{0}, highest_believed);
	auto numbered = into.prepare("UPDATE last_number SET id = ?1");
	if (!numbered) return fail(numbered.error());
	auto ran = numbered->bind(last).run();
	if (!ran) return fail(ran.error());
	const std::int64_t count = Salvage(from, into, reader).run(last);
	auto committed = transaction->commit();
	if (!committed) return fail(committed.error());
	return count;
}

} // namespace

std::int64_t StoreFile::take_over(const std::string& damaged) {
	auto from = sql::Database::open(damaged, directory_);
	if (!from) return 0;
	return copy_whole(**from, *database_, RowReader(**from, boot_, loaded_at_)).value_or(0);
}

} // namespace gate25
