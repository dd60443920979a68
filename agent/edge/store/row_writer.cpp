// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/row_writer.h"
#include "edge/store/stored_time.h"

#include <algorithm>
#include <optional>

namespace gate25 {

namespace {

constexpr std::string_view write_quarantine = R"sql(
INSERT INTO quarantine (id, family, address, length, began, ended, until_wall, until_boot_ms, boot_id,
	level, reason, made_by, ticket, ended_by, ended_reason)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET family = excluded.family, address = excluded.address, length = excluded.length,
	began = excluded.began, ended = excluded.ended, until_wall = excluded.until_wall,
	until_boot_ms = excluded.until_boot_ms, boot_id = excluded.boot_id, level = excluded.level,
	reason = excluded.reason, made_by = excluded.made_by, ticket = excluded.ticket,
	ended_by = excluded.ended_by, ended_reason = excluded.ended_reason)sql";

constexpr std::string_view write_exemption = R"sql(
INSERT INTO exemption (id, family, address, length, began, ended, until_wall, until_boot_ms, boot_id,
	reason, owner, made_by, ended_by, ended_reason)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET family = excluded.family, address = excluded.address, length = excluded.length,
	began = excluded.began, ended = excluded.ended, until_wall = excluded.until_wall,
	until_boot_ms = excluded.until_boot_ms, boot_id = excluded.boot_id, reason = excluded.reason,
	owner = excluded.owner, made_by = excluded.made_by, ended_by = excluded.ended_by,
	ended_reason = excluded.ended_reason)sql";

constexpr std::string_view write_alert = R"sql(
INSERT OR REPLACE INTO alert (id, family, address, received, at, port, count, decision, kind, reporter,
	made_by, outcome, why)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))sql";

constexpr std::string_view write_audit = R"sql(
INSERT OR REPLACE INTO audit (id, at, decision, family, address, length, who, what, subject, why)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?))sql";

int family_number(Family family) {
	return family == Family::ipv4 ? 4 : 6;
}

// A reporter may say any time; one beyond the range would make the row unreadable.
std::int64_t unix_seconds(UnixTime time) {
	return std::clamp(time.time_since_epoch().count(), first_stored_second, last_stored_second);
}

std::optional<std::int64_t> unix_seconds(const std::optional<UnixTime>& time) {
	return time ? std::optional(unix_seconds(*time)) : std::nullopt;
}

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

} // namespace

Result<RowWriter> RowWriter::prepare(sql::Database& database, const BootId& boot) {
	RowWriter writer(database, boot);
	const std::pair<sql::Statement*, std::string_view> statements[] = {{&writer.quarantine_, write_quarantine},
	                                                                  {&writer.exemption_, write_exemption},
	                                                                  {&writer.alert_, write_alert},
	                                                                  {&writer.audit_, write_audit}};
	for (const auto& [statement, text] : statements) {
		auto prepared = database.prepare(text);
		if (!prepared) return fail(prepared.error());
		*statement = std::move(*prepared);
	}
	return writer;
}

Result<void> RowWriter::write(const Change& change, std::vector<Begin>& begun) {
	return std::visit([&](const auto& row) { return write_row(row, begun); }, change);
}

Result<void> RowWriter::write_row(const Quarantine& quarantine, std::vector<Begin>& begun) {
	const Prefix& prefix = quarantine.prefix;
	const DeadlineColumns until(quarantine.until, boot_);
	database_->forget_inserted();
	auto ran = quarantine_
				   .bind(quarantine.id, family_number(prefix.family()), prefix.address().bytes(), prefix.length(),
	                     unix_seconds(quarantine.from), unix_seconds(quarantine.ended), until.wall, until.boot_ms,
	                     until.boot, level_text(quarantine.level), quarantine.reason, quarantine.by,
	                     quarantine.ticket, quarantine.ended_by, quarantine.ended_reason)
				   .run();
	// An upsert that only updated does not set it.
	if (ran && database_->inserted() != 0) begun.push_back({prefix, quarantine.from});
	return ran;
}

Result<void> RowWriter::write_row(const Exemption& exemption, std::vector<Begin>&) {
	const Prefix& prefix = exemption.prefix;
	const DeadlineColumns until(exemption.until, boot_);
	return exemption_
		.bind(exemption.id, family_number(prefix.family()), prefix.address().bytes(), prefix.length(),
	          unix_seconds(exemption.from), unix_seconds(exemption.ended), until.wall, until.boot_ms, until.boot,
	          exemption.reason, exemption.owner, exemption.by, exemption.ended_by, exemption.ended_reason)
		.run();
}

Result<void> RowWriter::write_row(const AlertRow& row, std::vector<Begin>&) {
	const Alert& alert = row.alert;
	return alert_
		.bind(row.id, family_number(alert.address.family()), alert.address.bytes(), unix_seconds(row.received),
	          unix_seconds(alert.at), alert.port ? std::optional<int>(*alert.port) : std::nullopt, alert.count,
	          row.decision, kind_text(alert.kind), alert.reporter, row.by, row.outcome, row.why)
		.run();
}

Result<void> RowWriter::write_row(const AuditRow& row, std::vector<Begin>&) {
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
	return audit_
		.bind(row.id, unix_seconds(row.at), row.decision, family, address, length, row.who, row.what, row.subject,
	          row.why)
		.run();
}

} // namespace gate25
