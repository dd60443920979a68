// SPDX-License-Identifier: GPL-2.0-or-later
//
// When the file is damaged, or somebody deletes, replaces or cuts it while it is open: what was answered must be found again.
#include "edge/store/assignment_place.h"
#include "edge/store/whole_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gate25 {

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

// Of another file nothing is learned.
void AssignmentTables::remember_growth() {
	struct stat status {};
	if (lstat(path_.c_str(), &status) == 0 && status.st_ino == inode_) file_size_ = std::max<std::int64_t>(file_size_, status.st_size);
}

} // namespace gate25
