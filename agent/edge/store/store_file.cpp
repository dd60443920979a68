// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/store_file.h"
#include "edge/store/history_reader.h"
#include "edge/store/row_reader.h"
#include "edge/store/schema.h"

#include <cerrno>
#include <cstring>
#include <sys/stat.h>

namespace gate25 {

namespace {

// About 16 MB of log; a decision writes some eight pages.
constexpr int log_pages_worth_copying = 20000;

constexpr std::string_view highest_number = R"sql(
SELECT max((SELECT id FROM last_number), ifnull((SELECT max(id) FROM quarantine), 0),
	ifnull((SELECT max(id) FROM exemption), 0), ifnull((SELECT max(id) FROM alert), 0),
	ifnull((SELECT max(id) FROM audit), 0)))sql";

} // namespace

Result<std::unique_ptr<StoreFile>> StoreFile::open(const StateDirectory& directory, const BootId& boot,
                                                   sql::Fault& fault) {
	fault = sql::Fault::none;
	auto made = directory.make_database_file();
	if (!made) return fail(made.error());
	std::unique_ptr<StoreFile> file(new StoreFile(directory.database(), boot));
	auto database = sql::Database::open(file->path_, directory.path());
	if (!database) return fail(database.error());
	file->database_ = std::move(*database);
	auto ready = configure_connection(*file->database_);
	if (ready) ready = migrate(*file->database_, store_migrations(), file->path_);
	if (ready) ready = file->remember_place();
	if (!ready) {
		fault = file->last_fault();
		return fail(ready.error());
	}
	auto writer = RowWriter::prepare(*file->database_, boot);
	if (!writer) {
		fault = file->last_fault();
		return fail(writer.error());
	}
	file->writer_ = std::move(*writer);
	auto synced = directory.sync();
	if (!synced) return fail(synced.error());
	return file;
}

Result<void> StoreFile::remember_place() {
	struct stat status {};
	if (stat(path_.c_str(), &status) != 0) return fail(ErrorKind::storage, path_ + ": " + std::strerror(errno), errno);
	device_ = status.st_dev;
	inode_ = status.st_ino;
	return {};
}

Result<void> StoreFile::is_in_place() const {
	struct stat status {};
	if (stat(path_.c_str(), &status) != 0) {
		const int system_error = errno;
		return fail(ErrorKind::storage, path_ + " was deleted while gate25d uses it; restart gate25d", system_error);
	}
	if (status.st_dev != device_ || status.st_ino != inode_)
		return fail(ErrorKind::storage, path_ + " was replaced while gate25d uses it; restart gate25d");
	return {};
}

Result<std::uint64_t> StoreFile::next_number() {
	auto highest = database_->integer(highest_number);
	if (!highest) return fail(highest.error());
	return static_cast<std::uint64_t>(highest->value_or(0)) + 1;
}

Result<StoredState> StoreFile::load(const Now& now, const std::function<void(Quarantine&&)>& quarantine,
                                    BeginIndex& begins) {
	loaded_at_ = now;
	StoredState state;
	const RowReader reader(*database_, boot_, now);
	auto statement = database_->prepare("SELECT " + std::string(quarantine_columns) + " FROM quarantine");
	if (!statement) return fail(statement.error());
	auto ran = statement->each([&](const sql::Row& row) -> Result<void> {
		auto prefix = reader.prefix(row);
		if (!prefix) return fail(prefix.error());
		auto began = reader.began(row);
		if (!began) return fail(began.error());
		begins.add(*prefix, *began);
		if (RowReader::has_ended(row)) return {};
		auto value = reader.quarantine(row);
		if (!value) return fail(value.error());
		quarantine(std::move(*value));
		return {};
	});
	if (!ran) return fail(ran.error());
	statement = database_->prepare("SELECT " + std::string(exemption_columns) +
	                               " FROM exemption WHERE ended IS NULL");
	if (!statement) return fail(statement.error());
	ran = statement->each([&](const sql::Row& row) -> Result<void> {
		auto value = reader.exemption(row);
		if (!value) return fail(value.error());
		state.exemptions.push_back(std::move(*value));
		return {};
	});
	if (!ran) return fail(ran.error());
	auto number = next_number();
	if (!number) return fail(number.error());
	state.next_id = *number;
	return state;
}

Result<History> StoreFile::history(const HistoryQuery& query) {
	const RowReader reader(*database_, boot_, loaded_at_);
	return HistoryReader(*database_, reader).read(query);
}

Result<void> StoreFile::probe() {
	auto transaction = sql::Transaction::begin(*database_);
	if (!transaction) return fail(transaction.error());
	auto ran = database_->run("UPDATE last_number SET id = id");
	if (!ran) return ran;
	auto committed = transaction->commit();
	if (!committed) return committed;
	return is_in_place();
}

void StoreFile::tidy() {
	if (database_->log_pages() < log_pages_worth_copying) return;
	// When it fails, the log only grows on; what is committed is safe in it.
	static_cast<void>(database_->checkpoint());
}

} // namespace gate25
