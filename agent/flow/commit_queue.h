// SPDX-License-Identifier: GPL-2.0-or-later
//
// Requests that change something, in groups that share one durable transaction: while the store writes one
// group, the next one is decided. A request is answered when its rows are durable and its elements are in the
// kernel; when the store refuses, the book goes back to what it was; when the kernel refuses, what was stored
// stands, and the answer says that it is not in force yet.
#pragma once

#include "flow/transaction.h"

#include <deque>
#include <memory>
#include <unordered_map>

namespace gate25 {

class CommitQueue {
public:
	// `enforce` brings what a durable group changed into the kernel, and says what the kernel did not take. `take_back` is told when the book went
	// back to what it was at a time (of the boot clock).
	using Enforce = std::function<std::vector<ElementFailure>(const std::vector<Transaction::Moved>&)>;
	using TakeBack = std::function<void(Milliseconds)>;
	CommitQueue(Store& store, Book& book, Memory& memory, const Clock& clock, std::uint64_t first_id, Enforce enforce,
	            TakeBack take_back)
		: store_(store), book_(book), memory_(memory), clock_(clock), next_id_(first_id), enforce_(std::move(enforce)),
		  take_back_(std::move(take_back)) {}

	// `decide` reads the book and records changes. It is called again when the group before it was refused,
	// since it has seen what never came to be. `done` is called once, with the error of the store or the kernel if it refused.
	struct Request {
		std::function<void(Transaction&)> decide;
		std::function<void(Result<void>)> done;
	};
	void submit(Request request);
	// Decided anew, and not in the kernel yet: the book no longer tells what stands there for this subscriber.
	bool is_under_way(const Prefix& key) const { return under_way_.contains(key); }
	bool is_idle() const { return !stored_ && !decided_ && waiting_.empty(); }

private:
	struct Group {
		std::vector<std::unique_ptr<Transaction>> transactions;
		std::vector<Request> requests;
		std::vector<Change> rows;
		Milliseconds begun{};
		bool is_full() const;
		std::vector<Transaction::Moved> moved() const;
		void undo();
	};
	void proceed();
	void decide_waiting();
	void hand_over();
	void finish(const Result<void>& stored);
	void undo(Group& refused, std::unique_ptr<Group> behind);
	void set_out(const Transaction& transaction);
	void arrived(const Group& group);
	Store& store_;
	Book& book_;
	Memory& memory_;
	const Clock& clock_;
	std::uint64_t next_id_;
	Enforce enforce_;
	TakeBack take_back_;
	std::deque<Request> waiting_;
	std::unique_ptr<Group> decided_; // behind the one that the store writes; open for more until it is full
	std::unique_ptr<Group> stored_;  // the one that the store writes
	bool is_proceeding_ = false;
	std::unordered_map<Prefix, std::size_t> under_way_; // keys of subscribers, by how many decisions
};

} // namespace gate25
