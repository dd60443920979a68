// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/schema.h"

#include <array>

namespace gate25 {

namespace {

// Prefixes are family (4 or 6), address in network byte order, length: in an index they then sort as
// addresses, and a prefix is a range. Times are Unix seconds. `until_boot_ms` counts only together with
// `boot_id`, the boot it was measured in. Texts stand last, so that what is counted often is read first.
constexpr const char* version_1 = R"sql(
CREATE TABLE quarantine (
	id            INTEGER PRIMARY KEY,
	family        INTEGER NOT NULL CHECK (family IN (4, 6)),
	address       BLOB    NOT NULL CHECK (length(address) = iif(family = 4, 4, 16)),
	length        INTEGER NOT NULL CHECK (length BETWEEN 0 AND 128),
	began         INTEGER NOT NULL,
	ended         INTEGER,
	until_wall    INTEGER,
	until_boot_ms INTEGER,
	boot_id       BLOB,
	level         TEXT    NOT NULL,
	reason        TEXT    NOT NULL,
	made_by       TEXT    NOT NULL,
	ticket        TEXT    NOT NULL,
	ended_by      TEXT    NOT NULL,
	ended_reason  TEXT    NOT NULL
) STRICT;
CREATE INDEX quarantine_prefix ON quarantine (family, address, length);

CREATE TABLE exemption (
	id            INTEGER PRIMARY KEY,
	family        INTEGER NOT NULL CHECK (family IN (4, 6)),
	address       BLOB    NOT NULL CHECK (length(address) = iif(family = 4, 4, 16)),
	length        INTEGER NOT NULL CHECK (length BETWEEN 0 AND 128),
	began         INTEGER NOT NULL,
	ended         INTEGER,
	until_wall    INTEGER,
	until_boot_ms INTEGER,
	boot_id       BLOB,
	reason        TEXT    NOT NULL,
	owner         TEXT    NOT NULL,
	made_by       TEXT    NOT NULL,
	ended_by      TEXT    NOT NULL,
	ended_reason  TEXT    NOT NULL
) STRICT;
CREATE INDEX exemption_prefix ON exemption (family, address, length);

CREATE TABLE alert (
	id       INTEGER PRIMARY KEY,
	family   INTEGER NOT NULL CHECK (family IN (4, 6)),
	address  BLOB    NOT NULL CHECK (length(address) = iif(family = 4, 4, 16)),
	received INTEGER NOT NULL,
	at       INTEGER,
	port     INTEGER,
	count    INTEGER NOT NULL,
	decision INTEGER NOT NULL,
	kind     TEXT    NOT NULL,
	reporter TEXT    NOT NULL,
	made_by  TEXT    NOT NULL,
	outcome  TEXT    NOT NULL,
	why      TEXT    NOT NULL
) STRICT;
CREATE INDEX alert_decision ON alert (decision) WHERE decision <> 0;
-- What belongs to a decision is found through it.
CREATE INDEX alert_address ON alert (family, address) WHERE decision = 0;

CREATE TABLE audit (
	id       INTEGER PRIMARY KEY,
	at       INTEGER NOT NULL,
	decision INTEGER NOT NULL,
	family   INTEGER,
	address  BLOB,
	length   INTEGER,
	who      TEXT    NOT NULL,
	what     TEXT    NOT NULL,
	subject  TEXT    NOT NULL,
	why      TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_decision ON audit (decision) WHERE decision <> 0;
CREATE INDEX audit_subject ON audit (family, address, length) WHERE decision = 0 AND family IS NOT NULL;

-- The highest number that any row had, kept when the row is forgotten: numbers stand in tickets.
CREATE TABLE last_number (
	only INTEGER PRIMARY KEY CHECK (only = 1),
	id   INTEGER NOT NULL
) STRICT;
INSERT INTO last_number VALUES (1, 0);
)sql";

// How an alert came, how it was judged, and what is added up of it; reports that wait; keys. Columns are added, not
// tables copied, so a file of any size is migrated at once, with next to no room on the disk. NULL is what is usual
// or empty and takes no room: `flags` NULL is a row of version 1, which counts if it was an accusation; `step` 0 or
// NULL is from before the steps had numbers; `length` 32 or 56; `weight` 100; `proof` user; `proof_why` usual_why()
// and made_by; `attributed` the reporter as it calls itself; `format` json. `signers`: one a line.
constexpr const char* version_2 = R"sql(
ALTER TABLE quarantine ADD COLUMN monitored INTEGER NOT NULL DEFAULT 0;

ALTER TABLE alert ADD COLUMN flags      INTEGER;
ALTER TABLE alert ADD COLUMN step       INTEGER;
ALTER TABLE alert ADD COLUMN length     INTEGER;
ALTER TABLE alert ADD COLUMN weight     INTEGER;
ALTER TABLE alert ADD COLUMN proof      TEXT;
ALTER TABLE alert ADD COLUMN proof_why  TEXT;
ALTER TABLE alert ADD COLUMN attributed TEXT;
ALTER TABLE alert ADD COLUMN signers    TEXT;
ALTER TABLE alert ADD COLUMN format     TEXT;
ALTER TABLE alert ADD COLUMN report_id  TEXT;
ALTER TABLE alert ADD COLUMN key        INTEGER;
ALTER TABLE alert ADD COLUMN repeats    INTEGER;
ALTER TABLE alert ADD COLUMN evidence   TEXT;
-- Whose address it was taken for was not written down; the quarantine that it led to knows.
UPDATE alert SET length = quarantine.length FROM quarantine
	WHERE alert.outcome = 'decided' AND alert.family = 6 AND quarantine.id = alert.decision
	AND quarantine.family = 6 AND quarantine.length <> 56;

-- What was said of a subscriber in alerts with numbers up to folded.alert, in hundredths.
CREATE TABLE tally (
	family      INTEGER NOT NULL CHECK (family IN (4, 6)),
	address     BLOB    NOT NULL CHECK (length(address) = iif(family = 4, 4, 16)),
	length      INTEGER NOT NULL CHECK (length BETWEEN 0 AND 128),
	ham         INTEGER NOT NULL,
	spam        INTEGER NOT NULL,
	missed_spam INTEGER NOT NULL,
	bot         INTEGER NOT NULL,
	malware     INTEGER NOT NULL,
	PRIMARY KEY (family, address, length)
) STRICT, WITHOUT ROWID;
CREATE TABLE folded (
	only  INTEGER PRIMARY KEY CHECK (only = 1),
	alert INTEGER NOT NULL
) STRICT;
INSERT INTO folded VALUES (1, 0);

CREATE TABLE held_report (
	id           INTEGER PRIMARY KEY,
	received     INTEGER NOT NULL,
	ended        INTEGER,
	family       INTEGER CHECK (family IN (4, 6)),
	address      BLOB CHECK (length(address) = iif(family = 4, 4, 16)),
	step         INTEGER NOT NULL,
	flags        INTEGER NOT NULL,
	state        TEXT    NOT NULL,
	format       TEXT    NOT NULL,
	why          TEXT    NOT NULL,
	made_by      TEXT    NOT NULL,
	signers      TEXT,
	key          TEXT    NOT NULL,
	ended_by     TEXT    NOT NULL,
	ended_reason TEXT    NOT NULL
) STRICT;
-- Apart from its row, so that neither a list nor a change of state reads or writes them.
CREATE TABLE held_bytes (
	id        INTEGER PRIMARY KEY,
	signature BLOB NOT NULL,
	bytes     BLOB NOT NULL
) STRICT;

-- As a key server gave them; no bytes: it has none.
CREATE TABLE openpgp_key (
	key     TEXT    NOT NULL UNIQUE,
	fetched INTEGER NOT NULL,
	bytes   BLOB    NOT NULL
) STRICT;
)sql";

// Subscribers and notices to them. A key (core/subscriber_key.h) is kept as its 64 bits. `subscriber` of an alert NULL:
// taken for the prefix round its address. The indexes hold only alerts that have one: of an older file they are empty.
constexpr const char* version_3 = R"sql(
ALTER TABLE alert ADD COLUMN subscriber INTEGER;
CREATE INDEX alert_subscriber ON alert (subscriber) WHERE subscriber IS NOT NULL;
-- Of the others those with a decision are found through it; this one stands under the key.
CREATE INDEX alert_decided_address ON alert (family, address) WHERE subscriber IS NOT NULL AND decision <> 0;

CREATE TABLE subscriber (
	key      INTEGER PRIMARY KEY,
	id       TEXT NOT NULL,
	mail     TEXT NOT NULL,
	language TEXT NOT NULL
) STRICT;

CREATE TABLE notice (
	id        INTEGER PRIMARY KEY,
	family    INTEGER NOT NULL CHECK (family IN (4, 6)),
	address   BLOB    NOT NULL CHECK (length(address) = iif(family = 4, 4, 16)),
	length    INTEGER NOT NULL CHECK (length BETWEEN 0 AND 128),
	made      INTEGER NOT NULL,
	ended     INTEGER,
	due       INTEGER NOT NULL,
	decision  INTEGER NOT NULL,
	tries     INTEGER NOT NULL,
	kind      TEXT    NOT NULL,
	state     TEXT    NOT NULL,
	channel   TEXT    NOT NULL,
	recipient TEXT    NOT NULL,
	code      TEXT    NOT NULL,
	problem   TEXT    NOT NULL
) STRICT;
CREATE INDEX notice_waiting ON notice (id) WHERE state = 'waiting';
CREATE INDEX notice_subject ON notice (family, address, length);
CREATE INDEX notice_decision ON notice (decision) WHERE decision <> 0;
CREATE INDEX notice_code ON notice (code) WHERE code <> '';
-- Apart from its row, as held_bytes are.
CREATE TABLE notice_body (
	id   INTEGER PRIMARY KEY,
	body TEXT NOT NULL
) STRICT;
)sql";

constexpr std::array<const char*, 3> migrations{version_1, version_2, version_3};

Result<void> run_migrations(sql::Database& database, std::span<const char* const> scripts, std::size_t from) {
	auto transaction = sql::Transaction::begin(database);
	if (!transaction) return fail(transaction.error());
	for (const char* script : scripts.subspan(from)) {
		auto ran = database.run(script);
		if (!ran) return ran;
	}
	auto numbered = database.run(("PRAGMA user_version = " + std::to_string(scripts.size())).c_str());
	if (!numbered) return numbered;
	return transaction->commit();
}

} // namespace

std::span<const char* const> store_migrations() {
	return migrations;
}

Result<void> configure_connection(sql::Database& database) {
	// No mmap: a file that somebody truncates would be a SIGBUS. The log file keeps its size up to the
	// limit, so a commit rarely has to grow it. A larger cache made an import of a million no faster. What is
	// deleted is overwritten, or forget() could not keep its word: rows leave names behind long before they are forgotten.
	return database.run("PRAGMA busy_timeout = 5000;"
	                    "PRAGMA mmap_size = 0;"
	                    "PRAGMA journal_mode = WAL;"
	                    "PRAGMA synchronous = FULL;"
	                    "PRAGMA foreign_keys = ON;"
	                    "PRAGMA trusted_schema = OFF;"
	                    "PRAGMA cell_size_check = ON;"
	                    "PRAGMA secure_delete = ON;"
	                    "PRAGMA temp_store = MEMORY;"
	                    "PRAGMA cache_size = -4000;"
	                    "PRAGMA journal_size_limit = 16777216;");
}

Result<void> configure_without_sharing(sql::Database& database) {
	auto ran = database.run("PRAGMA locking_mode = EXCLUSIVE");
	if (!ran) return ran;
	return configure_connection(database);
}

Result<void> migrate(sql::Database& database, std::span<const char* const> scripts, const std::string& path) {
	auto version = database.integer("PRAGMA user_version");
	if (!version) return fail(version.error());
	const std::int64_t present = version->value_or(0);
	const auto known = static_cast<std::int64_t>(scripts.size());
	if (present == known) return {};
	if (present > known || present < 0) {
		return fail(ErrorKind::conflict,
		            path + " was written by a newer gate25 (schema " + std::to_string(present) + ", this one knows " +
		                std::to_string(known) + "): install the newer gate25 again, or move the file away; " +
		                "all decisions in it are then forgotten");
	}
	return run_migrations(database, scripts, static_cast<std::size_t>(present));
}

} // namespace gate25
