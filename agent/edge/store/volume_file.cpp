// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/volume_file.h"
#include "edge/store/quiet_thread.h"

#include <chrono>
#include <future>

namespace gate25 {

namespace {

constexpr std::chrono::seconds between_probes{2};
// More than that means that the disk does not keep up, and memory is no place for it.
constexpr std::size_t most_writes = 64;
constexpr std::size_t most_readings = 8;

} // namespace

VolumeFile::VolumeFile(std::string directory, PostToLoop post_to_loop)
	: post_to_loop_(std::move(post_to_loop)), tables_(std::move(directory)), thread_(start_without_signals([this] { run(); })) {}

VolumeFile::~VolumeFile() {
	{
		const std::lock_guard lock(mutex_);
		is_over_ = true;
	}
	wake_.notify_one();
	thread_.join();
}

// --- called by the loop -------------------------------------------------------------------------------

Result<void> VolumeFile::load(VolumeTime now, const std::function<void(const VolumeEntry&)>& entry,
                              const std::function<void(VolumeUser)>& user) {
	std::promise<Result<void>> loaded;
	Write question;
	question.run = [&]() -> Result<void> {
		auto result = tables_.load(now, entry, user);
		if (const auto secret = tables_.secret()) secret_ = *secret;
		tell(result);
		loaded.set_value(result);
		return result;
	};
	question.is_question = true;
	{
		const std::lock_guard lock(mutex_);
		writes_.push_back(std::move(question));
	}
	wake_.notify_one();
	return loaded.get_future().get();
}

void VolumeFile::add_write(Write write) {
	{
		const std::lock_guard lock(mutex_);
		if (writes_.size() < most_writes) writes_.push_back(std::exchange(write, {}));
	}
	wake_.notify_one();
	if (write.run) answer(std::move(write.done), fail(ErrorKind::busy, "the disk is too slow for what is counted; try again later"));
}

void VolumeFile::save(std::vector<VolumeEntry> entries, std::vector<VolumeUser> users, Done done) {
	add_write({[this, entries = std::move(entries), users = std::move(users)] { return tables_.save(entries, users); }, std::move(done)});
}

void VolumeFile::record(std::vector<VolumeRecord> records, Done done) {
	add_write({[this, records = std::move(records)] { return tables_.record(records); }, std::move(done)});
}

void VolumeFile::records(RecordQuery query, std::function<void(const VolumeRecord&)> visit, Done done,
                         std::function<void()> conclude) {
	{
		const std::lock_guard lock(mutex_);
		if (readings_.size() < most_readings) {
			readings_.push_back({query, std::move(visit), std::move(done), std::move(conclude)});
			done = nullptr;
		}
	}
	wake_.notify_one();
	if (done) answer(std::move(done), fail(ErrorKind::busy, "the record is being read for " + std::to_string(most_readings) + " others; try again later"));
}

void VolumeFile::users(std::function<void(Result<std::vector<VolumeUser>>)> done) {
	auto found = std::make_shared<std::vector<VolumeUser>>();
	Write question;
	question.run = [this, found]() -> Result<void> {
		auto users = tables_.users();
		if (!users) return fail(users.error());
		*found = std::move(*users);
		return {};
	};
	question.is_question = true;
	question.done = [found, done = std::move(done)](const Result<void>& result) {
		if (result) done(std::move(*found));
		else done(fail(result.error()));
	};
	add_write(std::move(question));
}

void VolumeFile::prune(std::uint32_t oldest_hour, std::uint64_t most_bytes) {
	{
		const std::lock_guard lock(mutex_);
		prune_ = bound_ = Prune{oldest_hour, most_bytes};
	}
	wake_.notify_one();
}

VolumeStoreHealth VolumeFile::health() const {
	const std::lock_guard lock(mutex_);
	return health_;
}

// --- the thread ---------------------------------------------------------------------------------------

bool VolumeFile::has_nothing() const { return writes_.empty() && readings_.empty() && !prune_ && !is_over_; }

// What waits to be written goes first, then one hour for a reader or a piece of pruning.
void VolumeFile::run() {
	for (;;) {
		std::unique_lock lock(mutex_);
		const bool has_work = wake_.wait_for(lock, between_probes, [this] { return !has_nothing(); });
		if (!writes_.empty()) {
			const Write next = std::move(writes_.front());
			writes_.pop_front();
			lock.unlock();
			write(next);
			continue;
		}
		if (is_over_) return;
		std::optional<Reading> reading;
		if (!readings_.empty()) {
			reading = std::move(readings_.front());
			readings_.pop_front();
		}
		const auto prune = prune_;
		lock.unlock();
		if (reading) read_an_hour(std::move(*reading));
		if (prune) prune_some(*prune);
		if (!has_work) look_after();
	}
}

void VolumeFile::write(const Write& write) {
	auto result = write.run();
	tables_.tidy();
	if (write.is_question && result) measure();
	else tell(result);
	keep_bound();
	answer(write.done, std::move(result));
}

// Between two calls of prune() the file may not outgrow it either.
void VolumeFile::keep_bound() {
	const std::lock_guard lock(mutex_);
	if (bound_ && health_.bytes > bound_->most_bytes && health_.oldest) prune_ = bound_;
}

void VolumeFile::read_an_hour(Reading reading) {
	const auto has_more = tables_.visit_next_hour(reading.query, reading.visit);
	if (!has_more) {
		tell(fail(has_more.error()));
		return answer(std::move(reading.done), fail(has_more.error()));
	}
	if (!*has_more) {
		measure();
		if (reading.conclude) reading.conclude();
		return answer(std::move(reading.done), {});
	}
	const std::lock_guard lock(mutex_);
	readings_.push_back(std::move(reading));
}

void VolumeFile::prune_some(const Prune& prune) {
	const auto is_done = tables_.prune_some(prune.oldest_hour, prune.most_bytes);
	tell(is_done ? Result<void>() : fail(is_done.error()));
	if (is_done && !*is_done) return;
	const std::lock_guard lock(mutex_);
	// Somebody may have asked for more meanwhile.
	if (prune_ && prune_->oldest_hour == prune.oldest_hour && prune_->most_bytes == prune.most_bytes) prune_.reset();
}

// Whether the file is still there, and, after a failure, whether it can be written again.
void VolumeFile::look_after() {
	const bool has_failed = !health().problem.empty();
	if (has_failed) tell(tables_.probe());
}

void VolumeFile::tell(const Result<void>& written) {
	{
		const std::lock_guard lock(mutex_);
		health_.problem = written ? "" : written.error().text;
	}
	measure();
}

void VolumeFile::measure() {
	const auto size = tables_.size();
	const std::lock_guard lock(mutex_);
	health_.warning = tables_.warning();
	health_.forgotten = tables_.forgotten();
	if (!size) return;
	health_.bytes = size->bytes;
	health_.oldest.reset();
	if (size->oldest_hour) health_.oldest = UnixTime(std::chrono::hours(*size->oldest_hour));
}

void VolumeFile::answer(Done done, Result<void> result) {
	if (!done) return;
	post_to_loop_([done = std::move(done), result = std::move(result)] { done(result); });
}

} // namespace gate25
