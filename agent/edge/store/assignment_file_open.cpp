// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/assignment_place.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <sys/stat.h>
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

tl::unexpected<Error> system_failure(const std::string& what) {
	const int system_error = errno;
	return fail(ErrorKind::storage, what + ": " + std::strerror(system_error), system_error);
}

std::string time_for_name() {
	std::string text = time_text(UnixTime(Seconds(std::time(nullptr))));
	std::erase(text, ':');
	return text;
}

Result<void> sync_path(const std::string& path) {
	const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
	if (file < 0) return system_failure(path);
	Result<void> result;
	if (fsync(file) != 0) result = system_failure(path);
	close(file);
	return result;
}

std::string in_sql_quotes(const std::string& text) {
	std::string quoted = "'";
	for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
	return quoted + "'";
}

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

Result<std::string> AssignmentTables::move_aside() {
	disconnect();
	const std::string wanted = path_ + ".broken-" + time_for_name();
	std::string name = wanted;
	for (int i = 2; access(name.c_str(), F_OK) == 0; ++i) name = wanted + "." + std::to_string(i);
	if (std::rename(path_.c_str(), name.c_str()) != 0 && errno != ENOENT) return system_failure(path_ + " cannot be moved aside");
	const std::string log = "-wal";
	if (std::rename((path_ + log).c_str(), (name + log).c_str()) != 0 && errno != ENOENT)
		return system_failure(path_ + log + " cannot be moved aside");
	return name;
}

Result<void> AssignmentTables::replace(const std::string& why) {
	const auto name = move_aside();
	if (!name) return fail(name.error());
	auto fault = sql::Fault::none;
	if (auto connected = connect_once(fault); !connected) return connected;
	const std::uint64_t taken = take_over(*name);
	warning_ = why + "; moved aside to " + *name + " and begun anew with " + std::to_string(taken) +
	           " assignments that could be read in it, without its history; delete it when nobody needs it";
	return {};
}

// From both ends, since the damage is somewhere between them.
std::uint64_t AssignmentTables::take_over(const std::string& damaged) {
	constexpr std::size_t slice = 5000;
	auto opened = sql::Database::open(damaged, directory_);
	if (!opened || !(*opened)->run("PRAGMA locking_mode = EXCLUSIVE; PRAGMA cell_size_check = ON")) return 0;
	std::uint64_t taken = 0;
	for (const char* order : {" ASC", " DESC"}) {
		auto read = (*opened)->prepare("SELECT " + std::string(standing_columns) + ", c.name FROM standing s"
		                               " JOIN subscriber n ON n.number = s.subscriber JOIN source c ON c.number = s.source"
		                               " ORDER BY s.family" + order + ", s.address" + order);
		if (!read) continue;
		std::vector<SavedRow> rows;
		const auto done = read->each([&](const sql::Row& row) -> Result<void> {
			if (auto assignment = read_standing(**opened, row)) rows.push_back({std::move(*assignment), std::string(row.text(11))});
			if (rows.size() >= slice) taken += save(rows);
			return {};
		});
		taken += save(rows);
		if (done) break;
	}
	return taken;
}

// Those that are not there yet; how many. Failure is no reason to give up what else can be read.
std::uint64_t AssignmentTables::save(std::vector<SavedRow>& rows) {
	std::uint64_t added = 0;
	auto saved = [&]() -> Result<void> {
		is_outline_stale_ = true;
		auto transaction = sql::Transaction::begin(*database_);
		if (!transaction) return fail(transaction.error());
		for (const SavedRow& row : rows) {
			auto one = save_one(row);
			if (!one) return fail(one.error());
			added += *one ? 1 : 0;
		}
		return transaction->commit();
	}();
	rows.clear();
	return saved && read_outline() ? added : 0;
}

Result<bool> AssignmentTables::save_one(const SavedRow& row) {
	const auto source = number_of_source(row.source);
	if (!source) return fail(source.error());
	const Place place(row.assignment.prefix, row.assignment.ports, *source);
	const auto known = find_standing(place);
	if (!known) return fail(known.error());
	if (*known) return false;
	if (auto begun = write_begin(row.assignment, place); !begun) return fail(begun.error());
	return true;
}

// What is written into a file without a name is lost, and one that was cut short is no database any more.
Result<void> AssignmentTables::check_place(bool has_written) {
	struct stat status {};
	if (lstat(path_.c_str(), &status) != 0) return write_anew();
	if (status.st_dev != device_ || status.st_ino != inode_)
		return fail(ErrorKind::storage, path_ + " was replaced while gate25d uses it; restart gate25d");
	if (status.st_size >= file_size_) return {};
	if (auto replaced = replace(path_ + " was cut short while gate25d uses it"); !replaced || !has_written) return replaced;
	return fail(ErrorKind::storage, warning_);
}

// The open connection still has all of it. Its log must be gone before a new file takes the name, and the connection
// closed, which deletes the log by its name.
Result<void> AssignmentTables::write_anew() {
	const std::string copy = path_ + ".new";
	unlink(copy.c_str());
	const int file = open(copy.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file < 0) return system_failure(copy);
	close(file);
	auto copied = database_->run(("VACUUM INTO " + in_sql_quotes(copy)).c_str());
	if (copied) copied = sync_path(copy);
	if (!copied) {
		unlink(copy.c_str());
		return copied;
	}
	disconnect();
	unlink((path_ + "-wal").c_str());
	if (std::rename(copy.c_str(), path_.c_str()) != 0) return system_failure(path_);
	if (auto synced = sync_path(directory_); !synced) return synced;
	warning_ = path_ + " was deleted while gate25d uses it; it was written anew, nothing is lost";
	auto fault = sql::Fault::none;
	return connect_once(fault);
}

void AssignmentTables::remember_place() {
	struct stat status {};
	if (lstat(path_.c_str(), &status) != 0) return;
	device_ = status.st_dev;
	inode_ = status.st_ino;
	file_size_ = status.st_size;
}

void AssignmentTables::tidy(bool is_urgent) {
	constexpr int worth_it = 4000;
	if (!database_ || database_->log_pages() < (is_urgent ? 1 : worth_it)) return;
	// What prevents it now is told with the next write.
	static_cast<void>(database_->checkpoint());
	remember_growth();
}

// Of another file nothing is learned.
void AssignmentTables::remember_growth() {
	struct stat status {};
	if (lstat(path_.c_str(), &status) == 0 && status.st_ino == inode_) file_size_ = std::max<std::int64_t>(file_size_, status.st_size);
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
