// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who held which prefix, in a SQLite file of its own and on a thread of its own: neither a packet nor a decision waits for
// it. Whatever waits to be written shares one transaction and one sync. The file opens by itself and again when it failed,
// so there is no error at the start but in health() and in each answer.
#pragma once

#include "edge/store/assignment_file_tables.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <variant>

namespace gate25 {

class AssignmentFile : public AssignmentStore {
public:
	using PostToLoop = std::function<void(std::function<void()>)>;
	// In the directory of the store of decisions, which must have been claimed (state_directory.h). `post_to_loop` is called
	// from another thread.
	AssignmentFile(std::string directory, PostToLoop post_to_loop);
	// Writes and answers what waits.
	~AssignmentFile() override;
	AssignmentFile(const AssignmentFile&) = delete;
	AssignmentFile& operator=(const AssignmentFile&) = delete;

	[[nodiscard]] Result<void> load(const std::function<void(Assignment&&)>& visit) override;
	void set_sources(std::vector<std::string> by_rank) override;
	void write(std::vector<AssignmentRow> rows, std::function<void(Result<void>)> done) override;
	void holders(std::vector<HolderQuestion> questions,
	             std::function<void(Result<std::vector<std::optional<Assignment>>>)> done) override;
	void history(AssignmentQuery query, std::function<void(Result<std::vector<AssignmentRow>>)> done) override;
	void prune(UnixTime older_than) override;
	void forget(const std::string& subscriber, std::function<void(Result<std::uint64_t>)> done) override;
	AssignmentStoreHealth health() const override;

private:
	using Clock = std::chrono::steady_clock;
	struct Write {
		std::vector<AssignmentRow> rows;
		std::function<void(Result<void>)> done;
	};
	using Call = std::function<void()>; // on the thread
	using Work = std::variant<Write, Call>;

	// `ask` on the thread, `done` with its answer on the loop.
	template <class Value> void call(std::function<Result<Value>()> ask, std::function<void(Result<Value>)> done) {
		add([this, ask = std::move(ask), done = std::move(done)] {
			auto answer = std::make_shared<Result<Value>>(ask());
			tell_error(*answer ? nullptr : &answer->error());
			post_to_loop_([answer, done] { done(std::move(*answer)); });
		});
	}
	void add(Work work);
	void run();
	bool has_nothing() const; // with the mutex held
	std::vector<Write> take_group();
	void write_group(std::vector<Write> group);
	void flush_if_due(bool is_quiet);
	void prune_some(UnixTime older_than);
	void look_after();
	void tell(const Result<void>& written);
	void tell_error(const Error* error);
	void measure();

	PostToLoop post_to_loop_;
	AssignmentTables tables_; // of the thread, as the next one
	std::optional<Clock::time_point> refreshed_since_;

	mutable std::mutex mutex_; // for all below
	std::condition_variable wake_;
	std::deque<Work> work_;
	std::optional<UnixTime> prune_;
	bool is_over_ = false;
	AssignmentStoreHealth health_;
	std::thread thread_; // last: it uses everything above
};

} // namespace gate25
