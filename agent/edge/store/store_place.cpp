// SPDX-License-Identifier: GPL-2.0-or-later
//
// A database that somebody deletes or empties while it is open still takes commits, but nobody will ever find
// them: SQLite throws the log of an empty file away.
#include "edge/store/store_file.h"
#include "edge/store/whole_file.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gate25 {

namespace {

// For us alone, before anything is in it.
Result<void> make_empty(const std::string& path) {
	unlink(path.c_str());
	const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file < 0) return system_failure(path);
	close(file);
	return {};
}

} // namespace

Result<void> StoreFile::remember_place() {
	struct stat status {};
	if (stat(path_.c_str(), &status) != 0) return system_failure(path_);
	device_ = status.st_dev;
	inode_ = status.st_ino;
	size_ = status.st_size;
	return {};
}

// After the log was copied into it. Of another file nothing is learned.
void StoreFile::remember_growth() {
	struct stat status {};
	if (stat(path_.c_str(), &status) == 0 && status.st_ino == inode_ && status.st_size > size_) size_ = status.st_size;
}

Result<void> StoreFile::is_in_place() const {
	struct stat status {};
	if (stat(path_.c_str(), &status) != 0) {
		const int system_error = errno;
		return fail(ErrorKind::storage, path_ + " was deleted while gate25d uses it", system_error);
	}
	if (status.st_dev != device_ || status.st_ino != inode_)
		return fail(ErrorKind::storage, path_ + " was replaced while gate25d uses it; restart gate25d");
	if (status.st_size < size_)
		return fail(ErrorKind::storage, path_ + " was cut short while gate25d uses it", ENODATA);
	return {};
}

Result<void> StoreFile::keep_in_place(std::string& notice) {
	auto open = ready();
	if (!open) return open;
	auto in_place = is_in_place();
	if (in_place) return in_place;
	const int why = in_place.error().saved_errno;
	if (why != ENOENT && why != ENODATA) return in_place;
	auto written = why == ENODATA ? is_all_there() : Result<void>();
	if (written) written = write_anew();
	if (!written)
		return fail(ErrorKind::storage,
		            in_place.error().text + " and cannot be written anew: " + written.error().text);
	notice = in_place.error().text + "; it was written anew, nothing is lost";
	return {};
}

// What was cut off may stand in the log or in memory, or nowhere. An emptied file without a log is a whole database
// to SQLite, one with nothing in it.
Result<void> StoreFile::is_all_there() {
	const auto pages = database_->integer("PRAGMA page_count");
	if (!pages) return fail(pages.error());
	const auto page_size = database_->integer("PRAGMA page_size");
	if (!page_size) return fail(page_size.error());
	if (pages->value_or(0) * page_size->value_or(0) < size_)
		return fail(ErrorKind::storage, "its log does not hold what is missing; restart gate25d");
	return database_->check_whole();
}

// The open connection still has all of it. Its log must be gone before a new file takes the name, and the
// connection closed, which deletes the log by its name.
Result<void> StoreFile::write_anew() {
	const std::string copy = path_ + ".new";
	auto made = make_empty(copy);
	if (!made) return made;
	auto copied = database_->run(("VACUUM INTO " + in_sql_quotes(copy)).c_str());
	if (copied) copied = sync_path(copy);
	if (!copied) return copied;
	writer_.reset();
	database_.reset();
	for (const char* suffix : {"-wal", "-shm"}) unlink((path_ + suffix).c_str());
	if (std::rename(copy.c_str(), path_.c_str()) != 0) return system_failure(path_);
	auto synced = sync_path(directory_);
	if (!synced) return synced;
	return connect();
}

} // namespace gate25
