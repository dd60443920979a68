// SPDX-License-Identifier: GPL-2.0-or-later
//
// The store in a SQLite file. All methods are for the loop's thread; none but load() waits for the disk.
#pragma once

#include "core/world.h"
#include "edge/store/store_worker.h"

#include <memory>
#include <string>

namespace gate25 {

class SqliteStore : public Store {
public:
	// `post_to_loop` is called from another thread with what is to run on the loop's. The directory is
	// locked: a second agent is refused. What was committed before the destructor is still written.
	[[nodiscard]] static Result<std::unique_ptr<SqliteStore>> open(const std::string& directory,
	                                                               PostToLoop post_to_loop);

	[[nodiscard]] Result<StoredState> load(const Now& now) override;
	[[nodiscard]] Result<StoredState> load_each(const Now& now, const StoreVisitor& visitor) override;
	void commit(std::vector<Change> changes, std::function<void(Result<void>)> done) override;
	void history(HistoryQuery query, std::function<void(Result<History>)> done) override;
	unsigned count_since(const Prefix& prefix, UnixTime since) override;
	void alerts(UnixTime since, std::uint64_t after, unsigned limit,
	            std::function<void(Result<std::vector<AlertRow>>)> done) override;
	void held_report(std::uint64_t id, std::function<void(Result<HeldReport>)> done) override;
	void find_key(const std::string& key, std::function<void(Result<std::optional<StoredKey>>)> done) override;
	void notices(NoticeQuery query, std::function<void(Result<std::vector<Notice>>)> done) override;
	void forget(const Prefix& subscriber, std::function<void(Result<std::uint64_t>)> done) override;
	void prune(UnixTime older_than) override;
	StoreHealth health() const override { return worker_.health(); }
	// Whether the file is still where it was opened: somebody may have deleted it.
	[[nodiscard]] Result<void> is_in_place() const { return worker_.is_in_place(); }

private:
	SqliteStore(StateDirectory directory, const BootId& boot, std::unique_ptr<StoreFile> file, std::string warning,
	            PostToLoop post_to_loop);
	StoreWorker worker_;
};

} // namespace gate25
