// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/assignment_file.h"
#include "edge/store/quiet_thread.h"

#include <future>

namespace gate25 {

namespace {

constexpr std::chrono::milliseconds between_probes{200}; // while something is wrong
constexpr std::chrono::milliseconds between_looks{500};
constexpr std::chrono::seconds between_flushes{30};
// Of a transaction: enough that one sync is shared by many, few enough that a question among them is answered soon.
constexpr std::size_t rows_per_group = 20'000;
// More than that means that the disk does not keep up, and memory is no place for it.
constexpr std::size_t most_waiting = 1'000'000;

} // namespace

AssignmentFile::AssignmentFile(std::string directory, PostToLoop post_to_loop)
	: post_to_loop_(std::move(post_to_loop)), tables_(std::move(directory)), thread_(start_without_signals([this] { run(); })) {}

AssignmentFile::~AssignmentFile() {
	{
		const std::lock_guard lock(mutex_);
		is_over_ = true;
	}
	wake_.notify_one();
	thread_.join();
}

// --- called by the loop -------------------------------------------------------------------------------

void AssignmentFile::add(Work work) {
	{
		const std::lock_guard lock(mutex_);
		work_.push_back(std::move(work));
	}
	wake_.notify_one();
}

Result<void> AssignmentFile::load(const std::function<void(Assignment&&)>& visit) {
	std::promise<Result<void>> loaded;
	add([&] {
		auto result = tables_.load(visit);
		tell(result);
		loaded.set_value(std::move(result));
	});
	return loaded.get_future().get();
}

void AssignmentFile::set_sources(std::vector<std::string> by_rank) {
	add([this, by_rank = std::move(by_rank)] { tables_.set_sources(by_rank); });
}

void AssignmentFile::write(std::vector<AssignmentRow> rows, std::function<void(Result<void>)> done) {
	{
		const std::lock_guard lock(mutex_);
		// Alone it is taken however much it is: what a disk refused for long must get there some day.
		if (health_.waiting == 0 || health_.waiting + rows.size() <= most_waiting) {
			health_.waiting += rows.size();
			work_.push_back(Write{std::move(rows), std::exchange(done, nullptr)});
		}
	}
	wake_.notify_one();
	if (done)
		post_to_loop_([done = std::move(done)] {
			done(fail(ErrorKind::busy, "the disk is too slow for the assignments that come; try again later"));
		});
}

void AssignmentFile::holders(std::vector<HolderQuestion> questions,
                             std::function<void(Result<std::vector<std::optional<Assignment>>>)> done) {
	call<std::vector<std::optional<Assignment>>>([this, questions = std::move(questions)] { return tables_.holders(questions); }, std::move(done));
}

void AssignmentFile::history(AssignmentQuery query, std::function<void(Result<std::vector<AssignmentRow>>)> done) {
	call<std::vector<AssignmentRow>>([this, query = std::move(query)] { return tables_.history(query); }, std::move(done));
}

void AssignmentFile::forget(const std::string& subscriber, std::function<void(Result<std::uint64_t>)> done) {
	call<std::uint64_t>([this, subscriber] { return tables_.forget(subscriber); }, std::move(done));
}

void AssignmentFile::prune(UnixTime older_than) {
	{
		const std::lock_guard lock(mutex_);
		prune_ = older_than;
	}
	wake_.notify_one();
}

AssignmentStoreHealth AssignmentFile::health() const {
	const std::lock_guard lock(mutex_);
	return health_;
}

// --- the thread ---------------------------------------------------------------------------------------

bool AssignmentFile::has_nothing() const { return work_.empty() && !prune_ && !is_over_; }

// What was called first goes first; pruning when nothing else waits.
void AssignmentFile::run() {
	for (;;) {
		std::unique_lock lock(mutex_);
		const auto patience = health_.is_writable ? between_looks : between_probes;
		const bool has_work = wake_.wait_for(lock, patience, [this] { return !has_nothing(); });
		if (!work_.empty()) {
			auto group = take_group();
			Call call;
			if (group.empty()) {
				call = std::move(std::get<Call>(work_.front()));
				work_.pop_front();
			}
			lock.unlock();
			if (call) call();
			else write_group(std::move(group));
			flush_if_due(false);
			tables_.tidy();
			continue;
		}
		if (is_over_) break;
		const auto prune = prune_;
		lock.unlock();
		if (prune) prune_some(*prune);
		if (!has_work) look_after();
		tables_.tidy();
	}
	static_cast<void>(tables_.flush());
}

// With the mutex held.
std::vector<AssignmentFile::Write> AssignmentFile::take_group() {
	std::vector<Write> group;
	for (std::size_t rows = 0; rows < rows_per_group && !work_.empty() && std::holds_alternative<Write>(work_.front());) {
		group.push_back(std::move(std::get<Write>(work_.front())));
		rows += group.back().rows.size();
		work_.pop_front();
	}
	return group;
}

void AssignmentFile::write_group(std::vector<Write> group) {
	std::vector<AssignmentTables::Rows> parts;
	std::vector<Result<void>> results;
	std::size_t rows = 0;
	for (const Write& write : group) {
		rows += write.rows.size();
		results.push_back(tables_.check(write.rows)); // one that is wrong harms no other
		if (results.back()) parts.emplace_back(write.rows);
	}
	const auto written = parts.empty() ? Result<void>() : tables_.write(parts);
	{
		const std::lock_guard lock(mutex_);
		health_.waiting -= rows;
		++(written ? health_.commits : health_.failures);
	}
	tell(written);
	post_to_loop_([group = std::make_shared<std::vector<Write>>(std::move(group)), results = std::move(results), written] {
		for (std::size_t i = 0; i < group->size(); ++i)
			if ((*group)[i].done) (*group)[i].done(results[i] ? written : results[i]);
	});
}

// Refreshments wait for company.
void AssignmentFile::flush_if_due(bool is_quiet) {
	if (!tables_.has_refreshments()) {
		refreshed_since_.reset();
		return;
	}
	if (!refreshed_since_) refreshed_since_ = Clock::now();
	if (!is_quiet && Clock::now() < *refreshed_since_ + between_flushes) return;
	const auto flushed = tables_.flush();
	refreshed_since_.reset();
	{
		const std::lock_guard lock(mutex_);
		++(flushed ? health_.commits : health_.failures);
	}
	tell(flushed);
}

void AssignmentFile::prune_some(UnixTime older_than) {
	const auto is_done = tables_.prune_some(older_than);
	tell_error(is_done ? nullptr : &is_done.error());
	if (is_done && !*is_done) return;
	const std::lock_guard lock(mutex_);
	// Somebody may have asked for more meanwhile.
	if (prune_ == older_than) prune_.reset();
}

// Whether the file is still there, and, after a failure, whether it can be written again.
void AssignmentFile::look_after() {
	flush_if_due(true);
	tell(health().is_writable ? tables_.ready() : tables_.probe());
}

void AssignmentFile::tell(const Result<void>& written) { tell_error(written ? nullptr : &written.error()); }

// What the caller did wrong says nothing about the disk.
void AssignmentFile::tell_error(const Error* error) {
	{
		const std::lock_guard lock(mutex_);
		health_.warning = tables_.warning();
		if (error != nullptr && error->kind == ErrorKind::bad_input) return;
		health_.problem = error == nullptr ? "" : error->text;
		health_.is_writable = error == nullptr;
	}
	if (error == nullptr) measure();
}

void AssignmentFile::measure() {
	const auto size = tables_.size();
	if (!size) return;
	const std::lock_guard lock(mutex_);
	health_.bytes = size->bytes;
	health_.oldest = size->oldest;
}

} // namespace gate25
