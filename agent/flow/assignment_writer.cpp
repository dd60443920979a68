// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/assignment_writer.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace gate25 {
namespace {

constexpr std::size_t rows_of_write = 16'384; // some 100 ms of the file's thread
constexpr Milliseconds try_again_every{1000};

UnixTime moment_of(const AssignmentRow& row) {
	return row.has_ended && row.assignment.until ? *row.assignment.until : row.assignment.from;
}

UnixTime earliest(const std::vector<AssignmentRow>& rows) {
	UnixTime first = UnixTime::max();
	for (const AssignmentRow& row : rows) first = std::min(first, moment_of(row));
	return first;
}

} // namespace

void AssignmentWriter::write(std::vector<AssignmentRow> rows, Done done) {
	waiting_rows_ += rows.size();
	const UnixTime first = earliest(rows);
	batches_.push_back({std::move(rows), std::move(done), first});
	if (!is_writing_) write_next();
}

std::optional<UnixTime> AssignmentWriter::oldest() const {
	UnixTime oldest = UnixTime::max();
	for (const Batch& batch : batches_) oldest = std::min(oldest, batch.oldest);
	return oldest == UnixTime::max() ? std::nullopt : std::optional(oldest);
}

void AssignmentWriter::tick(Milliseconds boot) {
	if (is_writing_ || batches_.empty() || boot < next_try_) return;
	next_try_ = boot + try_again_every;
	write_next();
}

void AssignmentWriter::write_next() {
	auto group = std::make_shared<std::vector<Batch>>();
	std::vector<AssignmentRow> rows;
	while (!batches_.empty() && (group->empty() || rows.size() + batches_.front().rows.size() <= rows_of_write)) {
		rows.insert(rows.end(), batches_.front().rows.begin(), batches_.front().rows.end());
		group->push_back(std::move(batches_.front()));
		batches_.pop_front();
	}
	waiting_rows_ -= rows.size();
	is_writing_ = true;
	store_.write(std::move(rows), [this, alive = alive_, group](const Result<void>& written) {
		if (*alive) is_writing_ = false;
		if (*alive && !written) return take_back(std::move(*group), written.error());
		for (const Batch& batch : *group)
			if (batch.done) batch.done(written);
		if (*alive && !is_writing_ && !batches_.empty()) write_next();
	});
}

// Nobody waits for what a full disk may take in an hour.
void AssignmentWriter::take_back(std::vector<Batch> group, const Error& error) {
	std::vector<Done> asked;
	for (const Batch& batch : group) waiting_rows_ += batch.rows.size();
	batches_.insert(batches_.begin(), std::make_move_iterator(group.begin()), std::make_move_iterator(group.end()));
	for (Batch& batch : batches_)
		if (batch.done) asked.push_back(std::exchange(batch.done, {}));
	std::erase_if(batches_, [](const Batch& batch) { return batch.rows.empty(); });
	for (const Done& done : asked) done(fail(error));
}

} // namespace gate25
