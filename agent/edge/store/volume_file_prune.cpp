// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is too old or too much goes, a little in each transaction, so that whatever is to be written meanwhile waits
// for milliseconds.
#include "edge/store/volume_file_operation.h"

namespace gate25 {

namespace {

constexpr std::int64_t entries_at_once = 10'000;
constexpr std::uint32_t longest_idle = 7 * 14'400; // seconds; VolumeEntry::is_over()

// As many chunks as are some megabytes at most, the oldest first.
constexpr std::string_view too_old = "WHERE hour < ?1 ORDER BY hour, activity, run, first LIMIT 64";
constexpr std::string_view oldest = "WHERE ?1 >= 0 ORDER BY hour, activity, run, first LIMIT 16";

} // namespace

template <class... Values> Result<int> VolumeTables::forget(std::string_view statement, const Values&... values) {
	auto prepared = database_->prepare(statement);
	if (!prepared) return fail(prepared.error());
	auto done = prepared->bind(values...).run();
	if (!done) return fail(done.error());
	return database_->changed_rows();
}

// The instances that the other files use.
template Result<int> VolumeTables::forget(std::string_view, const std::int64_t&);
template Result<int> VolumeTables::forget(std::string_view, const std::uint32_t&, const int&, const std::int64_t&);

Result<int> VolumeTables::forget_chunks(std::string_view which, std::uint32_t oldest_hour, std::uint64_t& forgotten) {
	auto transaction = sql::Transaction::begin(*database_);
	if (!transaction) return fail(transaction.error());
	const std::string ids = "SELECT id FROM chunk " + std::string(which);
	auto count = database_->prepare("SELECT sum(count) FROM chunk WHERE id IN (" + ids + ")");
	if (!count) return fail(count.error());
	const auto records = count->bind(oldest_hour).first_integer();
	if (!records) return fail(records.error());
	const auto gone = forget("DELETE FROM chunk WHERE id IN (" + ids + ")", oldest_hour);
	if (!gone) return gone;
	if (auto committed = transaction->commit(); !committed) return fail(committed.error());
	forgotten = static_cast<std::uint64_t>(records->value_or(0));
	return gone;
}

// Free pages are used again by the next hours; only when they are many the file shrinks.
Result<bool> VolumeTables::give_back(const Size& size) {
	constexpr std::uint64_t slack = 1U << 20U;
	if (size.bytes <= size.used + size.used / 8 + slack) return false;
	auto done = database_->run("PRAGMA incremental_vacuum(1000)");
	if (!done) return fail(done.error());
	return true;
}

Result<bool> VolumeTables::prune_some(std::uint32_t oldest_hour, std::uint64_t most_bytes) {
	const auto is_done = on_file([&]() -> Result<bool> {
		std::uint64_t forgotten = 0;
		auto gone = forget_chunks(too_old, oldest_hour, forgotten);
		if (!gone || *gone > 0) return gone.map([](int) { return false; });
		gone = forget("DELETE FROM user WHERE key IN (SELECT key FROM user WHERE seen + 24 < ?1 AND NOT EXISTS"
		              " (SELECT 1 FROM entry WHERE entry.kind = 255 AND entry.key = user.key) LIMIT 1000)", oldest_hour);
		if (!gone || *gone > 0) return gone.map([](int) { return false; });
		const auto last_entry = database_->integer("SELECT max(id) FROM entry");
		if (!last_entry) return fail(last_entry.error());
		if (entries_pruned_to_ < last_entry->value_or(0)) {
			const std::int64_t from = entries_pruned_to_;
			entries_pruned_to_ += entries_at_once;
			gone = forget("DELETE FROM entry WHERE id > ?1 AND id <= ?2 AND last + ?3 <= ?4", from, entries_pruned_to_, longest_idle, newest_);
			return gone.map([](int) { return false; });
		}
		auto size = this->size();
		if (!size) return fail(size.error());
		if (size->used > most_bytes) {
			gone = forget_chunks(oldest, 0, forgotten);
			forgotten_ += forgotten;
			if (!gone || *gone > 0) return gone.map([](int) { return false; });
			warning_ = path_ + " holds " + std::to_string(size->used >> 20U) + " MiB of current sums alone, more than [volume] record_mib";
		}
		return give_back(*size).map([this](bool is_given) {
			if (!is_given) entries_pruned_to_ = 0; // the next time all are looked at again
			return !is_given;
		});
	});
	tidy(is_done && *is_done); // only then the file gets smaller
	if (!is_done || *is_done) entries_pruned_to_ = 0;
	return is_done;
}

} // namespace gate25
