// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/reader/reader_pool.h"

#include <algorithm>
#include <fmt/format.h>

namespace gate25 {
namespace {

using SteadyClock = std::chrono::steady_clock;

// What one process has in hand at once: enough that it never waits for the agent.
constexpr std::size_t most_under_way = 256;
constexpr std::size_t most_bytes_under_way = std::size_t{4} << 20U;
constexpr std::chrono::seconds pause_after_failure{1};
constexpr unsigned most_tries = 2;

tl::unexpected<Error> busy(std::string text) {
	return fail(ErrorKind::busy, std::move(text));
}

} // namespace

struct ReaderPool::Job {
	ReadingJob job;
	Done done;
	std::uint64_t number = 0;
	unsigned tries = 0;   // that a death ended
	bool is_solo = false; // suspected
	std::size_t size() const {
		std::size_t size = job.bytes.size() + job.signature.size();
		for (const std::string& key : job.keys) size += key.size();
		return size;
	}
};

struct ReaderPool::Fetch {
	std::string server, key;
	KeyDone done;
};

ReaderPool::ReaderPool(Loop& loop, ReaderOptions options)
    : loop_(loop), options_(std::move(options)), reader_(processes_.end()) {
	Scratch::sweep(options_.scratch);
}

ReaderPool::~ReaderPool() = default;

void ReaderPool::later(Loop::Function call) {
	loop_.post([alive = std::weak_ptr<bool>(alive_), call = std::move(call)] {
		if (!alive.expired()) call();
	});
}

void ReaderPool::finish(const JobPtr& job, Result<Reading> result) {
	--jobs_;
	bytes_ -= job->size();
	if (result) ++done_;
	job->done(std::move(result));
}

void ReaderPool::read(ReadingJob job, Done done) {
	auto queued = std::make_shared<Job>(Job{std::move(job), std::move(done)});
	const std::size_t size = queued->size();
	const auto refuse = [&](tl::unexpected<Error> error) {
		later([queued, error = std::move(error)] { queued->done(error); });
	};
	if (size > largest_job || queued->job.keys.size() + 2 > most_texts)
		return refuse(fail(ErrorKind::bad_input, fmt::format("expected a report of at most {} bytes and its keys, got {} bytes "
		                                                     "and {} keys", largest_job, size, queued->job.keys.size())));
	if (jobs_ >= options_.most_waiting || bytes_ + size > options_.most_bytes)
		return refuse(busy(fmt::format("{} reports wait to be read, try again later", jobs_)));
	const bool is_detached = !queued->job.signature.empty();
	if (is_detached && signed_.size() >= options_.most_signed)
		return refuse(busy(fmt::format("{} signatures wait to be verified, try again later", signed_.size())));
	++jobs_;
	bytes_ += size;
	queued->number = next_number_++;
	(is_detached ? signed_ : waiting_).push_back(std::move(queued));
	// Later, so that many that come in one turn of the loop go out together, and nobody is called back from here.
	later([this, is_detached] { is_detached ? pump_signed() : pump(); });
}

ReadersHealth ReaderPool::health() const {
	return {static_cast<unsigned>(processes_.size()), done_, restarts_, jobs_,
	        problem_.empty() ? problem_of_others_ : problem_};
}

// --- the one that lives long -------------------------------------------------------------------------

void ReaderPool::pump() {
	while (!waiting_.empty()) {
		if (!under_way_.empty() && (under_way_.front()->is_solo || waiting_.front()->is_solo ||
		                            under_way_.size() >= most_under_way || bytes_under_way_ >= most_bytes_under_way))
			return;
		if (reader_ != processes_.end() && sent_ >= options_.jobs_per_process) {
			if (!under_way_.empty()) return;
			retire();
		}
		if (!has_reader()) return;
		const JobPtr job = waiting_.front();
		waiting_.pop_front();
		hand_out(job);
	}
}

void ReaderPool::hand_out(const JobPtr& job) {
	++sent_;
	bytes_under_way_ += job->size();
	under_way_.push_back(job);
	(*reader_)->send(job->number, {job->job.bytes}, job);
}

bool ReaderPool::has_reader() {
	if (reader_ != processes_.end()) return true;
	std::string why = problem_;
	if (!started_in_vain_lately()) {
		auto events = std::make_shared<ReaderProcess::Events>();
		events->answered = [this](std::uint64_t number, Answer answer) { answered(number, std::move(answer)); };
		events->ended = [this](const std::string& reason) { reader_ended(reason); };
		auto started = start({options_.program, {}, Answerer::reader, options_.deadline}, {}, events);
		if (started) {
			reader_ = *started;
			is_ready_ = false;
			sent_ = 0;
			return true;
		}
		why = started.error().text;
		could_not_start(why);
	}
	for (const JobPtr& job : std::exchange(waiting_, {}))
		finish(job, fail(ErrorKind::unavailable, "no reader can be started: " + why));
	return false;
}

void ReaderPool::retire() {
	(*reader_)->finish();
	reader_ = processes_.end();
}

void ReaderPool::answered(std::uint64_t number, Answer answer) {
	if (number == 0) {
		is_ready_ = true;
		problem_.clear();
		return;
	}
	const JobPtr job = under_way_.front();
	under_way_.pop_front();
	bytes_under_way_ -= job->size();
	if (answer.kind == Answer::Kind::reading)
		finish(job, std::move(answer.reading));
	else if (answer.kind == Answer::Kind::failed)
		finish(job, fail(ErrorKind::bad_input, answer.why));
	else if (signed_.size() >= options_.most_signed)
		finish(job, busy(fmt::format("{} signatures wait to be verified, try again later", signed_.size())));
	else {
		signed_.push_back(job);
		pump_signed();
	}
	if (!waiting_.empty()) pump();
}

void ReaderPool::reader_ended(const std::string& why) {
	reader_ = processes_.end();
	++restarts_;
	bytes_under_way_ = 0;
	auto suspects = std::exchange(under_way_, {});
	if (!is_ready_) could_not_start(why);
	const bool is_alone = suspects.size() == 1;
	for (; !suspects.empty(); suspects.pop_back()) {
		const JobPtr& job = suspects.back();
		job->is_solo = job->is_solo || is_ready_;
		job->tries += is_ready_ ? 1 : 0;
		if (is_alone && job->tries >= most_tries)
			finish(job, fail(ErrorKind::bad_input, "two readers have died of it: " + why));
		else
			waiting_.push_front(job);
	}
	pump();
}

// --- starting them -----------------------------------------------------------------------------------

Result<ReaderPool::Process> ReaderPool::start(const ReaderStart& how, Scratch scratch,
                                              const std::shared_ptr<ReaderProcess::Events>& events) {
	const Process place = processes_.emplace(processes_.end());
	events->gone = [this, place] { later([this, place] { processes_.erase(place); }); };
	auto process = ReaderProcess::start(loop_, how, std::move(scratch), *events);
	if (!process) {
		processes_.erase(place);
		return fail(process.error());
	}
	*place = std::move(*process);
	return place;
}

void ReaderPool::could_not_start(const std::string& why) {
	problem_ = why;
	failed_ = SteadyClock::now();
}

bool ReaderPool::started_in_vain_lately() const {
	return !problem_.empty() && SteadyClock::now() - failed_ < pause_after_failure;
}

Result<void> ReaderPool::one_shot(const ReaderStart& how, Scratch scratch, std::shared_ptr<const void> keep,
                                  std::vector<std::string_view> texts, OneShotDone done) {
	struct Talk {
		Process process;
		bool was_ready = false, is_told = false;
	};
	const auto talk = std::make_shared<Talk>();
	const auto told = std::make_shared<OneShotDone>(std::move(done));
	auto events = std::make_shared<ReaderProcess::Events>();
	events->answered = [=, this](std::uint64_t number, Answer answer) {
		if (number == 0) {
			talk->was_ready = true;
			problem_of_others_.clear();
			(*talk->process)->send(1, texts, keep);
			return (*talk->process)->finish();
		}
		if (!std::exchange(talk->is_told, true)) (*told)(std::move(answer), true);
	};
	events->ended = [=, this](const std::string& why) {
		++restarts_;
		if (!talk->was_ready) problem_of_others_ = why;
		if (!std::exchange(talk->is_told, true)) (*told)(fail(ErrorKind::unavailable, why), talk->was_ready);
	};
	auto started = start(how, std::move(scratch), events);
	if (!started) return fail(started.error());
	talk->process = *started;
	return {};
}

// --- signatures --------------------------------------------------------------------------------------

void ReaderPool::pump_signed() {
	while (!signed_.empty() && verifying_ < options_.most_verifiers) {
		const JobPtr job = signed_.front();
		signed_.pop_front();
		verify(job);
	}
}

void ReaderPool::verify(const JobPtr& job) {
	auto scratch = Scratch::make(options_.scratch);
	if (!scratch) {
		problem_of_others_ = scratch.error().text;
		return finish(job, fail(scratch.error()));
	}
	const ReaderStart how{options_.program, {"--verify", options_.openpgp.home, scratch->path()}, Answerer::verifier,
	                      options_.deadline};
	std::vector<std::string_view> texts{job->job.bytes, job->job.signature};
	texts.insert(texts.end(), job->job.keys.begin(), job->job.keys.end());
	++verifying_;
	auto started = one_shot(how, std::move(*scratch), job, std::move(texts), [this, job](Result<Answer> answer, bool was_ready) {
		--verifying_;
		verified(job, std::move(answer), was_ready);
		later([this] { pump_signed(); });
	});
	if (started) return;
	--verifying_;
	problem_of_others_ = started.error().text;
	finish(job, fail(ErrorKind::unavailable, "no reader can be started: " + problem_of_others_));
}

void ReaderPool::verified(const JobPtr& job, Result<Answer> answer, bool was_ready) {
	if (answer && answer->kind == Answer::Kind::reading) return finish(job, std::move(answer->reading));
	if (answer) return finish(job, fail(ErrorKind::bad_input, answer->why));
	if (!was_ready) return finish(job, fail(ErrorKind::unavailable, "no reader can be started: " + answer.error().text));
	if (++job->tries >= most_tries)
		return finish(job, fail(ErrorKind::bad_input, "two readers have died of it: " + answer.error().text));
	signed_.push_front(job);
}

// --- keys --------------------------------------------------------------------------------------------

void ReaderPool::fetch_key(const std::string& key, KeyDone done) {
	auto fetch = std::make_shared<Fetch>(Fetch{options_.openpgp.server, key, std::move(done)});
	const auto refuse = [&](tl::unexpected<Error> error) {
		later([fetch, error = std::move(error)] { fetch->done(error); });
	};
	if (fetch->server.empty()) return refuse(fail(ErrorKind::unavailable, "no key server is configured"));
	if (fetches_.size() >= options_.most_fetches) return refuse(busy("too many keys are being asked for, try again later"));
	fetches_.push_back(std::move(fetch));
	later([this] { pump_fetches(); });
}

void ReaderPool::pump_fetches() {
	while (!fetches_.empty() && fetching_ < options_.most_verifiers) {
		const auto fetch = fetches_.front();
		fetches_.pop_front();
		++fetching_;
		// It has a deadline of its own for the server, which is the same; this one is for the process.
		const ReaderStart how{options_.program, {"--fetch"}, Answerer::fetcher, options_.deadline + Milliseconds(2000)};
		auto started = one_shot(how, {}, fetch, {fetch->server, fetch->key}, [this, fetch](Result<Answer> answer, bool) {
			--fetching_;
			if (answer && answer->kind == Answer::Kind::key)
				fetch->done(std::move(answer->key));
			else
				fetch->done(fail(ErrorKind::unavailable, answer ? answer->why : answer.error().text));
			later([this] { pump_fetches(); });
		});
		if (started) continue;
		--fetching_;
		fetch->done(fail(ErrorKind::unavailable, "no reader can be started: " + started.error().text));
	}
}

} // namespace gate25
