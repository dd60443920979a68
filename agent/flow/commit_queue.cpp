// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/commit_queue.h"

#include <iterator>

namespace gate25 {
namespace {

// Bounds what one fsync makes wait and what one refusal takes back.
constexpr std::size_t most_requests = 4096;

bool is_about(const ElementFailure& failure, const Standing& standing) {
	const DecisionSet& set = failure.change.set;
	return failure.change.key == standing.prefix.address() && set.level == standing.level &&
	       (set.length == 0 || set.length == standing.prefix.length());
}

Result<void> enforced(const Transaction& transaction, const std::vector<ElementFailure>& failures) {
	for (const ElementFailure& failure : failures)
		for (const Transaction::Moved& move : transaction.moved())
			if (move.after && is_about(failure, *move.after))
				return fail(ErrorKind::kernel, move.after->prefix.text() + " is stored, but not in force yet: " +
				                                   failure.error.text, failure.error.saved_errno);
	return {};
}

} // namespace

void CommitQueue::submit(Request request) {
	waiting_.push_back(std::move(request));
	if (!group_ && !is_starting_) start_group();
}

void CommitQueue::start_group() {
	// A group without rows is done at once, and its requests may submit others meanwhile.
	is_starting_ = true;
	while (!group_ && !waiting_.empty()) {
		auto group = std::make_unique<Group>();
		std::vector<Change> rows;
		while (!waiting_.empty() && group->requests.size() < most_requests) {
			group->requests.push_back(std::move(waiting_.front()));
			waiting_.pop_front();
			auto transaction = std::make_unique<Transaction>(book_, next_id_, clock_.now());
			group->requests.back().decide(*transaction);
			auto more = transaction->take_rows();
			rows.insert(rows.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
			group->transactions.push_back(std::move(transaction));
		}
		group_ = std::move(group);
		if (rows.empty())
			finish_group({});
		else
			store_.commit(std::move(rows), [this](Result<void> stored) { finish_group(stored); });
	}
	is_starting_ = false;
}

void CommitQueue::finish_group(const Result<void>& stored) {
	const std::unique_ptr<Group> group = std::move(group_);
	std::vector<ElementFailure> failures;
	if (stored) {
		std::vector<Transaction::Moved> moved;
		for (const auto& transaction : group->transactions)
			moved.insert(moved.end(), transaction->moved().begin(), transaction->moved().end());
		if (!moved.empty()) failures = enforce_(moved);
	} else {
		for (auto it = group->transactions.rbegin(); it != group->transactions.rend(); ++it) (*it)->undo();
	}
	for (std::size_t i = 0; i < group->requests.size(); ++i)
		group->requests[i].done(stored ? enforced(*group->transactions[i], failures) : stored);
	if (!group_ && !is_starting_) start_group();
}

} // namespace gate25
