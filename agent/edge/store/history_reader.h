// SPDX-License-Identifier: GPL-2.0-or-later
//
// Questions about the past. First the numbers of the rows are found, then the rows are read.
#pragma once

#include "core/world.h"
#include "edge/store/row_reader.h"
#include "edge/store/sqlite.h"

#include <vector>

namespace gate25 {

class HistoryReader {
public:
	HistoryReader(sql::Database& database, const RowReader& reader) : database_(&database), reader_(&reader) {}
	[[nodiscard]] Result<History> read(const HistoryQuery& query);

private:
	using Numbers = std::vector<std::uint64_t>;
	Result<History> by_number(std::uint64_t id);
	Result<History> within(const Prefix& prefix, const HistoryQuery& query);
	Result<History> latest(const HistoryQuery& query);
	Result<void> add_contained(Numbers& found, const std::string& table, const Prefix& prefix,
	                           const HistoryQuery& query);
	Result<void> add_containing(Numbers& found, const std::string& table, const Prefix& prefix,
	                            const HistoryQuery& query);
	Result<void> add_alerts(Numbers& found, const Prefix& prefix, const HistoryQuery& query);
	Result<void> add_audit(Numbers& found, const Numbers& decisions, const Prefix& prefix,
	                       const HistoryQuery& query);
	Result<void> add(Numbers& found, sql::Statement& statement);
	Result<Numbers> decision_numbers(const std::string& table, const Prefix& prefix, const HistoryQuery& query);
	Result<void> fetch_decisions(History& history, const Numbers& quarantines, const Numbers& exemptions);
	Result<void> fetch_reports(History& history, const Numbers& alerts, const Numbers& audit);

	sql::Database* database_;
	const RowReader* reader_;
};

} // namespace gate25
