// SPDX-License-Identifier: GPL-2.0-or-later
#include "assignment_file_fixture.h"
#include "store_damage.h"

#include <random>
#include <sys/stat.h>

using namespace gate25;
using namespace gate25::test;

namespace {

std::string all_bytes(const TemporaryDirectory& directory) {
	std::string all;
	for (const auto& entry : std::filesystem::directory_iterator(directory.path())) all += bytes_of(entry.path());
	return all;
}

std::int64_t count_in_file(const TemporaryDirectory& directory, std::string_view query) {
	auto database = sql::Database::open(assignments_path(directory), directory.path());
	REQUIRE(database.has_value());
	const auto found = (*database)->integer(query);
	REQUIRE_MESSAGE(found.has_value(), (found ? "" : found.error().text));
	return found->value_or(-1);
}

} // namespace

TEST_SUITE("assignment file") {
	TEST_CASE("what stands comes back whole, both families, whole and shared") {
		const TemporaryDirectory directory;
		Assignment anna = assignment("100.64.0.1", "anna");
		anna.session = 0xfedcba9876543210U;
		anna.server = 0xfedcba98U;
		anna.until = after_noon(600);
		const Assignment anna6 = assignment("2001:db8:1000:100::/56", "anna", 5);
		const Assignment block = assignment("100.64.8.0/24", "a business", 7, 2), all6 = assignment("::/0", "everybody", 9, 1);
		const Assignment low = shared("203.0.113.9", "bert", 0, 1023), high = shared("203.0.113.9", "carl", 60000, 65535);
		{
			OpenAssignments open(directory.path());
			CHECK(open.load().empty());
			REQUIRE(open.write({began(anna), began(anna6), began(block)}));
			REQUIRE(open.write({began(high), began(all6), began(low)}));
		}
		OpenAssignments open(directory.path());
		CHECK(open.load() == std::vector{anna, block, low, high, all6, anna6});
		CHECK(open.file->health().problem.empty());
	}
	TEST_CASE("an end makes it history") {
		const TemporaryDirectory directory;
		OpenAssignments open(directory.path());
		const Assignment anna = assignment("100.64.0.1", "anna"), bert = assignment("100.64.0.1", "bert", 100);
		REQUIRE(open.write({began(anna)}));
		REQUIRE(open.write({ended(anna, 100), began(bert)}));
		CHECK(open.load() == std::vector{bert});
		const auto all = open.history();
		CHECK(all == std::vector{began(bert), past(anna, 100)});
		CHECK(open.file->health().oldest == after_noon(100));
	}
	TEST_CASE("what is said twice stands once") {
		const TemporaryDirectory directory;
		OpenAssignments open(directory.path());
		Assignment anna = assignment("100.64.0.1", "anna");
		REQUIRE(open.write({began(anna), began(anna)}));
		anna.until = after_noon(900);
		REQUIRE(open.write({began(anna)}));
		CHECK(open.load() == std::vector{anna});
		CHECK(open.history() == std::vector{began(anna)});
	}
	TEST_CASE("an end whose begin was never written is history all the same, and ends whoever stood there before") {
		const TemporaryDirectory directory;
		OpenAssignments open(directory.path());
		const Assignment anna = assignment("100.64.0.1", "anna"), bert = assignment("100.64.0.1", "bert", 50);
		REQUIRE(open.write({began(anna)}));
		REQUIRE(open.write({ended(bert, 80)}));
		CHECK(open.load().empty());
		CHECK(open.history() == std::vector{past(bert, 80), past(anna, 50)});
	}
	TEST_CASE("a begin where somebody stands ends him then") {
		const TemporaryDirectory directory;
		OpenAssignments open(directory.path());
		const Assignment anna = assignment("100.64.0.1", "anna"), bert = assignment("100.64.0.1", "bert", 50);
		const Assignment of_kea = assignment("100.64.0.1", "carl", 20, 1);
		REQUIRE(open.write({began(anna), began(of_kea), began(bert)}));
		CHECK(open.load() == std::vector{bert, of_kea});
		CHECK(open.history() == std::vector{began(bert), began(of_kea), past(anna, 50)});
	}
	TEST_CASE("refreshments are answered at once and are in the file when it is closed") {
		const TemporaryDirectory directory;
		Assignment anna = assignment("100.64.0.1", "anna"), bert = assignment("2001:db8::/56", "bert");
		{
			OpenAssignments open(directory.path());
			REQUIRE(open.write({began(anna), began(bert)}));
			anna.until = after_noon(4000);
			REQUIRE(open.write({refreshed(anna, 300), refreshed(bert, 400)}));
			REQUIRE(open.write({refreshed(anna, 200)}));
			REQUIRE(open.write({refreshed(assignment("100.64.0.9", "nobody"), 300)}));
		}
		OpenAssignments open(directory.path());
		anna.seen = after_noon(300);
		bert.seen = after_noon(400);
		CHECK(open.load() == std::vector{anna, bert});
	}
	TEST_CASE("refreshments are written when there is time, and harm nobody who came meanwhile") {
		const TemporaryDirectory directory;
		OpenAssignments open(directory.path());
		const Assignment anna = assignment("100.64.0.1", "anna"), bert = assignment("100.64.0.1", "bert", 50);
		const Assignment carl = assignment("100.64.0.2", "carl");
		REQUIRE(open.write({began(anna), began(carl)}));
		REQUIRE(open.write({refreshed(anna, 49), refreshed(carl, 49), ended(anna, 50), began(bert)}));
		Assignment seen = carl;
		seen.seen = after_noon(49);
		const auto commits = open.file->health().commits;
		ask_until([&] { return open.file->health().commits > commits; });
		CHECK(open.load() == std::vector{bert, seen});
		CHECK(open.history().size() == 3);
	}
	TEST_CASE("sources are known by name: ranks may change, and who is configured no more comes last") {
		const TemporaryDirectory directory;
		{
			OpenAssignments open(directory.path(), {"radius", "kea-4"});
			REQUIRE(open.write({began(assignment("100.64.0.1", "of radius", 0, 0)), began(assignment("100.64.0.1", "of kea", 0, 1)),
			                    began(assignment("100.64.0.2", "of radius", 0, 0))}));
			CHECK(open.holder("100.64.0.1", 1) == "of radius");
			open.file->set_sources({"kea-4", "radius"});
			CHECK(open.holder("100.64.0.1", 1) == "of kea");
		}
		OpenAssignments open(directory.path(), {"api", "kea-4"});
		CHECK(open.load() == std::vector{assignment("100.64.0.1", "of kea", 0, 1), assignment("100.64.0.1", "of radius", 0, unknown_source),
		                                 assignment("100.64.0.2", "of radius", 0, unknown_source)});
		CHECK(open.holder("100.64.0.1", 1) == "of kea");
		CHECK(open.holder("100.64.0.2", 1) == "of radius");
		REQUIRE(open.write({ended(assignment("100.64.0.1", "of radius", 0, unknown_source), 5)}));
		CHECK(open.load().size() == 2);
		const auto refused = open.write({began(assignment("100.64.0.3", "anna", 0, unknown_source))});
		REQUIRE(!refused.has_value());
		CHECK(refused.error().kind == ErrorKind::bad_input);
	}
	TEST_CASE("what is too old goes, what stands stays, and names that nobody has go too") {
		const TemporaryDirectory directory;
		{
			OpenAssignments open(directory.path());
			std::vector<AssignmentRow> rows;
			for (std::uint32_t i = 0; i < 7000; ++i) {
				rows.push_back(began(numbered_assignment(i)));
				rows.push_back(ended(numbered_assignment(i), i * 60));
			}
			rows.push_back(began(numbered_assignment(7000)));
			rows.push_back(began(numbered_assignment(5)));
			REQUIRE(open.write(rows));
			open.file->prune(after_noon(6000 * 60));
			open.until([&] { return open.file->health().oldest == after_noon(6000 * 60); });
			CHECK(open.load().size() == 2);
			AssignmentQuery query;
			query.limit = 10000;
			CHECK(open.history(query).size() == 1002);
			CHECK(open.holder("100.64.0.5", 7000 * 60) == "subscriber-5");
			CHECK(open.holder(numbered_prefix(6999).text(), 60) == "subscriber-6999");
			CHECK(open.holder(numbered_prefix(17).text(), 60).empty());
		}
		{
			AssignmentTables tables(directory.path());
			for (auto is_done = Result<bool>(false); !*is_done;) {
				is_done = tables.prune_some(after_noon(6001 * 60));
				REQUIRE(is_done.has_value());
			}
		}
		CHECK(count_in_file(directory, "SELECT count(*) FROM history") == 999);
		CHECK(count_in_file(directory, "SELECT count(*) FROM subscriber") == 1001);
	}
	TEST_CASE("whoever is forgotten is nowhere: neither in a row nor in a byte of any file") {
		const TemporaryDirectory directory;
		OpenAssignments open(directory.path());
		std::mt19937 random(5);
		std::vector<std::uint32_t> order(5000);
		for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
		std::ranges::shuffle(order, random);
		const auto name = [](std::uint32_t i) { return "person<" + std::to_string(i) + ">@example.net"; };
		for (std::size_t from = 0; from < order.size(); from += 500) {
			std::vector<AssignmentRow> rows;
			for (std::size_t i = from; i < from + 500; ++i) {
				Assignment one = numbered_assignment(order[i]);
				one.subscriber = name(order[i]);
				rows.push_back(began(one));
				if (i % 3 == 0) rows.push_back(ended(one, static_cast<std::int64_t>(i)));
			}
			REQUIRE(open.write(rows));
		}
		std::ranges::shuffle(order, random);
		const std::size_t most = 150;
		for (std::size_t i = 0; i < most; ++i) REQUIRE(open.forget(name(order[i])) == std::uint64_t{1});
		const std::string bytes = all_bytes(directory);
		for (std::size_t i = 0; i < most; ++i) CHECK_MESSAGE(!contains(bytes, name(order[i])), name(order[i]));
		for (std::size_t i = most; i < 5000; ++i) CHECK(contains(bytes, name(order[i])));
		CHECK(open.forget("nobody") == std::uint64_t{0});
		AssignmentQuery query;
		query.limit = 10000;
		CHECK(open.history(query).size() == 5000 - most);
		query.subscriber = name(order[0]);
		CHECK(open.history(query).empty());
	}
	TEST_CASE("answers come in the order of the calls") {
		const TemporaryDirectory directory;
		OpenAssignments open(directory.path());
		std::vector<int> order;
		open.file->write({began(numbered_assignment(1))}, [&](const Result<void>& done) { order.push_back(done ? 1 : -1); });
		open.file->write({ended(numbered_assignment(1), 5)}, [&](const Result<void>& done) { order.push_back(done ? 2 : -1); });
		open.file->history({}, [&](const Result<std::vector<AssignmentRow>>& rows) { order.push_back(rows && rows->size() == 1 && (*rows)[0].has_ended ? 3 : -1); });
		open.file->forget("subscriber-1", [&](const Result<std::uint64_t>& rows) { order.push_back(rows == std::uint64_t{1} ? 4 : -1); });
		open.file->write({began(numbered_assignment(2))}, [&](const Result<void>& done) { order.push_back(done ? 5 : -1); });
		open.loop.run_until([&] { return order.size() == 5; });
		CHECK(order == std::vector{1, 2, 3, 4, 5});
		CHECK(open.load() == std::vector{numbered_assignment(2)});
		CHECK(open.file->health().waiting == 0);
		CHECK(open.file->health().commits >= 2);
	}
	TEST_CASE("a row that cannot be is refused alone") {
		const TemporaryDirectory directory;
		OpenAssignments open(directory.path());
		const auto refused = [&](const AssignmentRow& row) {
			const auto result = open.write({began(numbered_assignment(1)), row});
			return !result && result.error().kind == ErrorKind::bad_input;
		};
		CHECK(refused(began(assignment("100.64.0.1", ""))));
		CHECK(refused(began(assignment("100.64.0.1", std::string(254, 'x')))));
		CHECK(refused(began(assignment("100.64.0.1", "anna", 0, 3))));
		AssignmentRow endless = began(assignment("100.64.0.1", "anna"));
		endless.has_ended = true;
		CHECK(refused(endless));
		CHECK(open.load().empty());
		CHECK(open.file->health().is_writable);
	}
	TEST_CASE("a hundred thousand that end in one second are all there") {
		const TemporaryDirectory directory;
		OpenAssignments open(directory.path());
		std::vector<AssignmentRow> rows;
		for (std::uint32_t i = 0; i < 20'000; ++i) rows.push_back(ended(numbered_assignment(i), 10));
		REQUIRE(open.write(rows));
		AssignmentQuery query;
		query.limit = 100'000;
		CHECK(open.history(query).size() == 20'000);
		CHECK(open.holder(numbered_prefix(19'999).text(), 9) == "subscriber-19999");
	}
	TEST_CASE("times that no calendar has harm nobody") {
		const TemporaryDirectory directory;
		OpenAssignments open(directory.path());
		Assignment one = assignment("100.64.0.1", "anna");
		one.from = UnixTime::min();
		REQUIRE(open.write({began(one)}));
		one.until = UnixTime::max();
		REQUIRE(open.write({{one, true, false}}));
		CHECK(open.holder("100.64.0.1", 0) == "anna");
		one.subscriber = "bert";
		one.until = UnixTime::min();
		REQUIRE(open.write({{one, true, false}}));
		CHECK(open.history().size() == 2);
	}
	TEST_CASE("the file is for us alone") {
		const TemporaryDirectory directory;
		OpenAssignments open(directory.path());
		REQUIRE(open.write({began(numbered_assignment(1))}));
		struct stat status {};
		REQUIRE(stat(assignments_path(directory).c_str(), &status) == 0);
		CHECK((status.st_mode & 0777) == 0600);
	}
}
