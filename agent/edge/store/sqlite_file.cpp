// SPDX-License-Identifier: GPL-2.0-or-later
//
// The database file below its tables. It is read and written through SQLite's own handle: a descriptor of ours would
// take all locks of this process on the file with it when it is closed (sqlite.org/howtocorrupt.html 2.2).
#include "edge/store/sqlite.h"

#include <array>
#include <sqlite3.h>

namespace gate25::sql {

namespace {

constexpr int patience_ms = 100;
constexpr int usual_patience_ms = 5000; // PRAGMA busy_timeout (schema.cpp)

// `what`: of the database or of its log.
sqlite3_file* file_of(sqlite3* handle, int what) {
	sqlite3_file* file = nullptr;
	sqlite3_file_control(handle, "main", what, static_cast<void*>(&file));
	return file != nullptr && file->pMethods != nullptr ? file : nullptr;
}

} // namespace

Result<void> Database::empty_log() {
	int in_log = 0;
	int copied = 0;
	sqlite3_busy_timeout(handle_.get(), patience_ms);
	const int code =
		sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, &in_log, &copied);
	sqlite3_busy_timeout(handle_.get(), usual_patience_ms);
	if (code == SQLITE_BUSY) return fail(ErrorKind::busy, path_ + " is used by another program; end that program");
	if (code != SQLITE_OK) return fail(failure(code));
	log_pages_ = 0;
	return {};
}

Error Database::file_failure(int code) {
	sqlite3_file* file = file_of(handle_.get(), SQLITE_FCNTL_FILE_POINTER);
	return file == nullptr ? Error{ErrorKind::storage, path_ + " is not open", 0} : failure(code);
}

Result<bool> Database::is_log_empty() {
	sqlite3_file* log = file_of(handle_.get(), SQLITE_FCNTL_JOURNAL_POINTER);
	if (log == nullptr) return true;
	sqlite3_int64 size = 0;
	const int code = log->pMethods->xFileSize(log, &size);
	if (code != SQLITE_OK) return fail(file_failure(code));
	return size == 0;
}

Result<void> Database::read_file(std::int64_t from, std::span<char> bytes) {
	sqlite3_file* file = file_of(handle_.get(), SQLITE_FCNTL_FILE_POINTER);
	const int code = file == nullptr
	                     ? SQLITE_ERROR
	                     : file->pMethods->xRead(file, bytes.data(), static_cast<int>(bytes.size()), from);
	if (code != SQLITE_OK) return fail(file_failure(code));
	return {};
}

Result<void> Database::zero_file(std::int64_t from, std::size_t count) {
	static constexpr std::array<char, 65536> zeros{};
	sqlite3_file* file = file_of(handle_.get(), SQLITE_FCNTL_FILE_POINTER);
	const int code = file == nullptr || count > zeros.size()
	                     ? SQLITE_ERROR
	                     : file->pMethods->xWrite(file, zeros.data(), static_cast<int>(count), from);
	if (code != SQLITE_OK) return fail(file_failure(code));
	return {};
}

Result<void> Database::sync_file() {
	sqlite3_file* file = file_of(handle_.get(), SQLITE_FCNTL_FILE_POINTER);
	const int code = file == nullptr ? SQLITE_ERROR : file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
	if (code != SQLITE_OK) return fail(file_failure(code));
	return {};
}

} // namespace gate25::sql
