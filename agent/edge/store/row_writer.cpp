// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/row_writer.h"
#include "edge/store/schema.h"
#include "edge/store/stored_time.h"

#include <algorithm>
#include <optional>
#include <ranges>
#include <string>

namespace gate25 {

namespace {

// A deadline as three columns, all of them NULL or none.
struct DeadlineColumns {
	DeadlineColumns(const std::optional<Deadline>& until, const BootId& this_boot) {
		if (!until) return;
		wall = unix_seconds(until->wall);
		boot_ms = until->boot.count();
		boot = std::span<const std::uint8_t>(this_boot);
	}
	std::optional<std::int64_t> wall;
	std::optional<std::int64_t> boot_ms;
	std::optional<std::span<const std::uint8_t>> boot;
};

std::vector<std::string> split_columns(std::string_view columns) {
	std::vector<std::string> names;
	for (const auto name : std::views::split(columns, std::string_view(", ")))
		names.emplace_back(name.begin(), name.end());
	return names;
}

} // namespace

// --- RowTable -----------------------------------------------------------------------------------------

Result<RowTable> RowTable::prepare(sql::Database& database, std::string_view table, std::string_view columns) {
	std::string insert = "INSERT INTO " + std::string(table) + " (" + std::string(columns) + ") VALUES (";
	std::string update = "UPDATE " + std::string(table) + " SET ";
	int number = 0;
	for (const std::string& name : split_columns(columns)) {
		const std::string parameter = "?" + std::to_string(++number);
		insert += (number > 1 ? ", " : "") + parameter;
		if (number > 1) update += (number > 2 ? ", " : "") + name + " = " + parameter;
	}
	auto insert_statement = database.prepare(insert + ")");
	if (!insert_statement) return fail(insert_statement.error());
	auto update_statement = database.prepare(update + " WHERE id = ?1");
	if (!update_statement) return fail(update_statement.error());
	RowTable prepared;
	prepared.database_ = &database;
	prepared.insert_ = std::move(*insert_statement);
	prepared.update_ = std::move(*update_statement);
	return prepared;
}

// --- RowWriter ----------------------------------------------------------------------------------------

Result<RowWriter> RowWriter::prepare(sql::Database& database, const BootId& boot) {
	RowWriter writer(database, boot);
	struct Part {
		RowTable* table;
		std::string_view name;
		std::string_view columns;
	};
	for (const Part& part : {Part{&writer.quarantine_, "quarantine", quarantine_columns},
	                         Part{&writer.exemption_, "exemption", exemption_columns},
	                         Part{&writer.alert_, "alert", alert_columns},
	                         Part{&writer.audit_, "audit", audit_columns},
	                         Part{&writer.held_, "held_report", held_columns},
	                         Part{&writer.notice_, "notice", notice_columns}}) {
		auto prepared = RowTable::prepare(database, part.name, part.columns);
		if (!prepared) return fail(prepared.error());
		*part.table = std::move(*prepared);
	}
	struct Single {
		sql::Statement* statement;
		std::string_view text;
	};
	for (const Single& one :
	     {Single{&writer.held_bytes_, "INSERT OR IGNORE INTO held_bytes (id, signature, bytes) VALUES (?1, ?2, ?3)"},
	      Single{&writer.notice_body_, "INSERT OR REPLACE INTO notice_body (id, body) VALUES (?1, ?2)"},
	      Single{&writer.change_subscriber_, "UPDATE subscriber SET mail = ?3, language = ?4 WHERE key = ?1 AND id = ?2"},
	      Single{&writer.add_subscriber_, "INSERT OR IGNORE INTO subscriber (key, id, mail, language) VALUES (?1, ?2, ?3, ?4)"},
	      Single{&writer.repeat_, "UPDATE alert SET repeats = ifnull(repeats, 0) + 1 WHERE id = ?1"},
	      Single{&writer.key_, "INSERT OR REPLACE INTO openpgp_key (key, fetched, bytes) VALUES (?1, ?2, ?3)"}}) {
		auto prepared = database.prepare(one.text);
		if (!prepared) return fail(prepared.error());
		*one.statement = std::move(*prepared);
	}
	return writer;
}

Result<void> RowWriter::write(const Change& change, std::vector<Begin>& begun) {
	auto is_new = std::visit([this](const auto& row) { return write_row(row); }, change);
	if (!is_new) return fail(is_new.error());
	const auto* quarantine = std::get_if<Quarantine>(&change);
	// One that is only recorded does not make the next one longer.
	if (*is_new && quarantine != nullptr && !quarantine->is_monitored) begun.push_back({quarantine->prefix, quarantine->from});
	return {};
}

Result<bool> RowWriter::write_row(const Quarantine& quarantine) {
	const Prefix& prefix = quarantine.prefix;
	const DeadlineColumns until(quarantine.until, boot_);
	return quarantine_.write(quarantine.id, family_number(prefix.family()), prefix.address().bytes(),
	                         prefix.length(), unix_seconds(quarantine.from), unix_seconds(quarantine.ended),
	                         until.wall, until.boot_ms, until.boot, level_text(quarantine.level),
	                         quarantine.reason, quarantine.by, quarantine.ticket, quarantine.ended_by,
	                         quarantine.ended_reason, quarantine.is_monitored ? 1 : 0);
}

Result<bool> RowWriter::write_row(const Exemption& exemption) {
	const Prefix& prefix = exemption.prefix;
	const DeadlineColumns until(exemption.until, boot_);
	return exemption_.write(exemption.id, family_number(prefix.family()), prefix.address().bytes(),
	                        prefix.length(), unix_seconds(exemption.from), unix_seconds(exemption.ended),
	                        until.wall, until.boot_ms, until.boot, exemption.reason, exemption.owner,
	                        exemption.by, exemption.ended_by, exemption.ended_reason);
}

Result<bool> RowWriter::write_row(const AuditRow& row) {
	// The subject is text for people; as a prefix it is needed only where no decision leads to the row.
	std::optional<Prefix> subject;
	if (row.decision == 0 && !row.subject.empty()) {
		auto parsed = Prefix::parse(row.subject);
		if (parsed) subject = *parsed;
	}
	std::optional<int> family;
	std::optional<std::span<const std::uint8_t>> address;
	std::optional<unsigned> length;
	if (subject) {
		family = family_number(subject->family());
		address = subject->address().bytes();
		length = subject->length();
	}
	return audit_.write(row.id, unix_seconds(row.at), row.decision, family, address, length, row.who, row.what,
	                    row.subject, row.why);
}

} // namespace gate25
