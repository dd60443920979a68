// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is asked of the database of assignments so often that it is prepared once for each connection.
#pragma once

#include "edge/store/sqlite.h"

namespace gate25 {

struct AssignmentStatements {
	[[nodiscard]] static Result<AssignmentStatements> prepare(sql::Database& database);

	sql::Statement find_name, add_name;
	sql::Statement find_standing, put_standing, end_standing, refresh;
	sql::Statement last_number, add_history;
	sql::Statement standing_at, history_at; // of one prefix
};

// The columns that make up an Assignment of either table, and where its name stands: "s" and "n".
inline constexpr const char* standing_columns =
	"s.family, s.address, s.length, s.ports, s.source, n.id, s.began, s.seen, s.until, s.session, s.server";
inline constexpr const char* history_columns = "s.family, s.address, s.length, s.ports, s.source, n.id, s.began, s.number";

// Numbers of history are the second of the end and then a number within it, so they stand in the order of the ends.
inline constexpr int bits_within_second = 20;
inline constexpr std::int64_t seconds_of_day = 86400;
constexpr std::int64_t first_number_of(std::int64_t second) { return second << bits_within_second; }
constexpr std::int64_t second_of(std::int64_t number) { return number >> bits_within_second; }

} // namespace gate25
