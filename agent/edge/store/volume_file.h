// SPDX-License-Identifier: GPL-2.0-or-later
//
// What was counted, in a SQLite file of its own and on a thread of its own: neither a decision nor a packet waits for
// it. The file opens by itself and again when it failed, so there is no error at the start but in health().
#pragma once

#include "edge/store/volume_file_tables.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace gate25 {

class VolumeFile : public VolumeStore {
public:
	using PostToLoop = std::function<void(std::function<void()>)>;
	// In the directory of the store of decisions, which must have been claimed (state_directory.h). `post_to_loop` is called
	// from another thread.
	VolumeFile(std::string directory, PostToLoop post_to_loop);
	// Writes what waits; whoever still reads gets no answer.
	~VolumeFile() override;
	VolumeFile(const VolumeFile&) = delete;
	VolumeFile& operator=(const VolumeFile&) = delete;

	[[nodiscard]] Result<void> load(VolumeTime now, const std::function<void(const VolumeEntry&)>& entry,
	                                const std::function<void(VolumeUser)>& user) override;
	std::uint64_t secret() const override { return secret_; }
	void save(std::vector<VolumeEntry> entries, std::vector<VolumeUser> users, std::function<void(Result<void>)> done) override;
	void record(std::vector<VolumeRecord> records, std::function<void(Result<void>)> done) override;
	void records(RecordQuery query, std::function<void(const VolumeRecord&)> visit, std::function<void(Result<void>)> done,
	             std::function<void()> conclude = {}) override;
	void users(std::function<void(Result<std::vector<VolumeUser>>)> done) override;
	void prune(std::uint32_t oldest_hour, std::uint64_t most_bytes) override;
	VolumeStoreHealth health() const override;

private:
	using Done = std::function<void(Result<void>)>;
	struct Write {
		std::function<Result<void>()> run;
		Done done;
		bool is_question = false; // nothing is written
	};
	struct Reading {
		RecordQuery query;
		std::function<void(const VolumeRecord&)> visit;
		Done done;
		std::function<void()> conclude;
	};
	struct Prune {
		std::uint32_t oldest_hour;
		std::uint64_t most_bytes;
	};
	void add_write(Write write);
	void run();
	bool has_nothing() const; // with the mutex held
	void write(const Write& write);
	void read_an_hour(Reading reading);
	void prune_some(const Prune& prune);
	void look_after();
	void tell(const Result<void>& written);
	void measure();
	void keep_bound();
	void answer(Done done, Result<void> result);

	PostToLoop post_to_loop_;
	std::uint64_t secret_ = 0; // written while load() waits
	VolumeTables tables_; // of the thread
	mutable std::mutex mutex_; // for all below
	std::condition_variable wake_;
	std::deque<Write> writes_;
	std::deque<Reading> readings_;
	std::optional<Prune> prune_;
	std::optional<Prune> bound_; // of the last prune()
	bool is_over_ = false;
	VolumeStoreHealth health_;
	std::thread thread_; // last: it uses everything above
};

} // namespace gate25
