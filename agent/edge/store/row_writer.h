// SPDX-License-Identifier: GPL-2.0-or-later
//
// Core values into rows.
#pragma once

#include "core/world.h"
#include "edge/store/begin_index.h"
#include "edge/store/boot_id.h"
#include "edge/store/sqlite.h"

#include <vector>

namespace gate25 {

class RowWriter {
public:
	// `boot`: the boot that the deadlines of all changes belong to.
	[[nodiscard]] static Result<RowWriter> prepare(sql::Database& database, const BootId& boot);
	// A row with a known number replaces the older one. A quarantine that was not known is added to `begun`.
	[[nodiscard]] Result<void> write(const Change& change, std::vector<Begin>& begun);

private:
	RowWriter(sql::Database& database, const BootId& boot) : database_(&database), boot_(boot) {}
	Result<void> write_row(const Quarantine& quarantine, std::vector<Begin>& begun);
	Result<void> write_row(const Exemption& exemption, std::vector<Begin>& begun);
	Result<void> write_row(const AlertRow& alert, std::vector<Begin>& begun);
	Result<void> write_row(const AuditRow& row, std::vector<Begin>& begun);

	sql::Database* database_;
	BootId boot_;
	sql::Statement quarantine_;
	sql::Statement exemption_;
	sql::Statement alert_;
	sql::Statement audit_;
};

} // namespace gate25
