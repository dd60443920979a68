// SPDX-License-Identifier: GPL-2.0-or-later
//
// The rules of core/assignment_book.h, one after the other.
#include "core/assignment_book.h"

#include "assignment_claims.h"

#include <doctest/doctest.h>

using namespace gate25;
using namespace gate25::test;

namespace {

constexpr SourceRank api = 0, radius = 1, kea = 2;

std::string held_by(const AssignmentBook& book, const std::string& name) {
	std::string out;
	for (const Assignment& each : book.of(subscriber_key(name))) out += (out.empty() ? "" : " ") + each.prefix.text();
	return out;
}

std::string holder_at(const AssignmentBook& book, const std::string& address, std::optional<std::uint16_t> port = {}) {
	const auto found = book.find(*Address::parse(address), port);
	return found ? found->subscriber : "nobody";
}

} // namespace

TEST_CASE("assignment book: who holds a prefix is found by it, by an address in it and by name") {
	AssignmentBook book;
	const auto outcome = book.take(Claim(radius, 100).of("anna").at({"192.0.2.7", "2001:db8:1:200::/56"}).session(5).server(9).until(900));
	REQUIRE(outcome.changes.size() == 2);
	CHECK(outcome.changes[0].kind == AssignmentChange::Kind::began);
	CHECK(outcome.changes[1].assignment ==
	      Assignment{*Prefix::parse("2001:db8:1:200::/56"), {}, "anna", at(100), at(100), at(900), radius, 5, 9});
	CHECK(book.holder(*Prefix::parse("192.0.2.7")) == subscriber_key("anna"));
	CHECK(!book.holder(*Prefix::parse("192.0.2.8")));
	CHECK(!book.holder(*Prefix::parse("2001:db8:1:200::/57")));
	CHECK(holder_at(book, "192.0.2.7") == "anna");
	CHECK(holder_at(book, "2001:db8:1:2ff::1") == "anna");
	CHECK(holder_at(book, "2001:db8:1:300::1") == "nobody");
	CHECK(held_by(book, "anna") == "192.0.2.7 2001:db8:1:200::/56");
	CHECK(book.name(subscriber_key("anna")) == "anna");
	CHECK(book.holds_any(subscriber_key("anna")));
	CHECK(!book.name(subscriber_key("bob")));
	CHECK(!book.holds_any(subscriber_key("bob")));
	CHECK(book.size() == 2);
	CHECK(book.subscribers() == 1);
	CHECK(book.count(radius) == 2);
	CHECK(book.count(kea) == 0);
}

TEST_CASE("assignment book: a claim that says what is known refreshes, never backwards") {
	AssignmentBook book;
	book.take(Claim(kea, 100).of("anna").at({"192.0.2.7"}).until(200));
	const auto seen_until = [&] {
		const auto found = book.find(*Address::parse("192.0.2.7"));
		REQUIRE(found);
		CHECK(found->from == at(100));
		return std::pair(found->seen, found->until);
	};
	const auto refreshed = book.take(Claim(kea, 150).of("anna").at({"192.0.2.7"}).until(250));
	CHECK(refreshed.refreshed == 1);
	CHECK(refreshed.changes.empty());
	CHECK(seen_until() == std::pair(at(150), std::optional(at(250))));
	CHECK(book.take(Claim(kea, 120).of("anna").at({"192.0.2.7"}).until(220)).refreshed == 1);
	CHECK(seen_until() == std::pair(at(150), std::optional(at(250))));
	CHECK(book.take(Claim(kea, 160).of("anna").at({"192.0.2.7"})).refreshed == 1);
	CHECK(seen_until() == std::pair(at(160), std::optional(at(250))));
	CHECK(book.take(Claim(kea, 99).of("anna").at({"192.0.2.7"})).stale == 1); // before it began
	CHECK(book.size() == 1);
}

TEST_CASE("assignment book: another subscriber within one source supersedes, and that is a conflict") {
	AssignmentBook book;
	book.take(Claim(radius, 100).of("anna").at({"192.0.2.7", "2001:db8::/56"}).session(1));
	const auto outcome = book.take(Claim(radius, 110).of("bob").at({"192.0.2.7"}).session(2));
	REQUIRE(outcome.changes.size() == 2);
	CHECK(outcome.conflicts == 1);
	CHECK(outcome.changes[0].kind == AssignmentChange::Kind::ended);
	CHECK(outcome.changes[0].assignment.subscriber == "anna");
	CHECK(outcome.changes[0].assignment.until == at(110));
	CHECK(outcome.changes[1].kind == AssignmentChange::Kind::began);
	CHECK(outcome.changes[1].assignment.subscriber == "bob");
	CHECK(held_by(book, "anna") == "2001:db8::/56");
	CHECK(held_by(book, "bob") == "192.0.2.7");
}

TEST_CASE("assignment book: the end of a session ends all of it, both families, and forgets the name") {
	AssignmentBook book;
	book.take(Claim(radius, 100).of("anna").at({"192.0.2.7", "2001:db8::/56"}).session(1));
	book.take(Claim(radius, 100).of("bob").at({"192.0.2.8"}).session(2));
	const auto outcome = book.take(End(radius, 150).session(1));
	CHECK(outcome.changes.size() == 2);
	CHECK(outcome.unknown == 0);
	for (const auto& change : outcome.changes) CHECK(change.assignment.until == at(150));
	CHECK(!book.name(subscriber_key("anna")));
	CHECK(holder_at(book, "192.0.2.8") == "bob");
	CHECK(book.take(End(radius, 151).session(1)).unknown == 1);
	CHECK(book.size() == 1);
	CHECK(book.subscribers() == 1);
}

TEST_CASE("assignment book: the first source in the order of precedence holds, and when it ends, the next one") {
	AssignmentBook book;
	book.take(Claim(radius, 100).of("anna").at({"192.0.2.7"}));
	const auto later = book.take(Claim(kea, 200).of("bob").at({"192.0.2.7"}));
	CHECK(later.changes.size() == 1);
	CHECK(later.conflicts == 0);
	CHECK(holder_at(book, "192.0.2.7") == "anna");
	CHECK(held_by(book, "bob").empty());
	CHECK(!book.holds_any(subscriber_key("bob")));
	CHECK(book.name(subscriber_key("bob")) == "bob");
	book.take(Claim(api, 50).of("carl").at({"192.0.2.7"}));
	CHECK(holder_at(book, "192.0.2.7") == "carl");
	CHECK(held_by(book, "anna").empty());
	book.take(End(api, 210).at({"192.0.2.7"}));
	book.take(End(radius, 210).at({"192.0.2.7"}));
	CHECK(holder_at(book, "192.0.2.7") == "bob");
	CHECK(book.holder(*Prefix::parse("192.0.2.7")) == subscriber_key("bob"));
	CHECK(held_by(book, "bob") == "192.0.2.7");
}

TEST_CASE("assignment book: a name whose key is another's is refused and changes nothing") {
	AssignmentBook book([](std::string_view name) { return subscriber_key_of(static_cast<unsigned char>(name.front())); });
	book.take(Claim(radius, 100).of("anna").at({"192.0.2.7"}));
	const auto outcome = book.take(Claim(radius, 110).of("alice").at({"192.0.2.7", "192.0.2.8"}));
	CHECK(outcome.is_name_refused);
	CHECK(outcome.changes.empty());
	CHECK(holder_at(book, "192.0.2.7") == "anna");
	CHECK(book.size() == 1);
	book.take(End(radius, 120).at({"192.0.2.7"}));
	CHECK(!book.take(Claim(radius, 130).of("alice").at({"192.0.2.8"})).is_name_refused);
	CHECK(book.name(subscriber_key_of('a')) == "alice");
}
