// SPDX-License-Identifier: GPL-2.0-or-later
//
// Rows on their way into the file of assignments: in their order, one write at a time and none of them too large, so that
// who comes behind many others is not answered only when all of those are on the disk. What the file refuses waits.
#pragma once

#include "core/assignment_world.h"
#include "core/time.h"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace gate25 {

class AssignmentWriter {
public:
	using Done = std::function<void(Result<void>)>;
	explicit AssignmentWriter(AssignmentStore& store) : store_(store) {}
	~AssignmentWriter() { *alive_ = false; }
	AssignmentWriter(const AssignmentWriter&) = delete;
	AssignmentWriter& operator=(const AssignmentWriter&) = delete;

	// `done` when they and all before them are durable, or with the error. What was refused is written before all that comes
	// later: an end must not reach the disk before its beginning.
	void write(std::vector<AssignmentRow> rows, Done done);
	// What was refused, once a second.
	void tick(Milliseconds boot);
	// Nothing waits, and nothing is being written.
	bool is_idle() const { return !is_writing_ && batches_.empty(); }
	// The time of the earliest event that the store was not given yet, or has refused: of what happened since, it knows too little.
	std::optional<UnixTime> oldest() const;
	std::size_t waiting_rows() const { return waiting_rows_; }

private:
	struct Batch {
		std::vector<AssignmentRow> rows;
		Done done; // empty: answered already
		UnixTime oldest = UnixTime::max();
	};
	void write_next();
	void take_back(std::vector<Batch> group, const Error& error);

	AssignmentStore& store_;
	std::deque<Batch> batches_; // not yet handed to the store, or refused by it
	std::size_t waiting_rows_ = 0; // in them
	bool is_writing_ = false;
	Milliseconds next_try_{};
	std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

} // namespace gate25
