// SPDX-License-Identifier: GPL-2.0-or-later
//
// A large access server begins anew: in parts, with the same end as at once, and without holding up others.
#include "assignment_claims.h"
#include "assignment_model.h"
#include "people_fixture.h"

using namespace gate25;
using namespace gate25::test;

namespace {

constexpr std::uint32_t many = 20'000;

void fill(AssignmentBook& book) {
	for (std::uint32_t i = 0; i < many; ++i) {
		Claim claim(0, 0);
		claim.of("subscriber-" + std::to_string(i)).session(i + 1).server(1 + i % 8 / 7); // each eighth of another server
		claim.prefixes = {Prefix::host(Address::ipv4(0x64400000U + i))};
		book.take(claim);
	}
}

struct Restarting : PeopleFixture {
	static constexpr unsigned sessions = 1500;
	bool is_answered = false;

	Restarting() {
		has_turns = true;
		begin();
		std::vector<AssignmentClaim> claims;
		for (unsigned i = 0; i < sessions; ++i) claims.push_back(session(0, 1, i + 1, "subscriber-" + std::to_string(i), i));
		agent.assignments().take(std::move(claims), [](const Result<void>& done) { REQUIRE(done); });
		quarantine("subscriber:subscriber-7");
	}
	AssignmentClaim session(int seconds, ServerHash server, SessionHash number, const std::string& name, std::uint32_t host) {
		AssignmentClaim claim;
		claim.source = agent.assignments().rank("radius").value();
		claim.at = clock.time.wall + Seconds{seconds};
		claim.server = server;
		claim.session = number;
		claim.subscriber = name;
		claim.prefixes = {Prefix::host(Address::ipv4(0x64400000U + host))};
		return claim;
	}
	AssignmentClaim restart(int seconds) {
		AssignmentClaim claim = session(seconds, 1, 0, "", 0);
		claim.kind = AssignmentClaim::Kind::end_server;
		claim.prefixes.clear();
		return claim;
	}
	void take(std::vector<AssignmentClaim> claims) {
		is_answered = false;
		agent.assignments().take(std::move(claims), [this](const Result<void>& done) { is_answered = done.has_value(); });
	}
	std::string held_by(std::uint32_t host) {
		const auto held = agent.assignments().book().find(Address::ipv4(0x64400000U + host));
		return held ? held->subscriber : "nobody";
	}
	bool is_refused(const char* address) const { return kernel.sets.at("quarantine4_port25").contains(address); }
};

} // namespace

TEST_SUITE("server restarts") {
	TEST_CASE("in parts the same ends as at once") {
		AssignmentBook whole, parted;
		fill(whole);
		fill(parted);
		const Claim on = EndServer(0, 10, 1);
		ClaimOutcome all;
		std::uint32_t place = 0;
		unsigned parts = 0;
		do {
			ClaimOutcome part = parted.take_part(on, place);
			CHECK(part.changes.size() <= 4096);
			for (auto& change : part.changes) all.changes.push_back(std::move(change));
			++parts;
		} while (place != 0);
		CHECK(parts == 5);
		CHECK(all.changes.size() == many / 8 * 7);
		CHECK(text_of(all) == text_of(whole.take(on)));
		CHECK(all_of(parted) == all_of(whole));
		CHECK(parted.count(1, 0) == 0);
		CHECK(parted.count(2, 0) == many / 8);
	}

	TEST_CASE("between two parts others may take what is still to be ended, and leave") {
		AssignmentBook book;
		fill(book);
		std::uint32_t place = 0;
		book.take_part(EndServer(0, 10, 1), place);
		REQUIRE(place != 0);
		CHECK(book.take(Claim(0, 10).of("somebody else").session(99'999).server(2).at({"100.64.78.31"})).changes.size() == 2);
		CHECK(book.take(End(0, 11).session(many - 1)).changes.size() == 1);
		while (place != 0) book.take_part(EndServer(0, 10, 1), place);
		CHECK(book.count(1, 0) == 0);
		CHECK(book.find(*Address::parse("100.64.78.31"))->subscriber == "somebody else");
	}

	TEST_CASE("nothing to end is over at once") {
		AssignmentBook book;
		std::uint32_t place = 0;
		CHECK(book.take_part(EndServer(0, 10, 1), place).changes.empty());
		CHECK(place == 0);
	}

	TEST_CASE_FIXTURE(Restarting, "others go on, and what the server itself says waits for its turn") {
		CHECK(is_refused("100.64.0.7"));
		take({restart(10), session(10, 1, 5001, "bert", 7)});
		CHECK(!is_answered);
		CHECK(held_by(7) == "subscriber-7");
		// The subscriber in quarantine is somewhere else by now, behind another access server.
		bool is_other_answered = false;
		agent.assignments().take({session(10, 2, 1, "subscriber-7", 9000)}, [&](const Result<void>& done) { is_other_answered = done.has_value(); });
		CHECK(is_other_answered);
		CHECK(is_refused("100.64.35.40"));
		REQUIRE(next_turn());
		CHECK(held_by(7) == "nobody");
		CHECK(!is_refused("100.64.0.7"));
		CHECK(!is_answered);
		REQUIRE(next_turn());
		CHECK(held_by(7) == "bert"); // of the same second, and not ended by what came before it
		CHECK(is_answered);
		CHECK(!next_turn());
		CHECK(is_refused("100.64.35.40"));
		CHECK(assignment_file.standing() == 2);
		const SourceHealth health = agent.assignments().health().at(1);
		CHECK(health.claims == sessions + 3);
		CHECK(health.ended == sessions);
	}

	TEST_CASE_FIXTURE(Restarting, "it is answered when all of it is on the disk, and what is left of it is done before the end") {
		assignment_file.hold();
		take({restart(10)});
		bool is_finished = false;
		agent.assignments().finish([&] { is_finished = true; });
		CHECK(agent.assignments().book().size() == 0);
		CHECK(!is_answered);
		assignment_file.answer_all();
		CHECK(is_answered);
		CHECK(is_finished);
		CHECK(assignment_file.standing() == 0);
		while (next_turn()) {} // of what is over nothing is left
	}

	TEST_CASE_FIXTURE(Restarting, "a small one is over at once") {
		take({session(10, 3, 1, "anna", 9001)});
		AssignmentClaim on = restart(11);
		on.server = 3;
		take({on});
		CHECK(is_answered);
		CHECK(held_by(9001) == "nobody");
		CHECK(turns.empty());
	}
}
