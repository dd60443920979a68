// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/state_directory.h"

#include "edge/store/whole_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace gate25 {

namespace {

constexpr const char* database_name = "gate25.db";

std::string lock_holder(int lock) {
	std::array<char, 16> text{};
	const ssize_t length = pread(lock, text.data(), text.size() - 1, 0);
	std::string pid(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
	pid.erase(std::find_if_not(pid.begin(), pid.end(), [](char c) { return c >= '0' && c <= '9'; }), pid.end());
	return pid.empty() ? "" : " (pid " + pid + ")";
}

} // namespace

StateDirectory::StateDirectory(StateDirectory&& other) noexcept
	: path_(std::move(other.path_)), directory_(std::exchange(other.directory_, -1)),
	  lock_(std::exchange(other.lock_, -1)) {}

StateDirectory::~StateDirectory() {
	// The lock file stays: removing it would let two agents lock two files of that name.
	if (lock_ >= 0) close(lock_);
	if (directory_ >= 0) close(directory_);
}

Error StateDirectory::failure(std::string_view what) const {
	const int system_error = errno;
	return {ErrorKind::storage, "state directory " + path_ + ": " + std::string(what) + ": " +
	                                std::strerror(system_error), system_error};
}

Result<StateDirectory> StateDirectory::claim(std::string path) {
	while (path.size() > 1 && path.back() == '/') path.pop_back();
	if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST && errno != EROFS) {
		return fail(StateDirectory(path, -1).failure("cannot be made"));
	}
	// A symbolic link to it is fine: systemd's DynamicUser= makes one. What it leads to is checked.
	const int directory = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	StateDirectory claimed(std::move(path), directory);
	if (directory < 0) return fail(claimed.failure("cannot be opened"));
	auto checked = claimed.check();
	if (!checked) return fail(checked.error());
	auto locked = claimed.lock();
	if (!locked) return fail(locked.error());
	return claimed;
}

Result<void> StateDirectory::check() const {
	struct stat status {};
	if (fstat(directory_, &status) != 0) return fail(failure("cannot be examined"));
	if (status.st_uid != geteuid()) {
		return fail(ErrorKind::denied, "state directory " + path_ + " belongs to uid " +
		                                   std::to_string(status.st_uid) + ", gate25d runs as uid " +
		                                   std::to_string(geteuid()) + ": run it as that user, or chown the directory");
	}
	if ((status.st_mode & S_IWOTH) != 0) {
		return fail(ErrorKind::denied, "state directory " + path_ +
		                                   " may be written by everybody, who could then forge decisions: chmod o-w " +
		                                   path_);
	}
	return {};
}

Result<void> StateDirectory::lock() {
	lock_ = openat(directory_, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock_ < 0) return fail(failure("the file \"lock\" cannot be opened"));
	if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK) return fail(failure("the file \"lock\" cannot be locked"));
		return fail(ErrorKind::conflict, "another gate25d" + lock_holder(lock_) + " uses " + path_, EWOULDBLOCK);
	}
	// The number only helps people; a full disk need not stop us here.
	const std::string pid = std::to_string(getpid()) + "\n";
	if (ftruncate(lock_, 0) != 0 || pwrite(lock_, pid.data(), pid.size(), 0) < 0) errno = 0;
	return {};
}

Result<void> StateDirectory::make_database_file() const {
	const int file = openat(directory_, database_name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (file < 0) return fail(failure(std::string("the file \"") + database_name + "\" cannot be opened"));
	close(file);
	return {};
}

Result<std::string> StateDirectory::move_aside() const {
	const std::string wanted = database_name + std::string(".broken-") + time_for_name();
	std::string name = wanted;
	for (int i = 2; faccessat(directory_, name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0; ++i)
		name = wanted + "." + std::to_string(i);
	if (renameat(directory_, database_name, directory_, name.c_str()) != 0 && errno != ENOENT)
		return fail(failure("the damaged database cannot be moved aside"));
	for (const char* suffix : {"-wal", "-shm"}) {
		const std::string from = std::string(database_name) + suffix;
		if (renameat(directory_, from.c_str(), directory_, (name + suffix).c_str()) != 0 && errno != ENOENT)
			return fail(failure("the log of the damaged database cannot be moved aside"));
	}
	auto synced = sync();
	if (!synced) return fail(synced.error());
	return path_ + "/" + name;
}

Result<void> StateDirectory::sync() const {
	if (fsync(directory_) != 0) return fail(failure("cannot be synced"));
	return {};
}

} // namespace gate25
