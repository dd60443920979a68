// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_store.h"
#include "flow/commit_queue.h"

#include <doctest/doctest.h>

using namespace gate25;

namespace {

struct TestClock : Clock {
	Now now() const override { return {UnixTime(Seconds(1800000000)), Milliseconds(5000)}; }
};

struct QueueFixture {
	FakeStore store;
	Book book;
	Memory memory;
	TestClock clock;
	std::vector<std::string> told; // what happened, in order
	CommitQueue queue{store, book, memory, clock, 1,
	                  [this](const std::vector<Transaction::Moved>& moved) {
						  told.push_back("enforced " + std::to_string(moved.size()));
						  return std::vector<ElementFailure>();
					  },
	                  [this](Milliseconds) { told.push_back("taken back"); }};

	static Prefix prefix(std::uint32_t number) { return Prefix::host(Address::ipv4(0x64400000 + number)); }
	// Quarantines one; says whether it saw the one before.
	void quarantine(std::uint32_t number) {
		queue.submit({[this, number](Transaction& transaction) {
						  told.push_back("decided " + std::to_string(number) +
			                             (book.quarantine(prefix(number - 1)) ? " after its neighbour" : ""));
						  Quarantine one;
						  one.id = transaction.new_id();
						  one.prefix = prefix(number);
						  transaction.put(one);
					  },
		              [this, number](const Result<void>& stored) {
						  told.push_back((stored ? "stored " : "refused ") + std::to_string(number));
					  }});
	}
	std::vector<std::string> take_told() { return std::exchange(told, {}); }
	using Told = std::vector<std::string>;
};

} // namespace

TEST_CASE_FIXTURE(QueueFixture, "commit queue: the next group is decided while the store writes, and shares a transaction") {
	store.hold();
	quarantine(1);
	quarantine(2);
	quarantine(3);
	CHECK(take_told() == Told{"decided 1", "decided 2 after its neighbour", "decided 3 after its neighbour"});
	CHECK(store.waiting() == 1);
	store.answer_next();
	CHECK(take_told() == Told{"enforced 1", "stored 1"});
	CHECK(store.waiting() == 1);
	store.answer_next();
	CHECK(take_told() == Told{"enforced 2", "stored 2", "stored 3"});
	CHECK(queue.is_idle());
	CHECK(store.quarantines.size() == 3);
}

TEST_CASE_FIXTURE(QueueFixture, "commit queue: what was decided behind a refused group is decided anew without it") {
	store.hold();
	quarantine(1);
	quarantine(2);
	take_told();
	store.fail_with("disk full");
	store.answer_next();
	CHECK(take_told() == Told{"taken back", "refused 1", "decided 2"});
	CHECK_FALSE(book.quarantine(prefix(1)));
	CHECK(book.quarantine(prefix(2)));
	store.fail_with(std::nullopt);
	store.answer_all();
	CHECK(take_told() == Told{"enforced 1", "stored 2"});
	CHECK(queue.is_idle());
	CHECK(store.quarantines.size() == 1);
}

TEST_CASE_FIXTURE(QueueFixture, "commit queue: requests that change nothing are answered in their turn") {
	store.hold();
	quarantine(1);
	bool is_done = false;
	queue.submit({[](Transaction&) {}, [&](const Result<void>& stored) { is_done = stored.has_value(); }});
	CHECK_FALSE(is_done);
	store.answer_next();
	CHECK(is_done);
	CHECK(queue.is_idle());
}

TEST_CASE_FIXTURE(QueueFixture, "commit queue: an answer may ask for more") {
	queue.submit({[](Transaction&) {}, [&](const Result<void>&) { quarantine(7); }});
	CHECK(take_told() == Told{"decided 7", "enforced 1", "stored 7"});
	CHECK(queue.is_idle());
}
