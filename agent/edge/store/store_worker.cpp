// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/store_worker.h"
#include "core/subscriber_key.h"
#include "edge/store/open_file.h"
#include "edge/store/quiet_thread.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <iterator>

namespace gate25 {

namespace {

// Of a transaction: enough that one sync is shared by many, few enough that an alert among a bulk import is
// answered soon.
constexpr std::size_t changes_per_group = 60000;
constexpr std::chrono::seconds between_probes{1};
constexpr std::chrono::seconds between_looks{10};

std::uint64_t microseconds_since(std::chrono::steady_clock::time_point start) {
	const auto passed = std::chrono::steady_clock::now() - start;
	return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(passed).count());
}

// When damage is met on the way, all is read again from what could be saved: in the same order, as far as it goes.
StoreVisitor each_once(const StoreVisitor& visitor) {
	StoreVisitor once;
	if (visitor.quarantine) {
		once.quarantine = [&visitor, last = std::uint64_t{0}](Quarantine&& read) mutable {
			if (read.id <= last) return;
			last = read.id;
			visitor.quarantine(std::move(read));
		};
	}
	once.release = visitor.release; // twice is no harm
	if (visitor.tally) {
		once.tally = [&visitor, last = std::optional<Prefix>()](const Prefix& prefix, const Tally& tally) mutable {
			if (last && prefix <= *last) return;
			last = prefix;
			visitor.tally(prefix, tally);
		};
	}
	if (visitor.alert) {
		once.alert = [&visitor, last = std::uint64_t{0}](const AlertRow& row) mutable {
			if (row.id <= last) return;
			last = row.id;
			visitor.alert(row);
		};
	}
	if (visitor.subscriber) {
		once.subscriber = [&visitor, last = std::optional<std::int64_t>()](Subscriber&& read) mutable {
			const auto key = static_cast<std::int64_t>(subscriber_bits(subscriber_key(read.id)));
			if (last && key <= *last) return;
			last = key;
			visitor.subscriber(std::move(read));
		};
	}
	if (visitor.notice) {
		once.notice = [&visitor, last = std::uint64_t{0}](Notice&& read) mutable {
			if (read.id <= last) return;
			last = read.id;
			visitor.notice(std::move(read));
		};
	}
	return once;
}

} // namespace

StoreWorker::StoreWorker(StateDirectory directory, const BootId& boot, std::unique_ptr<StoreFile> file,
                         std::string warning, PostToLoop post_to_loop)
	: directory_(std::move(directory)), boot_(boot), file_(std::move(file)), warning_(std::move(warning)),
	  post_to_loop_(std::move(post_to_loop)), thread_(start_without_signals([this] { run(); })) {}

StoreWorker::~StoreWorker() {
	{
		const std::lock_guard lock(mutex_);
		is_over_ = true;
	}
	wake_.notify_one();
	thread_.join();
}

// --- called by others ---------------------------------------------------------------------------------

void StoreWorker::commit(PendingCommit commit) {
	{
		const std::lock_guard lock(mutex_);
		health_.waiting += commit.changes.size();
		commits_.push_back(std::move(commit));
	}
	wake_.notify_one();
}

void StoreWorker::add_question(Question question) {
	{
		const std::lock_guard lock(mutex_);
		questions_.push_back(std::move(question));
	}
	wake_.notify_one();
}

void StoreWorker::alerts(AlertSearch search, std::function<void(Result<std::vector<AlertRow>>)> done) {
	add_question([this, search = std::move(search), done = std::move(done)](StoreFile& file) mutable {
		auto is_over = file.alerts(search);
		if (is_over && !*is_over) return false;
		auto answer = std::make_shared<Result<std::vector<AlertRow>>>(std::move(search.found));
		if (!is_over) *answer = fail(is_over.error());
		post_to_loop_([answer, done = std::move(done)] { done(std::move(*answer)); });
		return true;
	});
}

void StoreWorker::forget(const Prefix& key, std::function<void(Result<std::uint64_t>)> done) {
	add_question([this, forgetting = Forgetting{.key = key}, done = std::move(done)](StoreFile& file) mutable {
		auto is_over = file.forget_step(forgetting);
		forget_begins(std::exchange(forgetting.forgotten, {}));
		if (is_over && !*is_over) return false;
		auto answer = std::make_shared<Result<std::uint64_t>>(forgetting.rows);
		if (!is_over) *answer = fail(is_over.error());
		post_to_loop_([answer, done = std::move(done)] { done(std::move(*answer)); });
		return true;
	});
}

void StoreWorker::prune(UnixTime older_than) {
	{
		const std::lock_guard lock(mutex_);
		prune_older_than_ = older_than;
	}
	wake_.notify_one();
}

StoreHealth StoreWorker::health() const {
	const std::lock_guard lock(mutex_);
	return health_;
}

Result<void> StoreWorker::is_in_place() const {
	return file_->is_in_place();
}

Result<StoredState> StoreWorker::load(const Now& now, const StoreVisitor& visitor) {
	Result<StoredState> state;
	wait_for([&] { state = load_or_replace(now, visitor); });
	return state;
}

void StoreWorker::wait_for(std::function<void()> urgent) {
	std::promise<void> promise;
	{
		const std::lock_guard lock(mutex_);
		urgent_ = [&] {
			urgent();
			promise.set_value();
		};
	}
	wake_.notify_one();
	promise.get_future().wait();
}

// --- the thread ---------------------------------------------------------------------------------------

void StoreWorker::run() {
	for (;;) {
		Work work = next();
		if (work.is_over) return;
		if (work.urgent) work.urgent();
		if (!work.commits.empty()) write(std::move(work.commits));
		read(std::move(work.questions));
		if (work.prune_older_than) prune_some(*work.prune_older_than);
		if (work.is_quiet) look_after();
		file_->tidy(is_idle());
	}
}

bool StoreWorker::is_idle() const {
	const std::lock_guard lock(mutex_);
	return has_nothing();
}

bool StoreWorker::has_nothing() const {
	return commits_.empty() && questions_.empty() && !urgent_ && !is_over_ && !prune_older_than_;
}

StoreWorker::Work StoreWorker::next() {
	std::unique_lock lock(mutex_);
	const auto has_work = [this] { return !has_nothing(); };
	Work work;
	const auto patience = health_.is_writable ? between_looks : between_probes;
	work.is_quiet = !wake_.wait_for(lock, patience, has_work);
	work.urgent = std::exchange(urgent_, nullptr);
	work.commits = take_group();
	work.questions = std::exchange(questions_, {});
	work.is_over = is_over_ && work.commits.empty() && work.questions.empty() && !work.urgent;
	if (!is_over_) work.prune_older_than = prune_older_than_;
	return work;
}

std::vector<PendingCommit> StoreWorker::take_group() {
	std::size_t count = 0;
	for (std::size_t changes = 0; count < commits_.size() && changes < changes_per_group; ++count)
		changes += commits_[count].changes.size();
	std::vector<PendingCommit> group;
	group.reserve(count); // growing would copy: a Result may throw when it is moved
	const auto end = commits_.begin() + static_cast<std::ptrdiff_t>(count);
	group.insert(group.end(), std::make_move_iterator(commits_.begin()), std::make_move_iterator(end));
	commits_.erase(commits_.begin(), end);
	return group;
}

void StoreWorker::write(std::vector<PendingCommit> commits) {
	const auto start = std::chrono::steady_clock::now();
	std::string notice;
	file_->write(commits, notice);
	const std::uint64_t microseconds = microseconds_since(start);
	{
		const std::lock_guard lock(mutex_);
		if (!notice.empty()) health_.notice = notice;
		for (const PendingCommit& commit : commits) health_.waiting -= commit.changes.size();
	}
	for (PendingCommit& commit : commits) {
		record(commit.result, microseconds);
		answer(std::move(commit));
	}
}

void StoreWorker::record(const Result<void>& result, std::uint64_t microseconds) {
	const std::lock_guard lock(mutex_);
	if (result) ++health_.commits;
	else ++health_.failures;
	health_.last_commit_us = microseconds;
	health_.problem = result ? "" : result.error().text;
	// A row that was refused says nothing about the disk.
	health_.is_writable = result || result.error().kind == ErrorKind::bad_input;
}

void StoreWorker::answer(PendingCommit commit) {
	post_to_loop_([begins = begins_, begun = std::move(commit.begun), done = std::move(commit.done),
	               result = std::move(commit.result)] {
		if (result)
			for (const Begin& begin : begun) begins->add(begin.prefix, begin.from);
		if (done) done(result);
	});
}

void StoreWorker::read(std::vector<Question> questions) {
	std::erase_if(questions, [this](Question& question) { return question(*file_); });
	if (questions.empty()) return;
	const std::lock_guard lock(mutex_);
	questions_.insert(questions_.begin(), std::make_move_iterator(questions.begin()),
	                  std::make_move_iterator(questions.end()));
}

// What is forgotten is added up before.
Result<PruneStep> StoreWorker::forget_some(UnixTime older_than) {
	auto is_folded = file_->fold_step();
	if (!is_folded) return fail(is_folded.error());
	if (!*is_folded) return PruneStep{.is_last = false, .forgotten = {}};
	return file_->prune_step(older_than);
}

void StoreWorker::prune_some(UnixTime older_than) {
	auto step = forget_some(older_than);
	if (!step) record(fail(step.error()), 0);
	if (!step || step->is_last) {
		const std::lock_guard lock(mutex_);
		// Somebody may have asked anew meanwhile.
		if (prune_older_than_ == older_than) prune_older_than_.reset();
	}
	if (step) forget_begins(std::move(step->forgotten));
}

void StoreWorker::forget_begins(std::vector<Begin> forgotten) {
	if (forgotten.empty()) return;
	post_to_loop_([begins = begins_, forgotten = std::move(forgotten)] {
		for (const Begin& begin : forgotten) begins->remove(begin.prefix, begin.from);
	});
}

// While commits fail, whether the disk is well again; otherwise only whether the file is still there.
void StoreWorker::look_after() {
	std::string notice;
	const bool was_writable = health().is_writable;
	auto well = file_->keep_in_place(notice);
	if (well && !was_writable) well = file_->probe();
	const std::lock_guard lock(mutex_);
	health_.is_writable = well.has_value();
	health_.problem = well ? "" : well.error().text;
	if (!notice.empty()) health_.notice = notice;
}

Result<StoredState> StoreWorker::load_or_replace(const Now& now, const StoreVisitor& visitor) {
	begins_->clear();
	const StoreVisitor hand_over = each_once(visitor);
	auto state = file_->load(now, hand_over, *begins_);
	if (!state && file_->last_fault() == sql::Fault::damaged) {
		file_.reset();
		auto replaced = replace_damaged(directory_, boot_, state.error(), warning_);
		if (!replaced) return fail(replaced.error());
		file_ = std::move(*replaced);
		begins_->clear();
		state = file_->load(now, hand_over, *begins_);
	}
	if (state) state->warning = warning_;
	file_->give_back_memory();
	return state;
}

} // namespace gate25
