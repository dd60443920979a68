// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/sqlite_store.h"
#include "edge/store/open_file.h"

namespace gate25 {

SqliteStore::SqliteStore(StateDirectory directory, const BootId& boot, std::unique_ptr<StoreFile> file,
                         std::string warning, PostToLoop post_to_loop)
	: worker_(std::move(directory), boot, std::move(file), std::move(warning), std::move(post_to_loop)) {}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& directory, PostToLoop post_to_loop) {
	auto claimed = StateDirectory::claim(directory);
	if (!claimed) return fail(claimed.error());
	const BootId boot = this_boot();
	std::string warning;
	auto file = open_or_replace(*claimed, boot, warning);
	if (!file) return fail(file.error());
	return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(*claimed), boot, std::move(*file),
	                                                    std::move(warning), std::move(post_to_loop)));
}

Result<StoredState> SqliteStore::load(const Now& now) {
	std::vector<Quarantine> quarantines;
	StoreVisitor visitor;
	visitor.quarantine = [&](Quarantine&& quarantine) { quarantines.push_back(std::move(quarantine)); };
	auto state = load_each(now, visitor);
	if (state) state->quarantines = std::move(quarantines);
	return state;
}

Result<StoredState> SqliteStore::load_each(const Now& now, const StoreVisitor& visitor) {
	return worker_.load(now, visitor);
}

void SqliteStore::commit(std::vector<Change> changes, std::function<void(Result<void>)> done) {
	worker_.commit({std::move(changes), std::move(done)});
}

void SqliteStore::history(HistoryQuery query, std::function<void(Result<History>)> done) {
	worker_.ask<History>([query = std::move(query)](StoreFile& file) { return file.history(query); }, std::move(done));
}

unsigned SqliteStore::count_since(const Prefix& prefix, UnixTime since) {
	return worker_.begins().count_since(prefix, since);
}

void SqliteStore::alerts(UnixTime since, std::uint64_t after, unsigned limit,
                         std::function<void(Result<std::vector<AlertRow>>)> done) {
	worker_.alerts({since, after, limit}, std::move(done));
}

void SqliteStore::held_report(std::uint64_t id, std::function<void(Result<HeldReport>)> done) {
	worker_.ask<HeldReport>([id](StoreFile& file) { return file.held_report(id); }, std::move(done));
}

void SqliteStore::find_key(const std::string& key, std::function<void(Result<std::optional<StoredKey>>)> done) {
	worker_.ask<std::optional<StoredKey>>([key](StoreFile& file) { return file.find_key(key); }, std::move(done));
}

void SqliteStore::notices(NoticeQuery query, std::function<void(Result<std::vector<Notice>>)> done) {
	worker_.ask<std::vector<Notice>>([query = std::move(query)](StoreFile& file) { return file.notices(query); },
	                                 std::move(done));
}

void SqliteStore::forget(const Prefix& subscriber, std::function<void(Result<std::uint64_t>)> done) {
	worker_.forget(subscriber, std::move(done));
}

void SqliteStore::prune(UnixTime older_than) {
	worker_.prune(older_than);
}

} // namespace gate25
