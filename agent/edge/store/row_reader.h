// SPDX-License-Identifier: GPL-2.0-or-later
//
// Rows into core values. A row that no gate25 can have written is an error that calls the file damaged.
#pragma once

#include "core/world.h"
#include "edge/store/begin_index.h"
#include "edge/store/boot_id.h"
#include "edge/store/sqlite.h"

#include <string_view>
#include <utility>

namespace gate25 {

class RowReader {
public:
	// Deadlines are restored for `now` in `boot`.
	RowReader(sql::Database& database, const BootId& boot, const Now& now)
		: database_(&database), boot_(boot), now_(now) {}

	// Rows with the columns that schema.h names for the table.
	[[nodiscard]] Result<Quarantine> quarantine(const sql::Row& row) const;
	[[nodiscard]] Result<Exemption> exemption(const sql::Row& row) const;
	[[nodiscard]] Result<AlertRow> alert(const sql::Row& row) const;
	// The same into a value that is used again, which saves its memory: nothing of the row before is left.
	[[nodiscard]] Result<void> alert(const sql::Row& row, AlertRow& read) const;
	[[nodiscard]] Result<AuditRow> audit(const sql::Row& row) const;
	// `size` stands after the columns that schema.h names.
	[[nodiscard]] Result<HeldReport> held(const sql::Row& row) const;
	[[nodiscard]] Result<StoredKey> key(const sql::Row& row) const;
	[[nodiscard]] Result<std::pair<Prefix, Tally>> tally(const sql::Row& row) const;
	[[nodiscard]] Result<Subscriber> subscriber(const sql::Row& row) const;
	// Without its body.
	[[nodiscard]] Result<Notice> notice(const sql::Row& row) const;

	// The part of a quarantine that its index needs.
	[[nodiscard]] Result<Begin> begin(const sql::Row& row) const;
	static bool has_ended(const sql::Row& row) { return !row.is_null(5); }
	static bool is_monitored(const sql::Row& row) { return row.integer(15) != 0; }
	// When somebody ended this quarantine; nullopt: it stands, or its time ran out.
	[[nodiscard]] Result<std::optional<UnixTime>> release(const sql::Row& row) const;

private:
	template <class Decision> Result<void> read_common(const sql::Row& row, Decision& decision) const;
	Result<std::optional<Deadline>> until(const sql::Row& row, UnixTime from) const;
	Result<void> read_judgement(const sql::Row& row, AlertRow& read) const;
	Result<void> read_voucher(const sql::Row& row, AlertRow& read) const;
	Result<void> read_attribution(const sql::Row& row, AlertRow& read) const;
	Result<Prefix> prefix(const sql::Row& row, int family_column) const;
	Result<Address> address(const sql::Row& row, int family_column) const;
	Result<UnixTime> time(const sql::Row& row, int column) const;
	Result<std::optional<UnixTime>> optional_time(const sql::Row& row, int column) const;
	tl::unexpected<Error> damaged(const sql::Row& row, std::string_view what) const;

	sql::Database* database_;
	BootId boot_;
	Now now_;
};

} // namespace gate25
