// SPDX-License-Identifier: GPL-2.0-or-later
//
// Requests that change something, one group after the other: while the store writes one group, the next
// requests wait and then share one transaction. A request is answered when its rows are durable and its
// elements are in the kernel; when the store refuses, the book goes back to what it was; when the kernel
// refuses, what was stored stands, and the answer says that it is not in force yet.
#pragma once

#include "flow/transaction.h"

#include <deque>
#include <memory>

namespace gate25 {

class CommitQueue {
public:
	// `enforce` brings what a durable group changed into the kernel, and says what the kernel did not take.
	using Enforce = std::function<std::vector<ElementFailure>(const std::vector<Transaction::Moved>&)>;
	CommitQueue(Store& store, Book& book, const Clock& clock, std::uint64_t first_id, Enforce enforce)
		: store_(store), book_(book), clock_(clock), next_id_(first_id), enforce_(std::move(enforce)) {}

	// `decide` reads the book and records changes; `done` is called once, with the error of the store or the
	// kernel if it refused.
	struct Request {
		std::function<void(Transaction&)> decide;
		std::function<void(Result<void>)> done;
	};
	void submit(Request request);
	bool is_idle() const { return !group_ && waiting_.empty(); }

private:
	struct Group {
		std::vector<std::unique_ptr<Transaction>> transactions;
		std::vector<Request> requests;
	};
	void start_group();
	void finish_group(const Result<void>& stored);
	Store& store_;
	Book& book_;
	const Clock& clock_;
	std::uint64_t next_id_;
	Enforce enforce_;
	std::deque<Request> waiting_;
	std::unique_ptr<Group> group_;
	bool is_starting_ = false;
};

} // namespace gate25
