// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/sqlite.h"

#include <cerrno>
#include <cstring>
#include <sqlite3.h>

namespace gate25::sql {

namespace {

Fault fault_of_errno(int system_error, Fault otherwise) {
	switch (system_error) {
	case ENOSPC:
	case EDQUOT: return Fault::disk_full;
	case EROFS:
	case EACCES:
	case EPERM: return Fault::read_only;
	default: return otherwise;
	}
}

Fault fault_of(int code, int system_error) {
	switch (code) {
	case SQLITE_IOERR_READ:
	case SQLITE_IOERR_SHORT_READ:
	case SQLITE_IOERR_CORRUPTFS: return Fault::damaged;
	// The shared memory file grows page by page; it fails only for want of space.
	case SQLITE_IOERR_SHMSIZE: return Fault::disk_full;
	case SQLITE_CONSTRAINT_ROWID:
	case SQLITE_CONSTRAINT_PRIMARYKEY: return Fault::known_row;
	default: break;
	}
	switch (code & 0xff) {
	case SQLITE_FULL: return Fault::disk_full;
	case SQLITE_READONLY:
	case SQLITE_PERM: return Fault::read_only;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN: return fault_of_errno(system_error, Fault::disk);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB: return Fault::damaged;
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return Fault::locked;
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_TOOBIG: return Fault::row;
	default: return Fault::other;
	}
}

} // namespace

// --- Row ----------------------------------------------------------------------------------------------

bool Row::is_null(int column) const {
	return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Row::integer(int column) const {
	return sqlite3_column_int64(statement_, column);
}

std::string_view Row::text(int column) const {
	const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
	if (bytes == nullptr) return {};
	return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::span<const std::uint8_t> Row::blob(int column) const {
	const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
	return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string Row::bytes(int column) const {
	const auto found = blob(column);
	return {found.begin(), found.end()};
}

// --- Statement ----------------------------------------------------------------------------------------

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
	sqlite3_finalize(statement);
}

void Statement::start() {
	bound_ = 0;
	bind_failure_ = SQLITE_OK;
}

void Statement::stop() {
	sqlite3_reset(statement_.get());
}

void Statement::check_bound(int code) {
	if (code != SQLITE_OK && bind_failure_ == SQLITE_OK) bind_failure_ = code;
}

void Statement::bind_next(std::int64_t value) {
	check_bound(sqlite3_bind_int64(statement_.get(), ++bound_, value));
}

void Statement::bind_next(std::string_view value) {
	// An empty view may have no address, which SQLite would take for NULL.
	const char* bytes = value.empty() ? "" : value.data();
	check_bound(sqlite3_bind_text64(statement_.get(), ++bound_, bytes, value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind_next(std::span<const std::uint8_t> value) {
	const void* bytes = value.empty() ? "" : static_cast<const void*>(value.data());
	check_bound(sqlite3_bind_blob64(statement_.get(), ++bound_, bytes, value.size(), SQLITE_STATIC));
}

void Statement::bind_next(std::nullopt_t) {
	check_bound(sqlite3_bind_null(statement_.get(), ++bound_));
}

Statement& Statement::bind_row(const Row& row, std::optional<std::ptrdiff_t> columns) {
	start();
	const std::ptrdiff_t count = columns.value_or(sqlite3_column_count(row.statement_));
	for (int i = 0; i < count; ++i)
		check_bound(sqlite3_bind_value(statement_.get(), ++bound_, sqlite3_column_value(row.statement_, i)));
	return *this;
}

Result<bool> Statement::step() {
	if (bind_failure_ != SQLITE_OK) return fail(database_->failure(bind_failure_));
	const int code = sqlite3_step(statement_.get());
	if (code == SQLITE_ROW) return true;
	if (code == SQLITE_DONE) {
		stop();
		return false;
	}
	Error error = database_->failure(code);
	stop();
	return fail(std::move(error));
}

Result<void> Statement::run() {
	return each([](const Row&) -> Result<void> { return {}; });
}

Result<std::optional<std::int64_t>> Statement::first_integer() {
	std::optional<std::int64_t> found;
	bool is_first = true;
	auto ran = each([&](const Row& row) -> Result<void> {
		if (is_first && !row.is_null(0)) found = row.integer(0);
		is_first = false;
		return {};
	});
	if (!ran) return fail(ran.error());
	return found;
}

// --- Database -----------------------------------------------------------------------------------------

void Database::Close::operator()(sqlite3* database) const noexcept {
	sqlite3_close_v2(database);
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, const std::string& directory) {
	// Statistics of memory would take a lock at each allocation.
	static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	static_cast<void>(configured); // too late when somebody else used SQLite before: only slower
	std::unique_ptr<Database> database(new Database(path, directory));
	sqlite3* handle = nullptr;
	// One thread uses a connection at a time, so SQLite needs no locks of its own.
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
	database->handle_.reset(handle);
	if (handle == nullptr) return fail(ErrorKind::storage, "no memory to open " + path, ENOMEM);
	sqlite3_extended_result_codes(handle, 1);
	if (code != SQLITE_OK) return fail(database->failure(sqlite3_extended_errcode(handle)));
	// Also ends the automatic checkpoints: a commit is answered first, the log is copied when there is time.
	sqlite3_wal_hook(
		handle,
		[](void* pages, sqlite3*, const char*, int count) noexcept -> int {
			*static_cast<int*>(pages) = count;
			return SQLITE_OK;
		},
		&database->log_pages_);
	return database;
}

Result<void> Database::run(const char* script) {
	const int code = sqlite3_exec(handle_.get(), script, nullptr, nullptr, nullptr);
	if (code != SQLITE_OK) return fail(failure(code));
	return {};
}

Result<Statement> Database::prepare(std::string_view text) {
	sqlite3_stmt* statement = nullptr;
	const int code = sqlite3_prepare_v3(handle_.get(), text.data(), static_cast<int>(text.size()),
	                                    SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
	if (code != SQLITE_OK) return fail(failure(code));
	return Statement(*this, statement);
}

Result<std::optional<std::int64_t>> Database::integer(std::string_view query) {
	auto statement = prepare(query);
	if (!statement) return fail(statement.error());
	return statement->first_integer();
}

Result<void> Database::check_whole() {
	return check_with("PRAGMA quick_check(1)");
}

Result<void> Database::check_table(std::string_view name) {
	return check_with("PRAGMA quick_check(" + std::string(name) + ")");
}

Result<void> Database::check_with(std::string_view pragma) {
	auto check = prepare(pragma);
	if (!check) return fail(check.error());
	return check->each([this](const Row& row) -> Result<void> {
		if (row.text(0) == "ok") return {};
		return fail(damage(row.text(0)));
	});
}

Result<int> Database::checkpoint() {
	int in_log = 0;
	int copied = 0;
	const int code =
		sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &in_log, &copied);
	if (code != SQLITE_OK) return fail(failure(code));
	log_pages_ = in_log - copied;
	return log_pages_;
}

bool Database::is_in_transaction() const {
	return sqlite3_get_autocommit(handle_.get()) == 0;
}

int Database::changed_rows() const {
	return sqlite3_changes(handle_.get());
}

std::int64_t Database::last_number() const {
	return sqlite3_last_insert_rowid(handle_.get());
}

void Database::give_back_memory() {
	sqlite3_db_release_memory(handle_.get());
}

Error Database::damage(std::string_view what) {
	last_fault_ = Fault::damaged;
	return {ErrorKind::storage, failure_text(0, what), 0};
}

Error Database::refuse(std::string_view what) {
	last_fault_ = Fault::row;
	return {ErrorKind::bad_input, failure_text(0, what), 0};
}

Error Database::failure(int code) {
	const int system_error = sqlite3_system_errno(handle_.get());
	last_fault_ = fault_of(code, system_error);
	const char* message = sqlite3_errmsg(handle_.get());
	// A header that cannot be read has no code of its own.
	if (last_fault_ == Fault::other && std::string_view(message) == "unsupported file format") last_fault_ = Fault::damaged;
	const ErrorKind kind = last_fault_ == Fault::row || last_fault_ == Fault::known_row ? ErrorKind::bad_input : ErrorKind::storage;
	return {kind, failure_text(system_error, message), system_error};
}

std::string Database::failure_text(int system_error, std::string_view message) const {
	std::string said(message);
	if (system_error != 0) said += std::string(", ") + std::strerror(system_error);
	switch (last_fault_) {
	case Fault::disk_full:
		return "the disk of " + directory_ + " is full; free some space there, gate25 then goes on by itself";
	case Fault::read_only:
		return directory_ + " cannot be written (" + said + "); gate25 goes on by itself when it can be";
	case Fault::disk: return "the disk of " + directory_ + " failed (" + said + "); the kernel log may say why";
	case Fault::damaged:
		return path_ + " is damaged (" + said +
		       "); when gate25d starts, it moves the file aside and makes a new one";
	case Fault::locked: return path_ + " is locked by another program (" + said + "); end that program";
	case Fault::row:
	case Fault::known_row: return path_ + " refuses this row (" + said + ")";
	default: return path_ + ": " + said;
	}
}

// --- Transaction --------------------------------------------------------------------------------------

Result<Transaction> Transaction::begin(Database& database) {
	auto begun = database.run("BEGIN IMMEDIATE");
	if (!begun) return fail(begun.error());
	return Transaction(database);
}

Transaction::~Transaction() {
	if (database_ == nullptr || !database_->is_in_transaction()) return;
	// What made us roll back is what callers ask about.
	const Fault fault = database_->last_fault();
	static_cast<void>(database_->run("ROLLBACK"));
	database_->last_fault_ = fault;
}

Result<void> Transaction::commit() {
	return database_->run("COMMIT");
}

} // namespace gate25::sql
