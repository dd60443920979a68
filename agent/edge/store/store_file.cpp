// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/store_file.h"
#include "edge/store/history_reader.h"
#include "edge/store/row_reader.h"
#include "edge/store/schema.h"


namespace gate25 {

namespace {

// About 16 MB of log, and 64 MB; a decision writes some eight pages.
constexpr int log_pages_worth_copying = 4000;
constexpr int log_pages_too_many = 16000;

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

Result<StoredState> StoreFile::load(const Now& now, const std::function<void(Quarantine&&)>& quarantine,
                                    BeginIndex& begins) {
	loaded_at_ = now;
	StoredState state;
	// Damage in what is not read here would show itself as a commit that fails, days later.
	auto ran = database_->check_whole();
	if (ran) ran = load_quarantines(quarantine, begins);
	if (ran) ran = load_exemptions(state.exemptions);
	if (!ran) return fail(ran.error());
	auto number = next_number();
	if (!number) return fail(number.error());
	state.next_id = *number;
	return state;
}

Result<void> StoreFile::load_quarantines(const std::function<void(Quarantine&&)>& quarantine, BeginIndex& begins) {
	const RowReader reader(*database_, boot_, loaded_at_);
	auto statement = database_->prepare("SELECT " + std::string(quarantine_columns) + " FROM quarantine");
	if (!statement) return fail(statement.error());
	return statement->each([&](const sql::Row& row) -> Result<void> {
		auto begin = reader.begin(row);
		if (!begin) return fail(begin.error());
		begins.add(begin->prefix, begin->from);
		if (RowReader::has_ended(row)) return {};
		auto value = reader.quarantine(row);
		if (!value) return fail(value.error());
		quarantine(std::move(*value));
		return {};
	});
}

Result<void> StoreFile::load_exemptions(std::vector<Exemption>& exemptions) {
	const RowReader reader(*database_, boot_, loaded_at_);
	auto statement =
		database_->prepare("SELECT " + std::string(exemption_columns) + " FROM exemption WHERE ended IS NULL");
	if (!statement) return fail(statement.error());
	return statement->each([&](const sql::Row& row) -> Result<void> {
		auto value = reader.exemption(row);
		if (!value) return fail(value.error());
		exemptions.push_back(std::move(*value));
		return {};
	});
}

Result<History> StoreFile::history(const HistoryQuery& query) {
	auto open = ready();
	if (!open) return fail(open.error());
	const RowReader reader(*database_, boot_, loaded_at_);
	return HistoryReader(*database_, reader).read(query);
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
