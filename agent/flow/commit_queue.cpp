// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/commit_queue.h"

#include <iterator>

namespace gate25 {
namespace {

// Bounds what one fsync makes wait and what one refusal takes back.
constexpr std::size_t most_requests = 4096, most_rows = 60'000;

bool is_about(const ElementFailure& failure, const Standing& standing) {
	const DecisionSet& set = failure.change.set;
	if (is_subscriber_key(standing.prefix)) return failure.holder == standing.prefix && set.level == standing.level;
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

bool CommitQueue::Group::is_full() const { return requests.size() >= most_requests || rows.size() >= most_rows; }

std::vector<Transaction::Moved> CommitQueue::Group::moved() const {
	std::vector<Transaction::Moved> all;
	for (const auto& transaction : transactions)
		all.insert(all.end(), transaction->moved().begin(), transaction->moved().end());
	return all;
}

void CommitQueue::Group::undo() {
	for (auto it = transactions.rbegin(); it != transactions.rend(); ++it) (*it)->undo();
}

void CommitQueue::submit(Request request) {
	waiting_.push_back(std::move(request));
	proceed();
}

// A group without rows is done at once, and its requests may submit others meanwhile.
void CommitQueue::proceed() {
	if (is_proceeding_) return;
	is_proceeding_ = true;
	do {
		decide_waiting();
		if (!stored_ && decided_) hand_over();
	} while (!stored_ && (decided_ || !waiting_.empty()));
	is_proceeding_ = false;
}

void CommitQueue::decide_waiting() {
	if (waiting_.empty()) return;
	if (!decided_) {
		decided_ = std::make_unique<Group>();
		decided_->begun = clock_.now().boot;
	}
	while (!waiting_.empty() && !decided_->is_full()) {
		decided_->requests.push_back(std::move(waiting_.front()));
		waiting_.pop_front();
		auto transaction = std::make_unique<Transaction>(book_, memory_, next_id_, clock_.now());
		decided_->requests.back().decide(*transaction);
		set_out(*transaction);
		std::vector<Change> rows = transaction->take_rows();
		decided_->transactions.push_back(std::move(transaction));
		if (decided_->rows.empty())
			decided_->rows = std::move(rows);
		else
			decided_->rows.insert(decided_->rows.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
	}
}

void CommitQueue::set_out(const Transaction& transaction) {
	for (const Transaction::Moved& move : transaction.moved())
		if (move.before && is_subscriber_key(move.before->prefix)) ++under_way_[move.before->prefix];
}

void CommitQueue::arrived(const Group& group) {
	for (const auto& transaction : group.transactions)
		for (const Transaction::Moved& move : transaction->moved()) {
			if (!move.before || !is_subscriber_key(move.before->prefix)) continue;
			const auto one = under_way_.find(move.before->prefix);
			if (one != under_way_.end() && --one->second == 0) under_way_.erase(one);
		}
}

void CommitQueue::hand_over() {
	stored_ = std::move(decided_);
	if (stored_->rows.empty()) return finish({});
	store_.commit(std::move(stored_->rows), [this](Result<void> stored) { finish(stored); });
}

// The store goes on with the next group while this one goes into the kernel and is answered.
void CommitQueue::finish(const Result<void>& stored) {
	const std::unique_ptr<Group> group = std::move(stored_);
	if (!stored)
		undo(*group, std::move(decided_));
	else if (decided_)
		hand_over();
	std::vector<ElementFailure> failures;
	if (stored)
		if (const auto moved = group->moved(); !moved.empty()) failures = enforce_(moved);
	arrived(*group);
	for (std::size_t i = 0; i < group->requests.size(); ++i)
		group->requests[i].done(stored ? enforced(*group->transactions[i], failures) : stored);
	proceed();
}

// What was decided behind a refused group has seen its changes, so it is decided anew.
void CommitQueue::undo(Group& refused, std::unique_ptr<Group> behind) {
	if (behind) {
		behind->undo();
		arrived(*behind);
		waiting_.insert(waiting_.begin(), std::make_move_iterator(behind->requests.begin()),
		                std::make_move_iterator(behind->requests.end()));
	}
	refused.undo();
	take_back_(refused.begun);
}

} // namespace gate25
