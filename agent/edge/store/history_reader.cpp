// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/history_reader.h"

#include <algorithm>
#include <array>

namespace gate25 {

namespace {

// A decision belongs to the time since it was made or, if later, since it ended.
constexpr std::string_view decision_since = " AND (?1 IS NULL OR began >= ?1 OR ended >= ?1)";
constexpr std::string_view newest_first = " ORDER BY id DESC LIMIT ?2";

int family_number(Family family) {
	return family == Family::ipv4 ? 4 : 6;
}

std::optional<std::int64_t> since_seconds(const HistoryQuery& query) {
	return query.since ? std::optional(query.since->time_since_epoch().count()) : std::nullopt;
}

// One `query` for each table; tables differ in what their time is called.
std::string select_id(std::string_view table, std::string_view condition) {
	return "SELECT id FROM " + std::string(table) + " WHERE " + std::string(condition);
}

void keep_newest(std::vector<std::uint64_t>& numbers, unsigned limit) {
	std::ranges::sort(numbers, std::greater<>());
	const auto repeated = std::ranges::unique(numbers);
	numbers.erase(repeated.begin(), repeated.end());
	if (numbers.size() > limit) numbers.resize(limit);
}

// Reads the rows of these numbers in their order.
template <class Value, class Read>
Result<void> fetch(sql::Database& database, std::string_view columns, std::string_view table,
                   const std::vector<std::uint64_t>& numbers, std::vector<Value>& out, Read&& read) {
	if (numbers.empty()) return {};
	auto statement =
		database.prepare("SELECT " + std::string(columns) + " FROM " + std::string(table) + " WHERE id = ?1");
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
	// SQLite takes a negative limit for none; ours is unsigned and small.
	if (query.id) return by_number(*query.id);
	if (query.within) return within(*query.within, query);
	return latest(query);
}

Result<void> HistoryReader::add(Numbers& found, sql::Statement& statement) {
	return statement.each([&](const sql::Row& row) -> Result<void> {
		found.push_back(static_cast<std::uint64_t>(row.integer(0)));
		return {};
	});
}

Result<History> HistoryReader::by_number(std::uint64_t id) {
	History history;
	Numbers alerts;
	Numbers audit;
	for (auto [table, found] : {std::pair("alert", &alerts), std::pair("audit", &audit)}) {
		// "decision <> 0" lets SQLite use the index of those that have one.
		auto statement = database_->prepare(select_id(table, "id = ?1 OR (decision <> 0 AND decision = ?1)"));
		if (!statement) return fail(statement.error());
		auto added = add(*found, statement->bind(id));
		if (!added) return fail(added.error());
		keep_newest(*found, UINT32_MAX);
	}
	auto decisions = fetch_decisions(history, {id}, {id});
	if (!decisions) return fail(decisions.error());
	auto reports = fetch_reports(history, alerts, audit);
	if (!reports) return fail(reports.error());
	return history;
}

Result<History> HistoryReader::latest(const HistoryQuery& query) {
	const std::array<std::pair<std::string_view, std::string_view>, 4> tables{
		{{"quarantine", "1"}, {"exemption", "1"}, {"alert", "received"}, {"audit", "at"}}};
	std::array<Numbers, 4> found;
	for (std::size_t i = 0; i < tables.size(); ++i) {
		const auto& [table, time] = tables[i];
		std::string text = select_id(table, "1");
		if (time == "1") text += decision_since;
		else text += " AND (?1 IS NULL OR " + std::string(time) + " >= ?1)";
		auto statement = database_->prepare(text + std::string(newest_first));
		if (!statement) return fail(statement.error());
		auto added = add(found[i], statement->bind(since_seconds(query), query.limit));
		if (!added) return fail(added.error());
	}
	History history;
	auto decisions = fetch_decisions(history, found[0], found[1]);
	if (!decisions) return fail(decisions.error());
	auto reports = fetch_reports(history, found[2], found[3]);
	if (!reports) return fail(reports.error());
	return history;
}

Result<History> HistoryReader::within(const Prefix& prefix, const HistoryQuery& query) {
	auto quarantines = decision_numbers("quarantine", prefix, query);
	if (!quarantines) return fail(quarantines.error());
	auto exemptions = decision_numbers("exemption", prefix, query);
	if (!exemptions) return fail(exemptions.error());
	Numbers decisions = *quarantines;
	decisions.insert(decisions.end(), exemptions->begin(), exemptions->end());
	Numbers alerts;
	auto added = add_alerts(alerts, prefix, query);
	if (!added) return fail(added.error());
	Numbers audit;
	added = add_audit(audit, decisions, prefix, query);
	if (!added) return fail(added.error());
	History history;
	auto fetched = fetch_decisions(history, *quarantines, *exemptions);
	if (!fetched) return fail(fetched.error());
	fetched = fetch_reports(history, alerts, audit);
	if (!fetched) return fail(fetched.error());
	return history;
}

Result<HistoryReader::Numbers> HistoryReader::decision_numbers(const std::string& table, const Prefix& prefix,
                                                               const HistoryQuery& query) {
	Numbers found;
	auto added = add_contained(found, table, prefix, query);
	if (!added) return fail(added.error());
	added = add_containing(found, table, prefix, query);
	if (!added) return fail(added.error());
	keep_newest(found, query.limit);
	return found;
}

Result<void> HistoryReader::add_contained(Numbers& found, const std::string& table, const Prefix& prefix,
                                          const HistoryQuery& query) {
	auto statement = database_->prepare(
		select_id(table, "family = ?3 AND address BETWEEN ?4 AND ?5 AND length >= ?6") +
		std::string(decision_since) + std::string(newest_first));
	if (!statement) return fail(statement.error());
	const Address last = prefix.last();
	return add(found, statement->bind(since_seconds(query), query.limit, family_number(prefix.family()),
	                                  prefix.address().bytes(), last.bytes(), prefix.length()));
}

// One question for each shorter length: at most 128 steps down the index.
Result<void> HistoryReader::add_containing(Numbers& found, const std::string& table, const Prefix& prefix,
                                           const HistoryQuery& query) {
	auto statement =
		database_->prepare(select_id(table, "family = ?3 AND address = ?4 AND length = ?5") +
	                       std::string(decision_since) + std::string(newest_first));
	if (!statement) return fail(statement.error());
	for (unsigned length = 0; length < prefix.length(); ++length) {
		const Address network = prefix.address().masked(length);
		auto added = add(found, statement->bind(since_seconds(query), query.limit,
		                                        family_number(prefix.family()), network.bytes(), length));
		if (!added) return added;
	}
	return {};
}

Result<void> HistoryReader::add_alerts(Numbers& found, const Prefix& prefix, const HistoryQuery& query) {
	auto statement = database_->prepare(
		select_id("alert", "family = ?3 AND address BETWEEN ?4 AND ?5 AND (?1 IS NULL OR received >= ?1)") +
		std::string(newest_first));
	if (!statement) return fail(statement.error());
	const Address last = prefix.last();
	return add(found, statement->bind(since_seconds(query), query.limit, family_number(prefix.family()),
	                                  prefix.address().bytes(), last.bytes()));
}

// Rows of these decisions, and rows without a decision whose subject overlaps.
Result<void> HistoryReader::add_audit(Numbers& found, const Numbers& decisions, const Prefix& prefix,
                                      const HistoryQuery& query) {
	constexpr std::string_view since = " AND (?1 IS NULL OR at >= ?1)";
	auto of_decision = database_->prepare(select_id("audit", "decision <> 0 AND decision = ?3") +
	                                      std::string(since) + std::string(newest_first));
	if (!of_decision) return fail(of_decision.error());
	for (const std::uint64_t decision : decisions) {
		auto added = add(found, of_decision->bind(since_seconds(query), query.limit, decision));
		if (!added) return added;
	}
	const std::string without = "decision = 0 AND family IS NOT NULL AND family = ?3";
	auto contained = database_->prepare(select_id("audit", without + " AND address BETWEEN ?4 AND ?5 AND length >= ?6") +
	                                    std::string(since) + std::string(newest_first));
	if (!contained) return fail(contained.error());
	const Address last = prefix.last();
	const int family = family_number(prefix.family());
	auto added = add(found, contained->bind(since_seconds(query), query.limit, family, prefix.address().bytes(),
	                                        last.bytes(), prefix.length()));
	if (!added) return added;
	auto containing = database_->prepare(select_id("audit", without + " AND address = ?4 AND length = ?5") +
	                                     std::string(since) + std::string(newest_first));
	if (!containing) return fail(containing.error());
	for (unsigned length = 0; length < prefix.length(); ++length) {
		const Address network = prefix.address().masked(length);
		added = add(found, containing->bind(since_seconds(query), query.limit, family, network.bytes(), length));
		if (!added) return added;
	}
	keep_newest(found, query.limit);
	return {};
}

Result<void> HistoryReader::fetch_decisions(History& history, const Numbers& quarantines,
                                            const Numbers& exemptions) {
	auto fetched = fetch(*database_, RowReader::quarantine_columns, "quarantine", quarantines, history.quarantines,
	                     [this](const sql::Row& row) { return reader_->quarantine(row); });
	if (!fetched) return fetched;
	return fetch(*database_, RowReader::exemption_columns, "exemption", exemptions, history.exemptions,
	             [this](const sql::Row& row) { return reader_->exemption(row); });
}

Result<void> HistoryReader::fetch_reports(History& history, const Numbers& alerts, const Numbers& audit) {
	auto fetched = fetch(*database_, RowReader::alert_columns, "alert", alerts, history.alerts,
	                     [this](const sql::Row& row) { return reader_->alert(row); });
	if (!fetched) return fetched;
	return fetch(*database_, RowReader::audit_columns, "audit", audit, history.audit,
	             [this](const sql::Row& row) { return reader_->audit(row); });
}

} // namespace gate25
