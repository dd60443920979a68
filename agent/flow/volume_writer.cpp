// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/volume_writer.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace gate25 {
namespace {

constexpr VolumeTime round_every = 30, try_every = 10;
// One tick looks at so many entries (a fraction of a millisecond) and copies at most so many.
constexpr std::size_t sweep_at_once = 20'000, write_at_once = 10'000;
constexpr std::size_t most_waiting_records = 1'000'000;

} // namespace

void VolumeWriter::tick(VolumeTime now) {
	last_tick_ = now;
	if (under_way_ > 0 || now < next_try_) return bound_records();
	if (records_.empty() && entries_.empty()) {
		if (now >= next_round_) sweep(now, sweep_at_once);
		if (dirty_.empty() && finished_.empty() && users_.empty()) return;
	}
	write();
}

// One round goes through the tables one after the other, then there is a pause.
void VolumeWriter::sweep(VolumeTime now, std::size_t entries) {
	const bool is_round = book_.table(all_activities[table_]).sweep(now, entries, finished_, dirty_);
	if (!is_round) return;
	table_ = (table_ + 1) % all_activities.size();
	if (table_ == 0) next_round_ = now + round_every;
}

void VolumeWriter::write() {
	if (entries_.empty() && names_.empty()) {
		const auto count = static_cast<std::ptrdiff_t>(std::min(dirty_.size(), write_at_once * 2));
		entries_.assign(dirty_.end() - count, dirty_.end());
		dirty_.erase(dirty_.end() - count, dirty_.end());
		names_.swap(users_);
	}
	if (records_.empty()) {
		const auto count = static_cast<std::ptrdiff_t>(std::min(finished_.size(), write_at_once));
		records_.assign(finished_.end() - count, finished_.end());
		finished_.erase(finished_.end() - count, finished_.end());
	}
	has_failed_ = false;
	under_way_ = 2;
	const auto done = [this, alive = std::weak_ptr(alive_)](const Result<void>& written) {
		if (!alive.expired()) has_written(written);
	};
	store_.save(entries_, names_, done);
	store_.record(records_, done);
}

void VolumeWriter::has_written(const Result<void>& written) {
	if (!written) {
		has_failed_ = true;
		health_.problem = written.error().text;
	}
	if (--under_way_ > 0) return;
	if (has_failed_) {
		next_try_ = last_tick_ + try_every; // both again: a second time does no harm
	} else {
		health_.problem.clear();
		health_.entries += entries_.size();
		health_.records += records_.size();
		entries_.clear();
		records_.clear();
		names_.clear();
	}
	if (!finished_all_) return;
	const bool is_all = dirty_.empty() && finished_.empty();
	if (has_failed_ || is_all) return std::exchange(finished_all_, nullptr)();
	write();
}

void VolumeWriter::bound_records() {
	if (finished_.size() <= most_waiting_records) return;
	health_.lost_records += finished_.size() - most_waiting_records;
	finished_.resize(most_waiting_records);
}

// A table in the midst of a round comes to its end first, and then begins again.
void VolumeWriter::sweep_all(VolumeTime now) {
	for (const Activity activity : all_activities)
		for (int round = 0; round < 2; ++round)
			book_.table(activity).sweep(now, std::numeric_limits<std::size_t>::max(), finished_, dirty_);
}

void VolumeWriter::hand_over(VolumeTime now) {
	sweep_all(now);
	const auto nobody = [](const Result<void>&) {};
	if (!entries_.empty() || !names_.empty()) store_.save(entries_, names_, nobody); // perhaps once more
	if (!records_.empty()) store_.record(records_, nobody);
	store_.save(std::move(dirty_), std::move(users_), nobody);
	store_.record(std::move(finished_), nobody);
}

void VolumeWriter::finish(VolumeTime now, std::function<void()> done) {
	sweep_all(now);
	finished_all_ = std::move(done);
	if (under_way_ == 0) write();
}

} // namespace gate25
