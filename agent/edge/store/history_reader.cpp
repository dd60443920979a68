// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/history_reader.h"
#include "core/subscriber_key.h"
#include "edge/store/schema.h"

#include <algorithm>

namespace gate25 {

namespace {

// ?1 is the time to begin with or NULL, ?2 the limit, in all questions. A decision belongs to the time when
// it was made and to the time when it ended.
constexpr HistoryTable quarantine_table{"quarantine", "(?1 IS NULL OR began >= ?1 OR ended >= ?1)"};
constexpr HistoryTable exemption_table{"exemption", "(?1 IS NULL OR began >= ?1 OR ended >= ?1)"};
constexpr HistoryTable alert_table{"alert", "(?1 IS NULL OR received >= ?1)"};
constexpr HistoryTable audit_table{"audit", "(?1 IS NULL OR at >= ?1)"};

// Rows of a decision are found through it, by an index that the first half makes usable.
constexpr const char* of_decision = " AND decision <> 0 AND decision = ?3";
constexpr const char* of_no_decision = " AND decision = 0 AND family IS NOT NULL";

// Some milliseconds of reading.
constexpr std::int64_t rows_to_try = 20000;

std::optional<std::int64_t> since_seconds(const HistoryQuery& query) {
	return query.since ? std::optional(query.since->time_since_epoch().count()) : std::nullopt;
}

void keep_newest(std::vector<std::uint64_t>& numbers, unsigned limit) {
	std::ranges::sort(numbers, std::greater<>());
	const auto repeated = std::ranges::unique(numbers);
	numbers.erase(repeated.begin(), repeated.end());
	if (numbers.size() > limit) numbers.resize(limit);
}

// Reads the rows of these numbers in their order.
template <class Value, class Read>
Result<void> fetch(sql::Database& database, const std::string& columns_from_table,
                   const std::vector<std::uint64_t>& numbers, std::vector<Value>& out, const Read& read) {
	if (numbers.empty()) return {};
	auto statement = database.prepare("SELECT " + columns_from_table + " WHERE id = ?1");
	if (!statement) return fail(statement.error());
	for (const std::uint64_t id : numbers) {
		auto ran = statement->bind(id).each([&](const sql::Row& row) -> Result<void> {
			auto value = read(row);
			if (!value) return fail(value.error());
			out.push_back(std::move(*value));
			return {};
		});
		if (!ran) return ran;
	}
	return {};
}

} // namespace

Result<History> HistoryReader::read(const HistoryQuery& query) {
	Found found;
	const bool is_of_subscriber = query.within && is_subscriber_key(*query.within);
	auto ran = query.id           ? find_by_number(found, query)
	           : is_of_subscriber ? find_of_subscriber(found, query)
	           : query.within     ? find_within(found, query)
	                              : find_latest(found, query);
	if (!ran) return fail(ran.error());
	if (!query.with_alerts) found.alerts.clear();
	for (Numbers* numbers : {&found.quarantines, &found.exemptions, &found.alerts, &found.audit})
		keep_newest(*numbers, query.limit);
	return fetch_all(found);
}

// The values are those of the parameters from ?1 on.
template <class... Values>
Result<void> HistoryReader::find(Numbers& numbers, const HistoryTable& table, const std::string& condition,
                                 const Values&... values) {
	auto statement = database_->prepare(std::string("SELECT id FROM ") + table.name + " WHERE " + table.since +
	                                    condition + " ORDER BY id DESC LIMIT ?2");
	if (!statement) return fail(statement.error());
	return statement->bind(values...).each([&](const sql::Row& row) -> Result<void> {
		numbers.push_back(static_cast<std::uint64_t>(row.integer(0)));
		return {};
	});
}

HistoryReader::Numbers HistoryReader::decisions_of(const Found& found) {
	Numbers decisions = found.quarantines;
	decisions.insert(decisions.end(), found.exemptions.begin(), found.exemptions.end());
	return decisions;
}

Result<void> HistoryReader::find_by_number(Found& found, const HistoryQuery& query) {
	const auto since = since_seconds(query);
	found.quarantines = {*query.id};
	found.exemptions = {*query.id};
	found.alerts = {*query.id};
	found.audit = {*query.id};
	auto ran = find(found.alerts, alert_table, of_decision, since, query.limit, *query.id);
	if (!ran) return ran;
	return find(found.audit, audit_table, of_decision, since, query.limit, *query.id);
}

Result<void> HistoryReader::find_latest(Found& found, const HistoryQuery& query) {
	const auto since = since_seconds(query);
	auto ran = find(found.quarantines, quarantine_table, "", since, query.limit);
	if (ran) ran = find(found.exemptions, exemption_table, "", since, query.limit);
	if (ran && query.with_alerts) ran = find(found.alerts, alert_table, "", since, query.limit);
	if (ran) ran = find(found.audit, audit_table, "", since, query.limit);
	return ran;
}

// Nothing contains a key and a key contains nothing. His alerts and what belongs to his decisions.
Result<void> HistoryReader::find_of_subscriber(Found& found, const HistoryQuery& query) {
	const Prefix& key = *query.within;
	const auto since = since_seconds(query);
	auto ran = find_exactly(found.quarantines, quarantine_table, "", query, key);
	if (ran) ran = find_exactly(found.exemptions, exemption_table, "", query, key);
	if (ran) ran = find_exactly(found.audit, audit_table, of_no_decision, query, key);
	if (ran && query.with_alerts)
		ran = find(found.alerts, alert_table, " AND subscriber IS NOT NULL AND subscriber = ?3", since, query.limit,
		           subscriber_bits(key));
	if (!ran) return ran;
	keep_newest(found.quarantines, query.limit);
	keep_newest(found.exemptions, query.limit);
	for (const std::uint64_t decision : decisions_of(found)) {
		if (query.with_alerts) ran = find(found.alerts, alert_table, of_decision, since, query.limit, decision);
		if (ran) ran = find(found.audit, audit_table, of_decision, since, query.limit, decision);
		if (!ran) return ran;
	}
	return {};
}

Result<void> HistoryReader::find_within(Found& found, const HistoryQuery& query) {
	auto ran = find_overlapping(found.quarantines, quarantine_table, "", query);
	if (ran) ran = find_overlapping(found.exemptions, exemption_table, "", query);
	if (ran) ran = find_overlapping(found.audit, audit_table, of_no_decision, query);
	if (!ran) return ran;
	keep_newest(found.quarantines, query.limit);
	keep_newest(found.exemptions, query.limit);
	return find_reports_within(found, query);
}

// What the prefix contains is a range of the index; what contains it is one question for each length.
Result<void> HistoryReader::find_overlapping(Numbers& numbers, const HistoryTable& table,
                                             const std::string& condition, const HistoryQuery& query) {
	const Prefix& prefix = *query.within;
	const std::string longer = condition + " AND length >= " + std::to_string(prefix.length());
	auto ran = find_contained(numbers, table, longer, query);
	for (unsigned length = 0; ran && length < prefix.length(); ++length)
		ran = find_exactly(numbers, table, condition, query, Prefix::of(prefix.address(), length));
	return ran;
}

Result<void> HistoryReader::find_exactly(Numbers& numbers, const HistoryTable& table, const std::string& condition,
                                         const HistoryQuery& query, const Prefix& prefix) {
	return find(numbers, table, condition + " AND family = ?3 AND address = ?4 AND length = ?5", since_seconds(query),
	            query.limit, family_number(prefix.family()), prefix.address().bytes(), prefix.length());
}

// Of a large prefix the newest rows are mostly found sooner among all rows from the newest on than in its
// range of the index, which may hold a million.
Result<void> HistoryReader::find_contained(Numbers& numbers, const HistoryTable& table,
                                           const std::string& condition, const HistoryQuery& query) {
	const Prefix& prefix = *query.within;
	if (prefix.length() < (prefix.family() == Family::ipv4 ? 20U : 44U)) {
		Numbers newest;
		auto ran = find_among_newest(newest, table, condition, query);
		if (!ran) return ran;
		if (newest.size() == query.limit) {
			numbers.insert(numbers.end(), newest.begin(), newest.end());
			return {};
		}
	}
	const Address last = prefix.last();
	return find(numbers, table, condition + " AND family = ?3 AND address BETWEEN ?4 AND ?5", since_seconds(query),
	            query.limit, family_number(prefix.family()), prefix.address().bytes(), last.bytes());
}

Result<void> HistoryReader::find_among_newest(Numbers& numbers, const HistoryTable& table,
                                              const std::string& condition, const HistoryQuery& query) {
	auto highest = database_->integer(std::string("SELECT max(id) FROM ") + table.name);
	if (!highest) return fail(highest.error());
	const Prefix& prefix = *query.within;
	const Address last = prefix.last();
	// A plus sign keeps SQLite from using the index of the column.
	return find(numbers, table, condition + " AND +family = ?3 AND +address BETWEEN ?4 AND ?5 AND id > ?6",
	            since_seconds(query), query.limit, family_number(prefix.family()), prefix.address().bytes(),
	            last.bytes(), highest->value_or(0) - rows_to_try);
}

Result<void> HistoryReader::find_reports_within(Found& found, const HistoryQuery& query) {
	const Prefix& prefix = *query.within;
	const auto since = since_seconds(query);
	const int family = family_number(prefix.family());
	const Address last = prefix.last();
	auto ran = find_contained(found.alerts, alert_table, " AND decision = 0", query);
	// The decision about somebody who was told by a source stands under his key.
	if (ran) ran = find_contained(found.alerts, alert_table, " AND subscriber IS NOT NULL AND decision <> 0", query);
	if (!ran) return ran;
	const std::string from_here = std::string(of_decision) + " AND family = ?4 AND address BETWEEN ?5 AND ?6";
	for (const std::uint64_t decision : decisions_of(found)) {
		ran = find(found.alerts, alert_table, from_here, since, query.limit, decision, family, prefix.address().bytes(),
		           last.bytes());
		if (ran) ran = find(found.audit, audit_table, of_decision, since, query.limit, decision);
		if (!ran) return ran;
	}
	return {};
}

Result<History> HistoryReader::fetch_all(const Found& found) {
	History history;
	auto ran = fetch(*database_, std::string(quarantine_columns) + " FROM quarantine", found.quarantines,
	                 history.quarantines, [this](const sql::Row& row) { return reader_->quarantine(row); });
	if (ran)
		ran = fetch(*database_, std::string(exemption_columns) + " FROM exemption", found.exemptions,
		            history.exemptions, [this](const sql::Row& row) { return reader_->exemption(row); });
	if (ran)
		ran = fetch(*database_, std::string(alert_columns) + " FROM alert", found.alerts, history.alerts,
		            [this](const sql::Row& row) { return reader_->alert(row); });
	if (ran)
		ran = fetch(*database_, std::string(audit_columns) + " FROM audit", found.audit, history.audit,
		            [this](const sql::Row& row) { return reader_->audit(row); });
	if (!ran) return fail(ran.error());
	return history;
}

} // namespace gate25
