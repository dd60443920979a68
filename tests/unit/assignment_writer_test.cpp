// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_assignment_store.h"
#include "flow/assignment_writer.h"

#include <doctest/doctest.h>

using namespace gate25;

namespace {

struct Writing {
	FakeAssignmentFile file;
	FakeAssignmentStore store{file};
	AssignmentWriter writer{store};
	std::uint32_t next = 0;
	std::vector<std::string> answers; // in their order: "first", or "first: why not"

	// As many begins at further addresses.
	void write(const std::string& name, std::uint32_t count) {
		std::vector<AssignmentRow> rows(count);
		for (AssignmentRow& row : rows) {
			row.assignment.prefix = Prefix::host(Address::ipv4(0x64400000U + next++));
			row.assignment.subscriber = name;
		}
		writer.write(std::move(rows), [this, name](const Result<void>& done) {
			answers.push_back(done ? name : name + ": " + done.error().text);
		});
	}
	using Answers = std::vector<std::string>;
};

} // namespace

TEST_SUITE("assignment writer") {
	TEST_CASE_FIXTURE(Writing, "one write at a time; what comes meanwhile shares the next one") {
		file.hold();
		for (const char* name : {"first", "second", "third"}) write(name, 1);
		CHECK(file.waiting() == 1);
		CHECK(!writer.is_idle());
		file.answer_next();
		CHECK(answers == Answers{"first"});
		CHECK(file.waiting() == 1);
		file.answer_next();
		CHECK(answers == Answers{"first", "second", "third"});
		CHECK(writer.is_idle());
		CHECK(file.health.commits == 2);
	}

	TEST_CASE_FIXTURE(Writing, "but no write is so large that the one behind it waits long") {
		file.hold();
		write("first", 1);
		for (const char* name : {"second", "third", "fourth"}) write(name, 3000);
		write("large", 20'000);
		write("last", 1);
		file.answer_next();
		file.answer_next();
		CHECK(answers == Answers{"first", "second", "third", "fourth"});
		CHECK(file.health.waiting == 20'000); // what is too large by itself goes alone
	}

	TEST_CASE_FIXTURE(Writing, "what is refused is written first when it can be, and nobody waits for that") {
		file.fail_with("no space left on device");
		write("first", 1);
		write("second", 2);
		CHECK(answers == Answers{"first: no space left on device", "second: no space left on device"});
		CHECK(writer.oldest() == UnixTime{Seconds{0}});
	CHECK(writer.waiting_rows() == 3);
		CHECK(!writer.is_idle());
		writer.tick(Milliseconds{5000});
		CHECK(file.health.failures == 3);
		writer.tick(Milliseconds{5500}); // not more than once a second
		CHECK(file.health.failures == 3);
		file.fail_with(std::nullopt);
		write("third", 1);
		CHECK(answers.back() == "third");
		CHECK(writer.is_idle());
		CHECK(!writer.oldest());
		CHECK(writer.waiting_rows() == 0);
		REQUIRE(file.rows.size() == 4);
		CHECK(file.rows[0].assignment.subscriber == "first");
		CHECK(file.rows[1].assignment.subscriber == "second");
		CHECK(file.rows[3].assignment.subscriber == "third");
	}

	TEST_CASE_FIXTURE(Writing, "on a disk that refuses, everybody is told who waits, also behind a large write") {
		file.hold();
		write("first", 20'000);
		write("second", 20'000);
		write("third", 0);
		file.fail_with("no space left on device");
		file.answer_next();
		CHECK(answers.size() == 3);
		CHECK(!writer.is_idle());
		file.fail_with(std::nullopt);
		file.hold();
		writer.tick(Milliseconds{5000});
		while (file.answer_next()) {}
		CHECK(writer.is_idle());
		CHECK(file.health.commits == 2);
	}
}
