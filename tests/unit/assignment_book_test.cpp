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

TEST_CASE("assignment book: what is no name is refused and changes nothing") {
	AssignmentBook book;
	CHECK(book.take(Claim(radius, 100).of("").at({"192.0.2.7"})).is_name_refused);
	CHECK(book.take(Claim(radius, 100).of(std::string(longest_subscriber_id + 1, 'x')).at({"192.0.2.7"})).is_name_refused);
	book.put({*Prefix::parse("192.0.2.7"), {}, std::string(300, 'x'), at(1), at(1), {}, radius, 0, 0});
	CHECK(book.size() == 0);
	CHECK(!book.take(Claim(radius, 100).of(std::string(longest_subscriber_id, 'x')).at({"192.0.2.7"})).is_name_refused);
}

TEST_CASE("assignment book: an event older than what stands is stale, prefix by prefix") {
	AssignmentBook book;
	book.take(Claim(radius, 100).of("anna").at({"192.0.2.7"}).session(1));
	book.take(Claim(radius, 200).of("anna").at({"192.0.2.7"}).session(1)); // seen at 200
	const auto claim = book.take(Claim(radius, 150).of("bob").at({"192.0.2.7", "192.0.2.8"}).session(2));
	CHECK(claim.stale == 1);
	CHECK(claim.conflicts == 0);
	CHECK(holder_at(book, "192.0.2.7") == "anna");
	CHECK(holder_at(book, "192.0.2.8") == "bob");
	CHECK(book.take(End(radius, 199).session(1)).stale == 1);
	CHECK(book.take(End(radius, 199).at({"192.0.2.7"})).stale == 1);
	CHECK(holder_at(book, "192.0.2.7") == "anna");
	CHECK(book.take(End(radius, 200).session(1)).changes.size() == 1); // of the same second: what is taken later counts
	CHECK(holder_at(book, "192.0.2.7") == "nobody");
}

TEST_CASE("assignment book: of two claims of the same second the later one counts") {
	AssignmentBook book;
	book.take(Claim(radius, 100).of("anna").at({"2001:db8::/56"}).session(1));
	const auto outcome = book.take(Claim(radius, 100).of("bob").at({"2001:db8::/56"}).session(2));
	CHECK(outcome.conflicts == 1);
	CHECK(outcome.changes.size() == 2);
	CHECK(holder_at(book, "2001:db8::1") == "bob");
}

TEST_CASE("assignment book: a session that moves leaves what it does not name, of the families that it names") {
	AssignmentBook book;
	book.take(Claim(radius, 100).of("anna").at({"192.0.2.7", "2001:db8::/56"}).session(1));
	const auto moved = book.take(Claim(radius, 150).of("anna").at({"192.0.2.9"}).session(1));
	CHECK(moved.changes.size() == 2);
	CHECK(held_by(book, "anna") == "192.0.2.9 2001:db8::/56");
	book.take(Claim(radius, 160).of("anna").at({"2001:db8:0:100::/56", "2001:db8:0:200::/56"}).session(1));
	CHECK(held_by(book, "anna") == "192.0.2.9 2001:db8:0:100::/56 2001:db8:0:200::/56");
	// A packet from before it moved, which comes late, brings nothing back.
	const auto late = book.take(Claim(radius, 120).of("anna").at({"192.0.2.7", "2001:db8::/56"}).session(1));
	CHECK(late.stale == 2);
	CHECK(late.changes.empty());
	CHECK(held_by(book, "anna") == "192.0.2.9 2001:db8:0:100::/56 2001:db8:0:200::/56");
	// Without a session nothing else is meant.
	book.take(Claim(kea, 200).of("anna").at({"192.0.2.20"}));
	CHECK(held_by(book, "anna") == "192.0.2.9 192.0.2.20 2001:db8:0:100::/56 2001:db8:0:200::/56");
}

TEST_CASE("assignment book: the sessions of two sources are not one, though their numbers are") {
	AssignmentBook book;
	book.take(Claim(radius, 100).of("anna").at({"192.0.2.7"}).session(1));
	book.take(Claim(kea, 100).of("anna").at({"192.0.2.8"}).session(1));
	CHECK(held_by(book, "anna") == "192.0.2.7 192.0.2.8");
	book.take(End(kea, 110).session(1));
	CHECK(held_by(book, "anna") == "192.0.2.7");
	CHECK(book.take(EndServer(kea, 120, 0)).changes.empty());
}

TEST_CASE("assignment book: a new session of the same subscriber begins anew, without a conflict") {
	AssignmentBook book;
	book.take(Claim(radius, 100).of("anna").at({"192.0.2.7"}).session(1));
	const auto outcome = book.take(Claim(radius, 150).of("anna").at({"192.0.2.7"}).session(2));
	CHECK(outcome.conflicts == 0);
	REQUIRE(outcome.changes.size() == 2);
	CHECK(outcome.changes[1].assignment.session == 2);
	CHECK(book.take(End(radius, 160).session(1)).unknown == 1); // the late end of the first
	CHECK(holder_at(book, "192.0.2.7") == "anna");
	CHECK(book.take(End(radius, 160).session(2)).changes.size() == 1);
}

TEST_CASE("assignment book: a start that comes after its end, or is replayed, is stale") {
	AssignmentBook book;
	book.take(Claim(radius, 100).of("anna").at({"192.0.2.7"}).session(1));
	book.take(End(radius, 150).session(1));
	const auto replayed = book.take(Claim(radius, 100).of("anna").at({"192.0.2.7"}).session(1));
	CHECK(replayed.stale == 1);
	CHECK(book.size() == 0);
	CHECK(book.take(End(radius, 250).session(2)).unknown == 1); // overtook its start
	CHECK(book.take(Claim(radius, 240).of("bob").at({"2001:db8::/56", "192.0.2.8"}).session(2)).stale == 2);
	CHECK(book.size() == 0);
	CHECK(book.take(Claim(radius, 260).of("bob").at({"192.0.2.8"}).session(2)).changes.size() == 1); // its number is used again
	CHECK(book.take(Claim(kea, 240).of("bob").at({"192.0.2.9"}).session(2)).changes.size() == 1);    // another source's
}

TEST_CASE("assignment book: an access server that starts anew ends what it said before, nothing else") {
	AssignmentBook book;
	book.take(Claim(radius, 100).of("anna").at({"192.0.2.7", "2001:db8::/56"}).session(1).server(5));
	book.take(Claim(radius, 100).of("bob").at({"192.0.2.8"}).session(2).server(6));
	book.take(Claim(radius, 200).of("carl").at({"192.0.2.9"}).session(3).server(5));
	book.take(Claim(kea, 100).of("dora").at({"192.0.2.10"}).server(5));
	const auto outcome = book.take(EndServer(radius, 150, 5));
	CHECK(outcome.changes.size() == 2);
	CHECK(outcome.stale == 1); // carl was said after it
	CHECK(outcome.unknown == 0);
	CHECK(book.subscribers() == 3);
	CHECK(held_by(book, "anna").empty());
	CHECK(book.take(EndServer(radius, 160, 77)).changes.empty());
	CHECK(book.take(EndServer(radius, 300, 5)).changes.size() == 1);
}

TEST_CASE("assignment book: a lease that was over is no conflict, and does not end before") {
	AssignmentBook book;
	book.take(Claim(kea, 100).of("anna").at({"192.0.2.7"}).until(150));
	CHECK(holder_at(book, "192.0.2.7") == "anna");
	const auto outcome = book.take(Claim(kea, 150).of("bob").at({"192.0.2.7"}));
	CHECK(outcome.conflicts == 0);
	CHECK(outcome.changes.size() == 2);
}

TEST_CASE("assignment book: an end that names a subscriber ends only his") {
	AssignmentBook book;
	book.take(Claim(kea, 100).of("anna").at({"192.0.2.7"}));
	CHECK(book.take(End(kea, 110).of("bob").at({"192.0.2.7"})).unknown == 1);
	CHECK(holder_at(book, "192.0.2.7") == "anna");
	const auto outcome = book.take(End(kea, 110).of("anna").at({"192.0.2.7", "192.0.2.8"}));
	CHECK(outcome.changes.size() == 1);
	CHECK(outcome.unknown == 1);
}

TEST_CASE("assignment book: the longest prefix holds, and a longer one is no conflict") {
	AssignmentBook book;
	book.take(Claim(api, 100).of("firm").at({"192.0.2.0/24", "2001:db8::/48"}));
	const auto inner = book.take(Claim(api, 110).of("anna").at({"192.0.2.7", "2001:db8:0:100::/56", "2001:db8:0:100::7"}));
	CHECK(inner.conflicts == 0);
	CHECK(holder_at(book, "192.0.2.7") == "anna");
	CHECK(holder_at(book, "192.0.2.8") == "firm");
	CHECK(holder_at(book, "2001:db8:0:1ff::") == "anna");
	CHECK(holder_at(book, "2001:db8:0:200::") == "firm");
	const auto all = book.all_at(*Address::parse("2001:db8:0:100::7"));
	REQUIRE(all.size() == 3);
	CHECK(all[0].prefix.is_host());
	CHECK(all[2].subscriber == "firm");
	book.take(End(api, 120).at({"192.0.2.7", "2001:db8:0:100::/56", "2001:db8:0:100::7"}));
	CHECK(holder_at(book, "192.0.2.7") == "firm");
	CHECK(holder_at(book, "2001:db8:0:100::7") == "firm");
}

TEST_CASE("assignment book: memory is counted and used again") {
	AssignmentBook book;
	const std::size_t empty = book.memory();
	const auto fill = [&](std::int64_t begin) {
		for (std::uint32_t n = 0; n < 20'000; ++n) {
			AssignmentClaim claim = Claim(radius, begin).of("subscriber-" + std::to_string(n)).session(n + 1).server(3);
			claim.prefixes = {Prefix::host(Address::ipv4(0x64400000U + n))};
			if (n % 2 == 0) claim.prefixes = {Prefix::host(*Address::parse("2001:db8::" + std::to_string(n % 10) + ":" + std::to_string(n / 10)))};
			REQUIRE(book.take(claim).changes.size() == 1);
		}
	};
	fill(100);
	const std::size_t full = book.memory();
	CHECK(full > empty + 20'000 * 64);
	CHECK(book.take(EndServer(radius, 200, 3)).changes.size() == 20'000);
	CHECK(book.subscribers() == 0);
	const std::size_t once = book.memory();
	fill(300);
	CHECK(book.take(EndServer(radius, 400, 3)).changes.size() == 20'000);
	CHECK(book.memory() == once);
}
