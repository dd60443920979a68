// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/volume_file_operation.h"
#include "edge/store/whole_file.h"

#include <array>
#include <bit>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gate25 {

namespace {

constexpr std::int64_t version = 1;

// Bigger with every change of what is in a VolumeEntry: its bytes are stored as they are.
constexpr int entry_layout = 1;

constexpr const char* schema = R"sql(
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('probe', ''), ('layout', ''), ('secret', hex(randomblob(8)));

-- The sums of whoever is active; `last`: when something was added.
CREATE TABLE entry (
	id       INTEGER PRIMARY KEY,
	activity INTEGER NOT NULL,
	kind     INTEGER NOT NULL,
	key      BLOB    NOT NULL,
	last     INTEGER NOT NULL,
	bytes    BLOB    NOT NULL,
	UNIQUE (kind, key, activity)
) STRICT;

-- `seen`: an hour in which there was something of him, give or take a day.
CREATE TABLE user (
	key  BLOB PRIMARY KEY,
	name TEXT    NOT NULL,
	seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX user_seen ON user (seen);

-- Keys are the kind and then the bytes, so they sort as in a blob.
CREATE TABLE chunk (
	id       INTEGER PRIMARY KEY,
	hour     INTEGER NOT NULL,
	activity INTEGER NOT NULL,
	run      INTEGER NOT NULL,
	first    BLOB    NOT NULL,
	last     BLOB    NOT NULL,
	count    INTEGER NOT NULL,
	bytes    BLOB    NOT NULL
) STRICT;
CREATE INDEX chunk_place ON chunk (hour, activity, run, first, last, count);
PRAGMA user_version = 1;
)sql";

std::string layout_text() {
	const char* order = std::endian::native == std::endian::little ? "little" : "big";
	return std::to_string(entry_layout) + " " + std::to_string(sizeof(VolumeEntry)) + " " + order;
}

} // namespace

VolumeTables::~VolumeTables() = default;

Result<void> VolumeTables::ready() {
	if (database_) {
		if (auto in_place = check_place(); !in_place) return in_place;
	}
	return database_ ? Result<void>() : connect();
}

Result<void> VolumeTables::connect() {
	auto fault = sql::Fault::none;
	auto connected = connect_once(fault);
	if (connected || fault != sql::Fault::damaged) return connected;
	if (auto moved = move_aside(connected.error().text); !moved) return moved;
	return connect_once(fault);
}

Result<void> VolumeTables::connect_once(sql::Fault& fault) {
	const int file = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (file < 0) return system_failure(path_ + " cannot be opened");
	struct stat status {};
	const bool is_new = fstat(file, &status) == 0 && status.st_size == 0;
	close(file);
	auto opened = sql::Database::open(path_, directory_);
	if (!opened) return fail(opened.error());
	database_ = std::move(*opened);
	// Later it would change nothing, but be a write, for which a full disk has no room.
	auto done = is_new ? database_->run("PRAGMA auto_vacuum = INCREMENTAL") : Result<void>();
	// Nobody shares it, so no memory file is needed, for which a full disk might have no room. A sync for each commit would
	// be one for each few seconds of counting, on the disk on which alerts wait for theirs; what a power cut takes
	// with NORMAL are the last seconds, and the file stays whole. No mmap: a file cut short would be a SIGBUS.
	if (done)
		done = database_->run("PRAGMA locking_mode = EXCLUSIVE;"
		                      "PRAGMA journal_mode = WAL;"
		                      "PRAGMA synchronous = NORMAL;"
		                      "PRAGMA mmap_size = 0;"
		                      "PRAGMA trusted_schema = OFF;"
		                      "PRAGMA cell_size_check = ON;"
		                      "PRAGMA temp_store = MEMORY;"
		                      "PRAGMA cache_size = -8000;"
		                      "PRAGMA journal_size_limit = 16777216;");
	if (done) done = prepare_schema();
	if (done) done = check_layout();
	if (!done) {
		fault = database_->last_fault();
		database_.reset();
		return done;
	}
	remember_place();
	return {};
}

// A file of another program, or of a newer gate25, counts as damaged: it is only what was counted.
Result<void> VolumeTables::prepare_schema() {
	const auto present = database_->integer("PRAGMA user_version");
	if (!present) return fail(present.error());
	if (*present == version) return {};
	const auto tables = database_->integer("SELECT count(*) FROM sqlite_schema");
	if (!tables) return fail(tables.error());
	if (present->value_or(0) != 0 || tables->value_or(0) != 0)
		return fail(database_->damage("its schema is " + std::to_string(present->value_or(0)) + ", this gate25 knows " +
		                              std::to_string(version)));
	auto transaction = sql::Transaction::begin(*database_);
	if (!transaction) return fail(transaction.error());
	if (auto made = database_->run(schema); !made) return made;
	return transaction->commit();
}

Result<void> VolumeTables::check_layout() {
	auto read = database_->prepare("SELECT value FROM meta WHERE name = 'layout'");
	if (!read) return fail(read.error());
	std::string present;
	auto done = read->each([&](const sql::Row& row) -> Result<void> {
		present = row.text(0);
		return {};
	});
	if (!done || present == layout_text()) return done;
	auto transaction = sql::Transaction::begin(*database_);
	if (!transaction) return fail(transaction.error());
	if (done = database_->run("DELETE FROM entry"); !done) return done;
	auto write = database_->prepare("UPDATE meta SET value = ?1 WHERE name = 'layout'");
	if (!write) return fail(write.error());
	if (done = write->bind(layout_text()).run(); !done) return done;
	if (!present.empty()) warning_ = path_ + " was written by another gate25: the sums of the last day are counted anew, the record of hours stays";
	return transaction->commit();
}

Result<void> VolumeTables::move_aside(const std::string& why) {
	database_.reset();
	const std::string wanted = path_ + ".broken-" + time_for_name();
	std::string name = wanted;
	for (int i = 2; access(name.c_str(), F_OK) == 0; ++i) name = wanted + "." + std::to_string(i);
	if (std::rename(path_.c_str(), name.c_str()) != 0 && errno != ENOENT) return system_failure(path_ + " cannot be moved aside");
	const std::string log = "-wal";
	if (std::rename((path_ + log).c_str(), (name + log).c_str()) != 0 && errno != ENOENT)
		return system_failure(path_ + log + " cannot be moved aside");
	warning_ = why + "; moved aside to " + name + ", and what is counted begins anew";
	return {};
}

// What is written into a file without a name is lost, and one that was cut short is no database any more.
Result<void> VolumeTables::check_place() {
	struct stat status {};
	const bool is_there = lstat(path_.c_str(), &status) == 0;
	if (!is_there || status.st_dev != device_ || status.st_ino != inode_) {
		database_.reset(); // before a new file has the name: closing deletes the log by its name
		warning_ = path_ + (is_there ? " was replaced" : " was deleted") + " while gate25d uses it; what is counted begins anew";
		return {};
	}
	if (status.st_size < file_size_) return move_aside(path_ + " was cut short while gate25d uses it");
	return {};
}

void VolumeTables::remember_place() {
	struct stat status {};
	if (lstat(path_.c_str(), &status) != 0) return;
	device_ = status.st_dev;
	inode_ = status.st_ino;
	file_size_ = status.st_size;
}

void VolumeTables::tidy(bool is_urgent) {
	constexpr int worth_it = 1000;
	if (!database_ || database_->log_pages() < (is_urgent ? 1 : worth_it)) return;
	// What prevents it now is told with the next write.
	static_cast<void>(database_->checkpoint());
	remember_place();
}

Result<void> VolumeTables::probe() {
	return on_file([&]() -> Result<void> { return database_->run("UPDATE meta SET value = value || '' WHERE name = 'probe'"); });
}

Result<VolumeTables::Size> VolumeTables::size() {
	return on_file([&]() -> Result<Size> {
		const auto pages = database_->integer("PRAGMA page_count");
		const auto page_size = database_->integer("PRAGMA page_size");
		const auto free = database_->integer("PRAGMA freelist_count");
		const auto oldest = database_->integer("SELECT min(hour) FROM chunk");
		for (const auto* read : {&pages, &page_size, &free, &oldest})
			if (!*read) return fail(read->error());
		Size size;
		size.bytes = static_cast<std::uint64_t>(pages->value_or(0) * page_size->value_or(0));
		size.used = static_cast<std::uint64_t>((pages->value_or(0) - free->value_or(0)) * page_size->value_or(0));
		if (*oldest) size.oldest_hour = static_cast<std::uint32_t>(**oldest);
		return size;
	});
}

} // namespace gate25
