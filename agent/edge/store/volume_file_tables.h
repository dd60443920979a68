// SPDX-License-Identifier: GPL-2.0-or-later
//
// The open database of the volume store, one thing at a time; used by one thread only. It opens itself when it is
// needed and again after a failure. A file that is damaged, or no file of ours, is moved aside: counting begins anew,
// which harms nobody.
//
// The records of an hour are kept in chunks (wire/volume_blob.h), found by the first and the last key in them. What is
// written at once is a run, sorted; a later run counts where two have the same key. A run that is not more than twice as
// big as the one that comes is merged with it, so there are few of them and each record is written few times.
#pragma once

#include "core/volume_world.h"
#include "edge/store/sqlite.h"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace gate25 {

class VolumeTables {
public:
	explicit VolumeTables(std::string directory) : directory_(std::move(directory)), path_(directory_ + "/volume.db") {}
	~VolumeTables();

	[[nodiscard]] Result<void> load(VolumeTime now, const std::function<void(const VolumeEntry&)>& entry,
	                                const std::function<void(VolumeUser)>& user);
	[[nodiscard]] Result<std::uint64_t> secret();
	// Some thousand in each transaction.
	[[nodiscard]] Result<void> save(std::span<const VolumeEntry> entries, std::span<const VolumeUser> users);
	[[nodiscard]] Result<void> record(std::vector<VolumeRecord> records);
	// The records of the first hour from query.from on that has any; then query.from is the next one. False: there was none.
	[[nodiscard]] Result<bool> visit_next_hour(RecordQuery& query, const std::function<void(const VolumeRecord&)>& visit);
	[[nodiscard]] Result<std::vector<VolumeUser>> users();
	// Does some of what is to be done; true: that was all.
	[[nodiscard]] Result<bool> prune_some(std::uint32_t oldest_hour, std::uint64_t most_bytes);
	// Writes something that changes nothing: whether the disk takes it again.
	[[nodiscard]] Result<void> probe();
	// Copies the log into the database when it has grown, or at once.
	void tidy(bool is_urgent = false);

	struct Size {
		std::uint64_t bytes = 0; // of the file
		std::uint64_t used = 0;  // without what is free in it
		std::optional<std::uint32_t> oldest_hour;
	};
	[[nodiscard]] Result<Size> size();
	const std::string& warning() const { return warning_; }
	std::uint64_t forgotten() const { return forgotten_; }

private:
	struct Chunk {
		std::int64_t id = 0;
		std::int64_t run = 0;
	};
	class Merge;
	friend class Merge;
	// Runs it on an open file; where that is found to be damaged, once more on a new one.
	template <class Operation> auto on_file(Operation operation) -> decltype(operation());
	Result<void> ready();
	Result<void> connect();
	Result<void> connect_once(sql::Fault& fault);
	Result<void> prepare_schema();
	Result<void> check_layout();
	Result<void> move_aside(const std::string& why);
	Result<void> check_place();
	void remember_place();

	Result<void> save_slice(std::span<const VolumeEntry> entries, std::span<const VolumeUser> users);
	Result<void> load_entries(VolumeTime now, const std::function<void(const VolumeEntry&)>& visit);
	Result<void> load_users(const std::function<void(VolumeUser)>& visit);

	Result<void> add_run(std::vector<VolumeRecord> run);
	Result<std::int64_t> merge_runs(std::vector<VolumeRecord>& run);
	Result<void> read_run(std::uint32_t hour, Activity activity, std::int64_t run, std::vector<VolumeRecord>& records);
	Result<void> remember_users(std::span<const VolumeRecord> records);
	Result<std::vector<VolumeRecord>> read_chunk(std::uint32_t hour, Activity activity, std::int64_t id);
	Result<void> visit_all(std::uint32_t hour, Activity activity, const std::function<void(const VolumeRecord&)>& visit);
	Result<void> visit_one(std::uint32_t hour, Activity activity, const VolumeKey& key,
	                       const std::function<void(const VolumeRecord&)>& visit);

	// How many rows went.
	template <class... Values> Result<int> forget(std::string_view statement, const Values&... values);
	Result<int> forget_chunks(std::string_view which, std::uint32_t oldest_hour, std::uint64_t& forgotten);
	Result<bool> give_back(const Size& size);

	std::string directory_;
	std::string path_;
	std::unique_ptr<sql::Database> database_;
	std::string warning_;
	std::uint64_t forgotten_ = 0;
	std::uint64_t device_ = 0, inode_ = 0;
	std::int64_t file_size_ = 0;       // when last looked at
	VolumeTime newest_ = 0;            // of all that was saved or loaded for: entries are old by it
	std::int64_t entries_pruned_to_ = 0;
};

} // namespace gate25
