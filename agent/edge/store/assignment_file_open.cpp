// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/assignment_place.h"
#include "edge/store/whole_file.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace gate25 {

namespace {

constexpr std::int64_t version = 1;

// Prefixes are family (4 or 6), the bytes of the address that the length needs, length. Times are Unix seconds. `ports`:
// 0 all of them, else the first times 65536 and the last. A name is found by its hash, so that its bytes stand in one place
// only and can be made to go.
constexpr const char* schema = R"sql(
CREATE TABLE probe (number INTEGER PRIMARY KEY) STRICT;
INSERT INTO probe VALUES (1);

CREATE TABLE source (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE subscriber (
	number INTEGER PRIMARY KEY,
	hash   INTEGER NOT NULL,
	id     TEXT    NOT NULL
) STRICT;
CREATE INDEX subscriber_hash ON subscriber (hash);

-- Prefix lengths that any row has ever had.
CREATE TABLE shape (number INTEGER PRIMARY KEY) STRICT;

CREATE TABLE standing (
	family     INTEGER NOT NULL CHECK (family IN (4, 6)),
	address    BLOB    NOT NULL,
	length     INTEGER NOT NULL CHECK (length BETWEEN 0 AND 128 AND length(address) = (length + 7) / 8),
	source     INTEGER NOT NULL,
	ports      INTEGER NOT NULL,
	subscriber INTEGER NOT NULL,
	began      INTEGER NOT NULL,
	seen       INTEGER NOT NULL,
	until      INTEGER,
	session    INTEGER NOT NULL,
	server     INTEGER NOT NULL,
	PRIMARY KEY (family, address, length, source, ports)
) STRICT, WITHOUT ROWID;

-- `number`: the second of the end, and which of that second; `day`: of the end.
CREATE TABLE history (
	number     INTEGER PRIMARY KEY,
	day        INTEGER NOT NULL,
	family     INTEGER NOT NULL CHECK (family IN (4, 6)),
	address    BLOB    NOT NULL,
	length     INTEGER NOT NULL CHECK (length BETWEEN 0 AND 128 AND length(address) = (length + 7) / 8),
	source     INTEGER NOT NULL,
	ports      INTEGER NOT NULL,
	subscriber INTEGER NOT NULL,
	began      INTEGER NOT NULL
) STRICT;
CREATE INDEX history_prefix ON history (day, family, address, length);
CREATE INDEX history_subscriber ON history (day, subscriber);
PRAGMA user_version = 1;
)sql";

} // namespace

AssignmentTables::~AssignmentTables() {
	statements_.reset();
	database_.reset();
}

Result<void> AssignmentTables::ready() {
	if (database_) {
		if (auto in_place = check_place(false); !in_place) return in_place;
	}
	if (!database_) return connect();
	if (!is_outline_stale_) return {};
	database_->clear_fault();
	auto read = read_outline();
	if (read || database_->last_fault() != sql::Fault::damaged) return read;
	return replace(read.error().text);
}

void AssignmentTables::disconnect() {
	statements_.reset();
	database_.reset();
	is_outline_stale_ = true;
	name_search_.reset(); // another file may have other numbers
}

Result<void> AssignmentTables::connect() {
	auto fault = sql::Fault::none;
	auto connected = connect_once(fault);
	if (connected || fault != sql::Fault::damaged) return connected;
	return replace(connected.error().text);
}

Result<void> AssignmentTables::connect_once(sql::Fault& fault) {
	const int file = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (file < 0) return system_failure(path_ + " cannot be opened");
	close(file);
	auto opened = sql::Database::open(path_, directory_);
	if (!opened) return fail(opened.error());
	database_ = std::move(*opened);
	auto done = configure();
	if (done) done = prepare_schema();
	if (done) done = read_outline();
	if (done) {
		auto prepared = AssignmentStatements::prepare(*database_);
		if (prepared) statements_ = std::move(*prepared);
		else done = fail(prepared.error());
	}
	if (!done) {
		fault = database_->last_fault();
		disconnect();
		return done;
	}
	remember_place();
	return {};
}

// Nobody shares it, so no memory file is needed, for which a full disk might have no room. No mmap: a file cut short would
// be a SIGBUS. Neither smaller pages nor a larger cache made it faster.
Result<void> AssignmentTables::configure() {
	return database_->run("PRAGMA locking_mode = EXCLUSIVE;"
	                      "PRAGMA journal_mode = WAL;"
	                      "PRAGMA synchronous = FULL;"
	                      "PRAGMA secure_delete = ON;"
	                      "PRAGMA mmap_size = 0;"
	                      "PRAGMA trusted_schema = OFF;"
	                      "PRAGMA cell_size_check = ON;"
	                      "PRAGMA temp_store = MEMORY;"
	                      "PRAGMA cache_size = -8000;"
	                      "PRAGMA journal_size_limit = 16777216;");
}

// A file of another program counts as damaged.
Result<void> AssignmentTables::prepare_schema() {
	const auto present = database_->integer("PRAGMA user_version");
	if (!present) return fail(present.error());
	if (*present == version) return {};
	if (present->value_or(0) > version)
		return fail(ErrorKind::conflict, path_ + " was written by a newer gate25 (schema " + std::to_string(**present) + ", this one knows " +
		            std::to_string(version) + "): install the newer gate25 again, or move the file away; who held which address is then forgotten");
	const auto tables = database_->integer("SELECT count(*) FROM sqlite_schema");
	if (!tables) return fail(tables.error());
	if (present->value_or(0) != 0 || tables->value_or(0) != 0)
		return fail(database_->damage("it is no file of gate25's assignments"));
	auto transaction = sql::Transaction::begin(*database_);
	if (!transaction) return fail(transaction.error());
	if (auto made = database_->run(schema); !made) return made;
	return transaction->commit();
}

Result<void> AssignmentTables::read_outline() {
	days_.clear();
	shapes_.reset();
	names_.clear();
	last_second_ = -1;
	auto next = database_->prepare("SELECT min(day) FROM history WHERE day > ?1");
	if (!next) return fail(next.error());
	for (std::int64_t day = -1;;) {
		const auto found = next->bind(day).first_integer();
		if (!found) return fail(found.error());
		if (!*found) break;
		day = **found;
		days_.insert(day);
	}
	auto shapes = database_->prepare("SELECT number FROM shape");
	if (!shapes) return fail(shapes.error());
	auto done = shapes->each([this](const sql::Row& row) -> Result<void> {
		if (const auto shape = static_cast<std::size_t>(row.integer(0)); shape < shapes_.size()) shapes_[shape] = true;
		return {};
	});
	if (done) done = read_sources();
	if (done) is_outline_stale_ = false;
	return done;
}

void AssignmentTables::set_sources(std::vector<std::string> by_rank) {
	by_rank_ = std::move(by_rank);
	is_outline_stale_ = true;
}

Result<void> AssignmentTables::read_sources() {
	source_numbers_.assign(by_rank_.size(), std::nullopt);
	source_ranks_.clear();
	auto sources = database_->prepare("SELECT number, name FROM source WHERE number BETWEEN 1 AND 10000");
	if (!sources) return fail(sources.error());
	return sources->each([this](const sql::Row& row) -> Result<void> {
		const auto number = static_cast<std::size_t>(row.integer(0));
		source_ranks_.resize(std::max(source_ranks_.size(), number + 1), unknown_source);
		const auto rank = std::ranges::find(by_rank_, row.text(1));
		if (rank == by_rank_.end()) return {};
		source_ranks_[number] = static_cast<SourceRank>(rank - by_rank_.begin());
		source_numbers_[source_ranks_[number]] = row.integer(0);
		return {};
	});
}

void AssignmentTables::tidy(bool is_urgent) {
	constexpr int worth_it = 4000;
	if (!database_ || database_->log_pages() < (is_urgent ? 1 : worth_it)) return;
	// What prevents it now is told with the next write.
	static_cast<void>(database_->checkpoint());
	remember_growth();
}

Result<void> AssignmentTables::probe() {
	return on_file([&]() -> Result<void> { return database_->run("UPDATE probe SET number = 1"); });
}

Result<AssignmentTables::Size> AssignmentTables::size() {
	return on_file([&]() -> Result<Size> {
		const auto pages = database_->integer("PRAGMA page_count");
		const auto page_size = database_->integer("PRAGMA page_size");
		const auto oldest = database_->integer("SELECT min(number) FROM history");
		for (const auto* read : {&pages, &page_size, &oldest})
			if (!*read) return fail(read->error());
		Size size;
		size.bytes = static_cast<std::uint64_t>(pages->value_or(0) * page_size->value_or(0));
		if (*oldest) size.oldest = UnixTime(Seconds(second_of(**oldest)));
		return size;
	});
}

} // namespace gate25
