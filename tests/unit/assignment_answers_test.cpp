// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the file of assignments answers about the past.
#include "assignment_file_fixture.h"
#include "fake_assignment_store.h"

#include <random>
#include <set>

using namespace gate25;
using namespace gate25::test;

namespace {

constexpr std::int64_t day = 86400;

std::vector<std::string> names(const std::vector<AssignmentRow>& rows) {
	std::vector<std::string> found;
	for (const AssignmentRow& row : rows) found.push_back(row.assignment.subscriber);
	return found;
}

// Sessions as sources tell them: at one prefix and port and source one after the other, some still standing.
class Dice {
public:
	explicit Dice(unsigned seed) : random_(seed) {}
	std::uint32_t below(std::uint32_t bound) { return std::uniform_int_distribution<std::uint32_t>(0, bound - 1)(random_); }
	std::int64_t time(std::int64_t days) { return static_cast<std::int64_t>(below(static_cast<std::uint32_t>(days * day))); }
	std::string name() { return "user-" + std::to_string(below(12)); }
	Address address() {
		if (below(2) == 0) return Address::ipv4(0x64400000 + below(8));
		return Address::parse("2001:db8:0:" + std::to_string(below(4)) + "00::" + std::to_string(below(3))).value();
	}
	Prefix prefix() {
		const Address one = address();
		constexpr std::array<unsigned, 3> lengths4{32, 30, 29}, lengths6{56, 64, 128};
		return Prefix::of(one, (one.family() == Family::ipv4 ? lengths4 : lengths6)[below(3)]);
	}
	PortRange ports(const Prefix& prefix) {
		if (!prefix.is_host() || prefix.family() == Family::ipv6 || below(2) == 0) return {};
		const auto first = static_cast<std::uint16_t>(below(4) * 16384);
		return {first, static_cast<std::uint16_t>(first + 16383)};
	}

private:
	std::mt19937 random_;
};

using Places = std::set<std::tuple<Prefix, PortRange, SourceRank>>;

// Of a place that nothing was said of yet.
std::vector<AssignmentRow> sessions_at(Dice& dice, std::int64_t days, Places& places) {
	Assignment one;
	do {
		one.prefix = dice.prefix();
		one.ports = dice.ports(one.prefix);
		one.source = static_cast<SourceRank>(dice.below(3));
	} while (!places.emplace(one.prefix, one.ports, one.source).second);
	std::vector<AssignmentRow> rows;
	std::int64_t at = dice.time(1);
	while (at < days * day && dice.below(8) != 0) {
		one.subscriber = dice.name();
		one.from = one.seen = after_noon(at);
		rows.push_back(began(one));
		at += 1 + dice.time(2);
		if (dice.below(4) == 0) break;
		rows.push_back(ended(one, at));
		at += dice.below(3) == 0 ? 0 : dice.time(1);
	}
	return rows;
}

} // namespace

TEST_SUITE("assignment file answers") {
	TEST_CASE("who held it then: the longest prefix, the port, precedence") {
		const TemporaryDirectory directory;
		OpenAssignments open(directory.path());
		REQUIRE(open.write({began(assignment("203.0.113.0/24", "business", 0, 2)), began(assignment("203.0.113.9", "kea's", 0, 1)),
		                    began(assignment("203.0.113.9", "radius's", 100, 0)), began(shared("203.0.113.7", "low", 1024, 2047)),
		                    began(shared("203.0.113.7", "high", 2048, 4095, 50)), began(assignment("2001:db8::/56", "six", 0)),
		                    began(assignment("2001:db8:0:7::/64", "inside", 10))}));
		CHECK(open.holder("203.0.113.1", 0) == "business");
		CHECK(open.holder("203.0.113.1", -1).empty());
		CHECK(open.holder("203.0.113.9", 50) == "kea's");
		CHECK(open.holder("203.0.113.9", 100) == "radius's");
		CHECK(open.holder("203.0.113.9", 100, 25) == "radius's");
		CHECK(open.holder("203.0.113.7", 60, 2047) == "low");
		CHECK(open.holder("203.0.113.7", 60, 2048) == "high");
		CHECK(open.holder("203.0.113.7", 40, 2048).empty());
		CHECK(open.holder("203.0.113.7", 60, 80).empty());
		CHECK(open.holder("203.0.113.7", 60).empty());
		CHECK(open.holder("2001:db8:0:7::1", 5) == "six");
		CHECK(open.holder("2001:db8:0:7::1", 10) == "inside");
		CHECK(open.holder("2001:db8:0:8::1", 10) == "six");
		CHECK(open.holder("2001:db9::1", 10).empty());
		const auto found = open.holders({{Address::parse("203.0.113.9").value(), {}, after_noon(200)}});
		CHECK(found == std::vector<std::optional<Assignment>>{assignment("203.0.113.9", "radius's", 100, 0)});
	}
	TEST_CASE("who has some ports comes before who has them all") {
		const TemporaryDirectory directory;
		OpenAssignments open(directory.path());
		REQUIRE(open.write({began(assignment("203.0.113.7", "whole")), ended(shared("203.0.113.7", "some", 1024, 2047), 3 * day)}));
		CHECK(open.holder("203.0.113.7", 10, 1500) == "some");
		CHECK(open.holder("203.0.113.7", 10, 80) == "whole");
		CHECK(open.holder("203.0.113.7", 10) == "whole");
		CHECK(open.holder("203.0.113.7", 3 * day, 1500) == "whole");
	}
	TEST_CASE("the second of an end belongs to the next, whichever day it is") {
		const TemporaryDirectory directory;
		OpenAssignments open(directory.path());
		const Assignment anna = assignment("100.64.0.1", "anna", 0);
		REQUIRE(open.write({began(anna), ended(anna, 10 * day), began(assignment("100.64.0.1", "bert", 10 * day))}));
		CHECK(open.holder("100.64.0.1", -1).empty());
		CHECK(open.holder("100.64.0.1", 0) == "anna");
		CHECK(open.holder("100.64.0.1", 10 * day - 1) == "anna");
		CHECK(open.holder("100.64.0.1", 10 * day) == "bert");
	}
	TEST_CASE("history: by subscriber, by prefix, by time, newest first, as many as asked for") {
		const TemporaryDirectory directory;
		OpenAssignments open(directory.path());
		std::vector<AssignmentRow> rows;
		for (std::int64_t i = 0; i < 20; ++i) {
			const Assignment one = assignment(i % 2 == 0 ? "100.64.0.1" : "2001:db8:0:100::/56", i % 4 < 2 ? "anna" : "bert", i * day / 2);
			rows.push_back(began(one));
			if (i < 18) rows.push_back(ended(one, i * day / 2 + day));
		}
		REQUIRE(open.write(rows));
		AssignmentQuery query;
		query.limit = 3;
		CHECK(names(open.history(query)) == std::vector<std::string>{"bert", "bert", "anna"});
		query = {};
		query.subscriber = "anna";
		CHECK(names(open.history(query)) == std::vector<std::string>(10, "anna"));
		query.overlaps = prefix("100.64.0.0/16");
		CHECK(open.history(query).size() == 5);
		query.subscriber.reset();
		CHECK(open.history(query).size() == 10);
		query.overlaps = prefix("2001:db8:0:142::7");
		CHECK(open.history(query).size() == 10);
		query.overlaps = prefix("2001:db8:0:200::/56");
		CHECK(open.history(query).empty());
		query = {};
		query.since = after_noon(8 * day + day / 2);
		query.to = after_noon(9 * day);
		CHECK(open.history(query).size() == 3);
		query = {};
		query.subscriber = "nobody";
		CHECK(open.history(query).empty());
	}
	TEST_CASE("whatever came in whatever order, the answers are those of the fake, which looks at each row") {
		for (const unsigned seed : {1U, 2U, 3U, 4U}) {
			Dice dice(seed);
			const TemporaryDirectory directory;
			FakeAssignmentFile fake_file;
			FakeAssignmentStore fake(fake_file);
			fake.set_sources({"radius", "kea-4", "api"});
			OpenAssignments open(directory.path());
			Places places;
			for (unsigned place = 0; place < 40; ++place) {
				const auto rows = sessions_at(dice, 8, places);
				fake.write(rows, [](const Result<void>&) {});
				REQUIRE(open.write(rows));
			}
			std::vector<HolderQuestion> questions;
			for (unsigned i = 0; i < 500; ++i) {
				questions.push_back({dice.address(), std::nullopt, after_noon(dice.time(12))});
				if (dice.below(2) == 0) questions.back().port = static_cast<std::uint16_t>(dice.below(65536));
			}
			std::vector<std::optional<Assignment>> expected;
			fake.holders(questions, [&](auto answer) { expected = std::move(*answer); });
			const auto found = open.holders(questions);
			REQUIRE(found.size() == expected.size());
			for (std::size_t i = 0; i < found.size(); ++i) {
				CAPTURE(questions[i].address.text());
				CAPTURE(time_text(questions[i].at));
				CHECK(found[i] == expected[i]);
			}
			for (unsigned i = 0; i < 40; ++i) {
				AssignmentQuery query;
				if (dice.below(2) == 0) query.overlaps = dice.prefix();
				if (dice.below(2) == 0) query.subscriber = dice.name();
				if (dice.below(2) == 0) query.since = after_noon(dice.time(10));
				if (dice.below(2) == 0) query.to = after_noon(dice.time(10));
				std::vector<AssignmentRow> wanted;
				fake.history(query, [&](auto answer) { wanted = std::move(*answer); });
				const auto rows = open.history(query);
				REQUIRE(rows.size() == wanted.size());
				CHECK(std::ranges::is_permutation(rows, wanted, [](const auto& a, const auto& b) { return a == b; }));
				const auto when = [](const AssignmentRow& row) { return std::pair(!row.has_ended, row.has_ended ? *row.assignment.until : row.assignment.from); };
				CHECK(std::ranges::is_sorted(rows, std::greater{}, when));
			}
		}
	}
}
