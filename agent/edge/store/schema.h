// SPDX-License-Identifier: GPL-2.0-or-later
//
// The tables of the store and how an older file becomes a newer one.
#pragma once

#include "core/address.h"
#include "edge/store/sqlite.h"

#include <span>
#include <string_view>

namespace gate25 {

// In the order in which rows are written and read.
inline constexpr std::string_view quarantine_columns =
	"id, family, address, length, began, ended, until_wall, until_boot_ms, boot_id, level, reason, made_by, "
	"ticket, ended_by, ended_reason, monitored";
inline constexpr std::string_view exemption_columns =
	"id, family, address, length, began, ended, until_wall, until_boot_ms, boot_id, reason, owner, made_by, "
	"ended_by, ended_reason";
inline constexpr std::string_view alert_columns =
	"id, family, address, received, at, port, count, decision, kind, reporter, made_by, outcome, why, flags, step, "
	"length, weight, proof, proof_why, attributed, signers, format, report_id, key, repeats, evidence, subscriber";
inline constexpr std::string_view audit_columns =
	"id, at, decision, family, address, length, who, what, subject, why";
inline constexpr std::string_view held_columns =
	"id, received, ended, family, address, step, flags, state, format, why, made_by, signers, key, ended_by, "
	"ended_reason";
inline constexpr std::string_view tally_columns =
	"family, address, length, ham, spam, missed_spam, bot, malware";
inline constexpr std::string_view key_columns = "key, fetched, bytes";
inline constexpr std::string_view subscriber_columns = "key, id, mail, language";
inline constexpr std::string_view notice_columns =
	"id, family, address, length, made, ended, due, decision, tries, kind, state, channel, recipient, code, problem";

// The sum of these is the column `flags` of an alert, and the first three of a held report.
namespace row_flag {
inline constexpr unsigned desk = 1;      // Voucher::is_desk
inline constexpr unsigned named = 2;     // Voucher::is_named
inline constexpr unsigned mail = 4;      // Voucher::is_mail
inline constexpr unsigned weak = 8;      // Alert::is_weak
inline constexpr unsigned tallied = 16;  // AlertRow::is_tallied
inline constexpr unsigned incident = 32; // AlertRow::is_incident
inline constexpr unsigned all = 63;
} // namespace row_flag

// The length of the prefix of an alert's subscriber where the row has none: the usual one.
constexpr unsigned usual_length(Family family) {
	return family == Family::ipv4 ? 32U : 56U;
}

constexpr int family_number(Family family) {
	return family == Family::ipv4 ? 4 : 6;
}

// Why the reporter is believed where the row does not say; his user's name follows. As core/trust.cpp words it, but
// never to be changed: stored rows rely on it.
constexpr std::string_view usual_why(bool is_desk) {
	return is_desk ? "the desk, user " : "user ";
}

// Script i leads from version i to version i + 1 (PRAGMA user_version). Never change one that was
// released: add another.
std::span<const char* const> store_migrations();

// How this connection works: write-ahead log, a sync for each commit.
[[nodiscard]] Result<void> configure_connection(sql::Database& database);

// The same where the disk has no room for the memory file that several programs share: nobody else can
// then look into the database while we run.
[[nodiscard]] Result<void> configure_without_sharing(sql::Database& database);

// Brings the file to the newest version, in one transaction. A file of a newer gate25 is left alone and
// refused. `path` is for the text of the error.
[[nodiscard]] Result<void> migrate(sql::Database& database, std::span<const char* const> migrations,
                                   const std::string& path);

} // namespace gate25
