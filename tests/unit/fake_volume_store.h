// SPDX-License-Identifier: GPL-2.0-or-later
//
// A store of volume in memory. It answers when answer() is called, as one with a thread of its own.
#pragma once

#include "core/volume_world.h"

#include <map>
#include <tuple>
#include <utility>

namespace gate25 {

// What outlives a store that was opened.
struct FakeVolumeFile {
	std::map<std::pair<VolumeKey, Activity>, VolumeEntry> entries;
	std::map<VolumeKey, std::string> users;
	std::map<std::tuple<std::uint32_t, VolumeKey, Activity>, VolumeRecord> records;
	std::string problem; // not empty: nothing can be written
	unsigned saves = 0;
	std::uint64_t most_bytes = 0;
	std::uint32_t oldest_hour = 0;
	std::vector<std::function<void()>> waiting;

	void answer() {
		for (auto& call : std::exchange(waiting, {})) call();
	}
};

class FakeVolumeStore : public VolumeStore {
public:
	explicit FakeVolumeStore(FakeVolumeFile& file) : file_(file) {}
	Result<void> load(VolumeTime now, const std::function<void(const VolumeEntry&)>& entry,
	                  const std::function<void(VolumeUser)>& user) override {
		for (const auto& [key, stored] : file_.entries)
			if (!stored.is_over(now)) entry(stored);
		for (const auto& [key, name] : file_.users) user({key, name});
		return {};
	}
	std::uint64_t secret() const override { return 25; }
	void save(std::vector<VolumeEntry> entries, std::vector<VolumeUser> users, std::function<void(Result<void>)> done) override {
		later(done, [this, entries = std::move(entries), users = std::move(users)] {
			for (const VolumeEntry& entry : entries) file_.entries.insert_or_assign({entry.key(), entry.activity()}, entry);
			for (const VolumeUser& user : users) file_.users[user.key] = user.name;
			++file_.saves;
		});
	}
	void record(std::vector<VolumeRecord> records, std::function<void(Result<void>)> done) override {
		later(done, [this, records = std::move(records)] {
			for (const VolumeRecord& record : records) file_.records[{record.hour, record.key, record.activity}] = record;
		});
	}
	void records(RecordQuery query, std::function<void(const VolumeRecord&)> visit, std::function<void(Result<void>)> done,
	             std::function<void()> conclude = {}) override {
		later(done, [this, query, visit, conclude] {
			for (const auto& [key, record] : file_.records)
				if (record.hour >= query.from && record.hour <= query.to && (!query.key || *query.key == record.key) &&
				    (!query.activity || *query.activity == record.activity))
					visit(record);
			if (conclude) conclude();
		});
	}
	void users(std::function<void(Result<std::vector<VolumeUser>>)> done) override {
		file_.waiting.push_back([this, done] {
			std::vector<VolumeUser> users;
			for (const auto& [key, name] : file_.users) users.push_back({key, name});
			done(users);
		});
	}
	void prune(std::uint32_t oldest_hour, std::uint64_t most_bytes) override {
		file_.oldest_hour = oldest_hour;
		file_.most_bytes = most_bytes;
	}
	VolumeStoreHealth health() const override {
		VolumeStoreHealth health;
		health.problem = file_.problem;
		return health;
	}

private:
	void later(const std::function<void(Result<void>)>& done, std::function<void()> work) {
		file_.waiting.push_back([this, done, work = std::move(work)] {
			if (!file_.problem.empty()) return done(fail(ErrorKind::storage, file_.problem));
			work();
			done({});
		});
	}
	FakeVolumeFile& file_;
};

} // namespace gate25
