// SPDX-License-Identifier: GPL-2.0-or-later
//
// Questions about the past. First the numbers of the rows are found, then the rows are read.
#pragma once

#include "core/world.h"
#include "edge/store/row_reader.h"
#include "edge/store/sqlite.h"

#include <string>
#include <vector>

namespace gate25 {

// Its name, and which of its rows belong to the time since ?1.
struct HistoryTable {
	const char* name;
	const char* since;
};

class HistoryReader {
public:
	HistoryReader(sql::Database& database, const RowReader& reader) : database_(&database), reader_(&reader) {}
	[[nodiscard]] Result<History> read(const HistoryQuery& query);

private:
	// Of rows; newest first and at most as many as the query allows.
	using Numbers = std::vector<std::uint64_t>;
	struct Found {
		Numbers quarantines;
		Numbers exemptions;
		Numbers alerts;
		Numbers audit;
	};
	Result<void> find_by_number(Found& found, const HistoryQuery& query);
	Result<void> find_of_subscriber(Found& found, const HistoryQuery& query);
	Result<void> find_within(Found& found, const HistoryQuery& query);
	Result<void> find_latest(Found& found, const HistoryQuery& query);
	Result<void> find_reports_within(Found& found, const HistoryQuery& query);
	static Numbers decisions_of(const Found& found);
	// `condition`: empty, or further conditions that begin with " AND ".
	Result<void> find_overlapping(Numbers& numbers, const HistoryTable& table, const std::string& condition,
	                              const HistoryQuery& query);
	Result<void> find_exactly(Numbers& numbers, const HistoryTable& table, const std::string& condition,
	                          const HistoryQuery& query, const Prefix& prefix);
	Result<void> find_contained(Numbers& numbers, const HistoryTable& table, const std::string& condition,
	                            const HistoryQuery& query);
	Result<void> find_among_newest(Numbers& numbers, const HistoryTable& table, const std::string& condition,
	                               const HistoryQuery& query);
	template <class... Values>
	Result<void> find(Numbers& numbers, const HistoryTable& table, const std::string& condition,
	                  const Values&... values);
	Result<History> fetch_all(const Found& found);

	sql::Database* database_;
	const RowReader* reader_;
};

} // namespace gate25
