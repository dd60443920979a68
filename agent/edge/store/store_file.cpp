// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/store_file.h"
#include "edge/store/history_reader.h"
#include "edge/store/row_reader.h"
#include "edge/store/schema.h"

#include <algorithm>

namespace gate25 {

namespace {

// About 16 MB of log, and 64 MB; a decision writes some eight pages.
constexpr int log_pages_worth_copying = 4000;
constexpr int log_pages_too_many = 16000;

constexpr std::string_view highest_number = R"sql(
SELECT max((SELECT id FROM last_number), ifnull((SELECT max(id) FROM quarantine), 0),
	ifnull((SELECT max(id) FROM exemption), 0), ifnull((SELECT max(id) FROM alert), 0),
	ifnull((SELECT max(id) FROM audit), 0), ifnull((SELECT max(id) FROM held_report), 0),
	ifnull((SELECT max(id) FROM notice), 0)))sql";

// Some milliseconds of reading.
constexpr std::size_t alerts_per_step = 4000;

} // namespace

Result<std::unique_ptr<StoreFile>> StoreFile::open(const StateDirectory& directory, const BootId& boot,
                                                   sql::Fault& fault) {
	fault = sql::Fault::none;
	auto made = directory.make_database_file();
	if (!made) return fail(made.error());
	std::unique_ptr<StoreFile> file(new StoreFile(directory, boot));
	auto ready = file->connect();
	if (!ready) {
		fault = file->last_fault();
		return fail(ready.error());
	}
	auto synced = directory.sync();
	if (!synced) return fail(synced.error());
	return file;
}

Result<void> StoreFile::connect() {
	auto ready = connect_as(configure_connection);
	if (!ready && last_fault() == sql::Fault::disk_full)
		ready = connect_as(configure_without_sharing);
	return ready;
}

Result<void> StoreFile::connect_as(Result<void> (*configure)(sql::Database&)) {
	writer_.reset();
	database_.reset();
	auto database = sql::Database::open(path_, directory_);
	if (!database) return fail(database.error());
	database_ = std::move(*database);
	auto ready = configure(*database_);
	if (ready) ready = migrate(*database_, store_migrations(), path_);
	if (ready) ready = remember_place();
	if (!ready) return ready;
	auto writer = RowWriter::prepare(*database_, boot_);
	if (!writer) return fail(writer.error());
	writer_ = std::move(*writer);
	return {};
}

Result<std::uint64_t> StoreFile::next_number() {
	auto highest = database_->integer(highest_number);
	if (!highest) return fail(highest.error());
	return static_cast<std::uint64_t>(highest->value_or(0)) + 1;
}

// Before the highest row may go.
Result<void> StoreFile::keep_highest_number() {
	auto number = next_number();
	if (!number) return fail(number.error());
	auto statement = database_->prepare("UPDATE last_number SET id = ?1 WHERE id < ?1");
	if (!statement) return fail(statement.error());
	return statement->bind(*number - 1).run();
}

Result<History> StoreFile::history(const HistoryQuery& query) {
	auto open = ready();
	if (!open) return fail(open.error());
	const RowReader reader(*database_, boot_, loaded_at_);
	return HistoryReader(*database_, reader).read(query);
}

Result<bool> StoreFile::alerts(AlertSearch& search) {
	auto open = ready();
	if (!open) return fail(open.error());
	auto statement = database_->prepare("SELECT " + std::string(alert_columns) +
	                                    " FROM alert WHERE id > ?1 ORDER BY id LIMIT ?2");
	if (!statement) return fail(statement.error());
	const RowReader reader(*database_, boot_, loaded_at_);
	const std::size_t wanted = std::min<std::size_t>(alerts_per_step, search.limit - search.found.size());
	std::size_t seen = 0;
	auto ran = statement->bind(search.after, std::uint64_t{wanted}).each([&](const sql::Row& row) -> Result<void> {
		++seen;
		auto read = reader.alert(row);
		if (!read) return fail(read.error());
		search.after = read->id;
		if (read->received >= search.since) search.found.push_back(std::move(*read));
		return {};
	});
	if (!ran) return fail(ran.error());
	return seen < wanted || search.found.size() == search.limit;
}

Result<HeldReport> StoreFile::held_report(std::uint64_t id) {
	auto open = ready();
	if (!open) return fail(open.error());
	auto statement = database_->prepare("SELECT " + std::string(held_columns) +
	                                    ", length(bytes), bytes, signature FROM held_report JOIN held_bytes USING (id)"
	                                    " WHERE id = ?1");
	if (!statement) return fail(statement.error());
	const RowReader reader(*database_, boot_, loaded_at_);
	std::optional<HeldReport> found;
	auto ran = statement->bind(id).each([&](const sql::Row& row) -> Result<void> {
		auto read = reader.held(row);
		if (!read) return fail(read.error());
		found = std::move(*read);
		found->bytes = row.bytes(16);
		found->signature = row.bytes(17);
		return {};
	});
	if (!ran) return fail(ran.error());
	if (!found) return fail(ErrorKind::not_found, "no report with number " + std::to_string(id) + " is kept");
	return std::move(*found);
}

Result<std::optional<StoredKey>> StoreFile::find_key(const std::string& key) {
	auto open = ready();
	if (!open) return fail(open.error());
	auto statement =
		database_->prepare("SELECT " + std::string(key_columns) + " FROM openpgp_key WHERE key = ?1");
	if (!statement) return fail(statement.error());
	const RowReader reader(*database_, boot_, loaded_at_);
	std::optional<StoredKey> found;
	auto ran = statement->bind(key).each([&](const sql::Row& row) -> Result<void> {
		auto read = reader.key(row);
		if (!read) return fail(read.error());
		found = std::move(*read);
		return {};
	});
	if (!ran) return fail(ran.error());
	return found;
}

Result<void> StoreFile::probe() {
	auto open = ready();
	if (!open) return open;
	auto transaction = sql::Transaction::begin(*database_);
	if (!transaction) return fail(transaction.error());
	auto ran = database_->run("UPDATE last_number SET id = id");
	if (!ran) return ran;
	return transaction->commit();
}

void StoreFile::give_back_memory() {
	if (database_) database_->give_back_memory();
}

void StoreFile::tidy(bool is_idle) {
	if (!writer_ || database_->log_pages() < (is_idle ? log_pages_worth_copying : log_pages_too_many)) return;
	// When it fails, the log only grows on; what is committed is safe in it.
	if (database_->checkpoint()) remember_growth();
}

} // namespace gate25
