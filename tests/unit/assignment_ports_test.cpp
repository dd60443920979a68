// SPDX-License-Identifier: GPL-2.0-or-later
//
// One public address, several subscribers: each has some of its ports.
#include "core/assignment_book.h"

#include "assignment_claims.h"

#include <doctest/doctest.h>

using namespace gate25;
using namespace gate25::test;

namespace {

constexpr SourceRank api = 0, radius = 1;
constexpr const char* shared = "203.0.113.1";

std::string holder_at(const AssignmentBook& book, std::optional<std::uint16_t> port) {
	const auto found = book.find(*Address::parse(shared), port);
	return found ? found->subscriber : "nobody";
}

} // namespace

TEST_CASE("ports: those who share an address are told apart by port, and without a port nobody is meant") {
	AssignmentBook book;
	book.take(Claim(radius, 100).of("anna").at({shared}).only("1024-2047"));
	CHECK(book.take(Claim(radius, 100).of("bob").at({shared}).only("2048-3071")).conflicts == 0);
	CHECK(holder_at(book, 1024) == "anna");
	CHECK(holder_at(book, 2047) == "anna");
	CHECK(holder_at(book, 2048) == "bob");
	CHECK(holder_at(book, 3072) == "nobody");
	CHECK(holder_at(book, std::nullopt) == "nobody");
	CHECK(!book.holder(*Prefix::parse(shared)));
	REQUIRE(book.of(subscriber_key("bob")).size() == 1);
	CHECK(book.of(subscriber_key("bob"))[0].ports == PortRange{2048, 3071});
}

TEST_CASE("ports: ranges that overlap are a conflict, and the later one holds") {
	AssignmentBook book;
	book.take(Claim(radius, 100).of("anna").at({shared}).only("1024-2047"));
	book.take(Claim(radius, 100).of("bob").at({shared}).only("2048-3071"));
	const auto outcome = book.take(Claim(radius, 110).of("carl").at({shared}).only("2000-2100"));
	CHECK(outcome.conflicts == 2);
	CHECK(outcome.changes.size() == 3);
	CHECK(holder_at(book, 1024) == "nobody");
	CHECK(holder_at(book, 2050) == "carl");
	CHECK(book.subscribers() == 1);
}

TEST_CASE("ports: whoever has the address whole overlaps with all of them") {
	AssignmentBook book;
	book.take(Claim(radius, 100).of("anna").at({shared}).only("1024-2047"));
	CHECK(book.take(Claim(radius, 110).of("bob").at({shared})).conflicts == 1);
	CHECK(holder_at(book, 1024) == "bob");
	CHECK(holder_at(book, std::nullopt) == "bob");
}

TEST_CASE("ports: by precedence, and the rest of the address is his who has it whole") {
	AssignmentBook book;
	book.take(Claim(radius, 100).of("anna").at({shared}));
	book.take(Claim(api, 100).of("bob").at({shared}).only("1024-2047"));
	CHECK(holder_at(book, 1024) == "bob");
	CHECK(holder_at(book, 5000) == "anna");
	CHECK(holder_at(book, std::nullopt) == "nobody"); // several share it
	CHECK(!book.holds_any(subscriber_key("anna")));
	book.take(End(api, 110).at({shared}));
	CHECK(holder_at(book, 1024) == "anna");
	CHECK(book.holder(*Prefix::parse(shared)) == subscriber_key("anna"));
}

TEST_CASE("ports: a session has several ranges and an address of its own, and one claim does not end the others") {
	AssignmentBook book;
	book.take(Claim(radius, 100).of("anna").at({"100.64.0.1", "2001:db8::/56"}).session(1));
	book.take(Claim(radius, 101).of("anna").at({shared}).only("1024-2047").session(1));
	book.take(Claim(radius, 102).of("anna").at({shared}).only("4096-5119").session(1));
	CHECK(book.of(subscriber_key("anna")).size() == 4);
	CHECK(book.take(Claim(radius, 103).of("anna").at({"100.64.0.1"}).session(1)).refreshed == 1);
	CHECK(book.of(subscriber_key("anna")).size() == 4);
	book.take(Claim(radius, 104).of("anna").at({"203.0.113.2"}).only("1024-2047").session(1)); // another address for its ports
	CHECK(holder_at(book, 1024) == "nobody");
	CHECK(book.of(subscriber_key("anna")).size() == 3);
	CHECK(book.take(End(radius, 105).session(1)).changes.size() == 3);
	CHECK(book.size() == 0);
}

TEST_CASE("ports: an end frees the ranges that lie within the one it names") {
	AssignmentBook book;
	book.take(Claim(radius, 100).of("anna").at({shared}).only("1024-2047"));
	book.take(Claim(radius, 100).of("bob").at({shared}).only("2048-3071"));
	CHECK(book.take(End(radius, 110).at({shared}).only("1500-2500")).unknown == 1);
	CHECK(book.take(End(radius, 110).at({shared}).only("2048-4000")).changes.size() == 1);
	CHECK(holder_at(book, 1024) == "anna");
	CHECK(book.take(End(radius, 110).at({shared})).changes.size() == 1);
	CHECK(book.size() == 0);
}

TEST_CASE("ports: IPv6 prefixes of a claim with ports are held whole") {
	AssignmentBook book;
	book.take(Claim(radius, 100).of("anna").at({shared, "2001:db8::/56"}).only("1024-2047").session(1));
	CHECK(book.holder(*Prefix::parse("2001:db8::/56")) == subscriber_key("anna"));
	CHECK(book.take(Claim(radius, 110).of("anna").at({"2001:db8::/56"}).session(1)).refreshed == 1);
}
