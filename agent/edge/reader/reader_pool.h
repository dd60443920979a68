// SPDX-License-Identifier: GPL-2.0-or-later
//
// The agent's readers (core/reading.h): one process that lives long for what is not signed, and for each signed report a
// fresh one, so that a mail that was read before cannot lie about a signature. Never blocks, never holds more than
// its bounds.
//
// A death does not tell which of the jobs under way has caused it. They are done again one by one, and who kills a
// reader when he is alone with it, after it was killed with him before, is given back as bad_input.
#pragma once

#include "core/config.h"
#include "core/reading.h"
#include "edge/loop.h"
#include "edge/reader/reader_process.h"

#include <chrono>
#include <deque>
#include <list>
#include <memory>
#include <string>

namespace gate25 {

struct ReaderOptions {
	std::string program = reader_program();
	std::string scratch = "/tmp"; // below it directories for signatures are made
	OpenPgp openpgp;
	Milliseconds deadline{10'000}; // for each job
	std::size_t jobs_per_process = 50'000;
	std::size_t most_waiting = 10'000; // jobs
	std::size_t most_bytes = std::size_t{64} << 20U;
	std::size_t most_signed = 500; // jobs that wait for a process of their own
	std::size_t most_verifiers = 2;
	std::size_t most_fetches = 100; // that wait
};

class ReaderPool : public Readers {
public:
	ReaderPool(Loop& loop, ReaderOptions options);
	~ReaderPool() override; // kills them all; what is not done is never told
	ReaderPool(const ReaderPool&) = delete;
	ReaderPool& operator=(const ReaderPool&) = delete;

	void read(ReadingJob job, Done done) override;
	void fetch_key(const std::string& key, KeyDone done) override;
	ReadersHealth health() const override;
	// After a reload; for jobs that begin later.
	void configure(OpenPgp openpgp) { options_.openpgp = std::move(openpgp); }

private:
	struct Job;
	struct Fetch;
	using JobPtr = std::shared_ptr<Job>;
	using Process = std::list<std::unique_ptr<ReaderProcess>>::iterator;
	using OneShotDone = std::function<void(Result<Answer>, bool was_ready)>;

	void pump();
	void pump_signed();
	void pump_fetches();
	bool has_reader(); // starts one; false: it cannot, and nothing waits any more
	void hand_out(const JobPtr& job);
	void retire();
	void answered(std::uint64_t number, Answer answer);
	void reader_ended(const std::string& why);
	void verify(const JobPtr& job);
	void verified(const JobPtr& job, Result<Answer> answer, bool was_ready);
	Result<void> one_shot(const ReaderStart& how, Scratch scratch, std::shared_ptr<const void> keep,
	                      std::vector<std::string_view> texts, OneShotDone done);
	[[nodiscard]] Result<Process> start(const ReaderStart& how, Scratch scratch,
	                                    const std::shared_ptr<ReaderProcess::Events>& events);
	void could_not_start(const std::string& why);
	bool started_in_vain_lately() const;
	void finish(const JobPtr& job, Result<Reading> result);
	void later(Loop::Function call);

	Loop& loop_;
	ReaderOptions options_;
	std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
	std::list<std::unique_ptr<ReaderProcess>> processes_; // also those that are about to end

	Process reader_; // end(): none
	bool is_ready_ = false;
	std::size_t sent_ = 0; // to this one
	std::deque<JobPtr> waiting_, under_way_, signed_;
	std::size_t bytes_under_way_ = 0;
	std::size_t verifying_ = 0, fetching_ = 0;
	std::deque<std::shared_ptr<Fetch>> fetches_;

	std::size_t jobs_ = 0, bytes_ = 0; // not done
	std::uint64_t next_number_ = 1, done_ = 0, restarts_ = 0;
	// Why the one that lives long cannot be started, and why those for one job cannot.
	std::string problem_, problem_of_others_;
	std::chrono::steady_clock::time_point failed_{};
};

} // namespace gate25
