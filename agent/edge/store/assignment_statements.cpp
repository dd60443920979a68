// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/assignment_statements.h"

namespace gate25 {

Result<AssignmentStatements> AssignmentStatements::prepare(sql::Database& database) {
	AssignmentStatements all;
	const std::string standing_at = "SELECT " + std::string(standing_columns) +
		" FROM standing s JOIN subscriber n ON n.number = s.subscriber"
		" WHERE s.family = ?1 AND s.address = ?2 AND s.length = ?3";
	const std::string history_at = "SELECT " + std::string(history_columns) +
		" FROM history s JOIN subscriber n ON n.number = s.subscriber"
		" WHERE s.day = ?4 AND s.family = ?1 AND s.address = ?2 AND s.length = ?3 AND s.began <= ?5 AND s.number >= ?6";
	const std::pair<sql::Statement*, std::string> texts[]{
		{&all.find_name, "SELECT number FROM subscriber WHERE hash = ?1 AND id = ?2"},
		{&all.add_name, "INSERT INTO subscriber (hash, id) VALUES (?1, ?2)"},
		{&all.find_standing, "SELECT subscriber, began, session FROM standing"
		                     " WHERE family = ?1 AND address = ?2 AND length = ?3 AND source = ?4 AND ports = ?5"},
		{&all.put_standing, "INSERT OR REPLACE INTO standing"
		                    " (family, address, length, source, ports, subscriber, began, seen, until, session, server)"
		                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"},
		{&all.end_standing, "DELETE FROM standing"
		                    " WHERE family = ?1 AND address = ?2 AND length = ?3 AND source = ?4 AND ports = ?5"},
		{&all.refresh, "UPDATE standing SET seen = max(seen, ?7), until = ?8"
		               " WHERE family = ?1 AND address = ?2 AND length = ?3 AND source = ?4 AND ports = ?5 AND began = ?6"},
		{&all.last_number, "SELECT max(number) FROM history WHERE number >= ?1 AND number < ?2"},
		{&all.add_history, "INSERT INTO history (number, day, family, address, length, source, ports, subscriber, began)"
		                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"},
		{&all.standing_at, standing_at},
		{&all.history_at, history_at},
	};
	for (const auto& [statement, text] : texts) {
		auto prepared = database.prepare(text);
		if (!prepared) return fail(prepared.error());
		*statement = std::move(*prepared);
	}
	return all;
}

} // namespace gate25
