// SPDX-License-Identifier: GPL-2.0-or-later
//
// The thread that alone touches the database, so that a slow disk holds up nobody, and what waits for it.
#pragma once

#include "edge/store/store_file.h"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace gate25 {

using PostToLoop = std::function<void(std::function<void()>)>;

class StoreWorker {
public:
	StoreWorker(StateDirectory directory, const BootId& boot, std::unique_ptr<StoreFile> file, std::string warning,
	            PostToLoop post_to_loop);
	// Finishes what waits, then ends.
	~StoreWorker();
	StoreWorker(const StoreWorker&) = delete;
	StoreWorker& operator=(const StoreWorker&) = delete;

	[[nodiscard]] Result<StoredState> load(const Now& now, const StoreVisitor& visitor);
	void commit(PendingCommit commit);
	// `done` gets what `read` says of the file.
	template <class Value, class Read> void ask(Read read, std::function<void(Result<Value>)> done) {
		add_question([this, read = std::move(read), done = std::move(done)](StoreFile& file) mutable {
			auto value = std::make_shared<Result<Value>>(read(file));
			post_to_loop_([value, done = std::move(done)] { done(std::move(*value)); });
			return true;
		});
	}
	void alerts(AlertSearch search, std::function<void(Result<std::vector<AlertRow>>)> done);
	// Everything about the subscriber of this key, in pieces between which commits go on.
	void forget(const Prefix& key, std::function<void(Result<std::uint64_t>)> done);
	void prune(UnixTime older_than);
	StoreHealth health() const;
	[[nodiscard]] Result<void> is_in_place() const;
	// For the loop's thread only.
	const BeginIndex& begins() const { return *begins_; }

private:
	// Asked of the file; false: commits go first, then it is asked again.
	using Question = std::function<bool(StoreFile&)>;
	struct Work {
		std::function<void()> urgent;
		std::vector<PendingCommit> commits;
		std::vector<Question> questions;
		std::optional<UnixTime> prune_older_than;
		bool is_quiet = false; // nothing to do but to see whether all is well
		bool is_over = false;
	};
	void run();
	Work next();
	bool is_idle() const;
	bool has_nothing() const; // with the mutex held
	std::vector<PendingCommit> take_group();
	void write(std::vector<PendingCommit> commits);
	void answer(PendingCommit commit);
	void add_question(Question question);
	void read(std::vector<Question> questions);
	Result<PruneStep> forget_some(UnixTime older_than);
	void prune_some(UnixTime older_than);
	void forget_begins(std::vector<Begin> forgotten);
	void look_after();
	Result<StoredState> load_or_replace(const Now& now, const StoreVisitor& visitor);
	void wait_for(std::function<void()> urgent);
	void record(const Result<void>& result, std::uint64_t microseconds);

	StateDirectory directory_;
	BootId boot_;
	std::unique_ptr<StoreFile> file_;
	std::string warning_;
	PostToLoop post_to_loop_;
	// Changed on the loop's thread only (and in load(), while the loop waits). Shared with the functions that
	// were posted and may run after the store is gone.
	std::shared_ptr<BeginIndex> begins_ = std::make_shared<BeginIndex>();

	mutable std::mutex mutex_; // for all below
	std::condition_variable wake_;
	std::deque<PendingCommit> commits_;
	std::vector<Question> questions_;
	std::function<void()> urgent_;
	std::optional<UnixTime> prune_older_than_;
	bool is_over_ = false;
	StoreHealth health_;

	std::thread thread_; // last: it uses everything above
};

} // namespace gate25
