// SPDX-License-Identifier: GPL-2.0-or-later
//
// Core values into rows.
#pragma once

#include "core/world.h"
#include "edge/store/begin_index.h"
#include "edge/store/boot_id.h"
#include "edge/store/sqlite.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace gate25 {

// One table. A new row is tried first where the number is new, an old one elsewhere; two plain statements,
// since an upsert makes SQLite keep a copy of each page it touches (three times the work).
class RowTable {
public:
	RowTable() = default;
	// `columns`: "id, ..." in the order of the values.
	[[nodiscard]] static Result<RowTable> prepare(sql::Database& database, std::string_view table,
	                                              std::string_view columns);
	// Whether the row was new.
	template <class... Values> [[nodiscard]] Result<bool> write(std::uint64_t id, const Values&... values) {
		const bool is_probably_new = id > highest_;
		highest_ = std::max(highest_, id);
		if (is_probably_new) {
			auto inserted = insert_.bind(id, values...).run();
			if (inserted) return true;
			if (!is_known()) return fail(inserted.error());
		}
		auto updated = update_.bind(id, values...).run();
		if (!updated) return fail(updated.error());
		if (is_probably_new || has_changed()) return false;
		auto inserted = insert_.bind(id, values...).run();
		if (!inserted) return fail(inserted.error());
		return true;
	}

private:
	bool is_known() const { return database_->last_fault() == sql::Fault::known_row; }
	bool has_changed() const { return database_->changed_rows() > 0; }

	sql::Database* database_ = nullptr;
	sql::Statement insert_;
	sql::Statement update_;
	std::uint64_t highest_ = 0;
};

class RowWriter {
public:
	// `boot`: the boot that the deadlines of all changes belong to.
	[[nodiscard]] static Result<RowWriter> prepare(sql::Database& database, const BootId& boot);
	// A row with a known number replaces the older one. A quarantine that was not known is added to `begun`.
	[[nodiscard]] Result<void> write(const Change& change, std::vector<Begin>& begun);

private:
	RowWriter(sql::Database& database, const BootId& boot) : database_(&database), boot_(boot) {}
	Result<bool> write_row(const Quarantine& quarantine);
	Result<bool> write_row(const Exemption& exemption);
	Result<bool> write_row(const AlertRow& alert);
	Result<bool> write_row(const AuditRow& row);
	Result<bool> write_row(const Repeat& repeat);
	Result<bool> write_row(const HeldReport& report);
	Result<bool> write_row(const StoredKey& key);
	Result<bool> write_row(const Subscriber& subscriber);
	Result<bool> write_row(const Notice& notice);

	sql::Database* database_;
	BootId boot_;
	RowTable quarantine_;
	RowTable exemption_;
	RowTable alert_;
	RowTable audit_;
	RowTable held_;
	RowTable notice_;
	sql::Statement held_bytes_;
	sql::Statement notice_body_;
	sql::Statement add_subscriber_;
	sql::Statement change_subscriber_;
	sql::Statement repeat_;
	sql::Statement key_;
};

} // namespace gate25
