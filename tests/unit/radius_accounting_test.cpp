// SPDX-License-Identifier: GPL-2.0-or-later
//
// From accounting packets to claims and answers: who is heard, when he is answered, and what comes again.
#include "flow/radius_accounting.h"
#include "radius_packets.h"

#include <doctest/doctest.h>

#include <deque>

using namespace gate25;
using namespace gate25::test;

namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr SourceRank radius_rank = 3;
constexpr const char* secret = "a secret";
constexpr std::int64_t noon = 1'800'000'000;

class FakeTaker : public ClaimTaker {
public:
	void take(std::vector<AssignmentClaim> some, std::function<void(Result<void>)> done) override {
		claims.insert(claims.end(), some.begin(), some.end());
		waiting.push_back(std::move(done));
	}
	void heard(SourceRank source) override { heard_of.push_back(source); }
	SourceCounters& counters(SourceRank) override { return counted; }
	void each_of(SourceRank, const std::function<void(const Assignment&)>&) const override {}

	std::vector<AssignmentClaim> claims;
	std::deque<std::function<void(Result<void>)>> waiting;
	std::vector<SourceRank> heard_of;
	SourceCounters counted;
};

struct World {
	World() {
		RadiusRules rules;
		rules.enabled = true;
		rules.clients = {{"bras-1", {*Prefix::parse("192.0.2.10"), *Prefix::parse("2001:db8:a::/64")}, "", secret},
		                 {"all", {*Prefix::parse("192.0.2.0/24")}, "", "another"},
		                 {"no secret", {*Prefix::parse("192.0.2.99")}, "", ""}};
		accounting = std::make_unique<RadiusAccounting>(RadiusAccounting::World{
		    taker, [this] { return now; }, [this](LogLevel, const std::string& text) { logged.push_back(text); },
		    [this](std::vector<RadiusAnswer> some) { answers.insert(answers.end(), some.begin(), some.end()); }});
		accounting->configure(rules, radius_rank);
	}
	// Many at once.
	void take(const std::vector<RadiusBytes>& packets, const char* peer = "192.0.2.10", std::uint16_t port = 40000) {
		std::vector<RadiusDatagram> datagrams;
		for (const RadiusBytes& bytes : packets) datagrams.push_back({{*Address::parse(peer), port, *Address::parse("192.0.2.1"), 0, 0}, bytes});
		accounting->take(datagrams);
	}
	void take(const RadiusRequest& request, const char* peer = "192.0.2.10", std::uint16_t port = 40000) { take({request.signed_with(secret)}, peer, port); }
	// All that waits is on the disk, or the disk is full.
	void store(bool is_good = true) {
		while (!taker.waiting.empty()) {
			const auto done = std::move(taker.waiting.front());
			taker.waiting.pop_front();
			done(is_good ? Result<void>() : fail(ErrorKind::storage, "the disk is full"));
		}
	}
	void pass(Seconds time) {
		now.wall += time;
		now.boot += time;
	}
	std::size_t taken() const { return taker.claims.size(); }
	const AssignmentClaim& last() const { return taker.claims.back(); }
	UnixTime wall(std::int64_t after = 0) const { return UnixTime{Seconds{noon + after}}; }

	Now now{UnixTime{Seconds{noon}}, Milliseconds{100'000'000}};
	FakeTaker taker;
	std::vector<RadiusAnswer> answers;
	std::vector<std::string> logged;
	std::unique_ptr<RadiusAccounting> accounting;
};

RadiusRequest packet(std::uint32_t status, std::string_view session, std::uint8_t identifier = 1) {
	return RadiusRequest(identifier).status(status).session(session).user("alice").address(4, "192.0.2.10").address(8, "100.64.1.2");
}
RadiusRequest start(std::string_view session = "s1", std::uint8_t identifier = 1) { return packet(1, session, identifier); }
RadiusRequest stop(std::string_view session = "s1", std::uint8_t identifier = 2) { return packet(2, session, identifier); }
RadiusRequest restart(std::uint8_t identifier = 9) { return RadiusRequest(identifier).status(7).address(4, "192.0.2.10"); }

} // namespace

TEST_CASE("accounting: a start is a claim, and answered when that is durable") {
	World world;
	world.take(start().prefix(123, "2001:db8:1000::", 56, 7));
	REQUIRE(world.taken() == 1);
	CHECK(world.last().kind == AssignmentClaim::Kind::hold);
	CHECK(world.last().source == radius_rank);
	CHECK(world.last().subscriber == "alice");
	CHECK(world.last().prefixes.size() == 2);
	CHECK(world.last().at == world.wall());
	CHECK(world.last().session != 0);
	CHECK(world.last().server != 0);
	CHECK(world.answers.empty());
	CHECK(world.accounting->waiting() == 1);
	world.store();
	REQUIRE(world.answers.size() == 1);
	CHECK(world.answers[0].bytes[0] == 5);
	CHECK(world.answers[0].bytes[1] == 1);
	CHECK(world.answers[0].path.port == 40000);
	CHECK(world.accounting->waiting() == 0);
}

TEST_CASE("accounting: what is not durable is not answered, and taken anew when it comes again") {
	World world;
	world.take(start());
	world.store(false);
	CHECK(world.answers.empty());
	REQUIRE(world.logged.size() == 1);
	CHECK(world.logged[0].find("the disk is full") != std::string::npos);
	world.take(start());
	CHECK(world.taken() == 2);
	world.store();
	CHECK(world.answers.size() == 1);
	CHECK(world.taker.counted.repeated == 0);
}

TEST_CASE("accounting: the same packet again is dropped while it waits, then answered the same and not taken twice") {
	World world;
	world.take(start());
	world.take(start());
	CHECK(world.taken() == 1);
	CHECK(world.taker.counted.repeated == 1);
	world.store();
	CHECK(world.answers.size() == 1);
	world.pass(Seconds{5});
	world.take(start());
	CHECK(world.taken() == 1);
	REQUIRE(world.answers.size() == 2);
	CHECK(world.answers[0].bytes == world.answers[1].bytes);
	CHECK(world.taker.counted.repeated == 2);
	// From another port it has its answer there, and says nothing new; with another identifier it is another packet.
	world.take(start(), "192.0.2.10", 40001);
	CHECK(world.taken() == 1);
	REQUIRE(world.answers.size() == 3);
	CHECK(world.answers[2].path.port == 40001);
	world.take(start("s1", 7));
	CHECK(world.taken() == 2);
}

TEST_CASE("accounting: packets of one turn share one write, and each has its answer") {
	World world;
	std::vector<RadiusBytes> packets;
	for (std::uint8_t i = 0; i < 50; ++i) packets.push_back(start("s" + std::to_string(i), i).signed_with(secret));
	packets.push_back(packets[3]); // again in the same turn
	world.take(packets);
	CHECK(world.taken() == 50);
	CHECK(world.taker.waiting.size() == 1);
	world.store();
	CHECK(world.answers.size() == 50);
	CHECK(world.taker.counted.repeated == 1);
}

TEST_CASE("accounting: strangers and the forged get no answer, are counted, and told of once a minute") {
	World world;
	world.take(start(), "198.51.100.1");
	world.take({start().signed_with("guess")});
	world.take(start(), "192.0.2.11"); // a client with another secret
	world.take(start(), "192.0.2.99"); // a client whose secret could not be read
	world.take({start().signed_with("")}, "192.0.2.99");
	CHECK(world.taker.counted.forged == 5);
	CHECK(world.taken() == 0);
	CHECK(world.taker.heard_of.empty());
	REQUIRE(world.logged.size() == 1);
	CHECK(world.logged[0].find("198.51.100.1") != std::string::npos);
	world.pass(Seconds{60});
	world.take(start(), "2001:db8:b::1");
	CHECK(world.logged.size() == 2);
	world.take({start().signed_with("another")}, "192.0.2.11");
	world.take(start(), "2001:db8:a::7");
	CHECK(world.taken() == 2);
	world.store();
	CHECK(world.answers.size() == 2);
}

TEST_CASE("accounting: malformed packets and records without a name get no answer and are counted") {
	World world;
	world.take({RadiusBytes(19)});
	world.take(start().add(8, {1, 2, 3}));
	world.take(RadiusRequest().status(1).session("s").address(8, "100.64.1.2")); // no name
	CHECK(world.taker.counted.malformed == 3);
	CHECK(world.taken() == 0);
	CHECK(world.answers.empty());
	// To end a session takes no name.
	world.take(RadiusRequest().status(2).session("s").address(8, "100.64.1.2"));
	CHECK(world.taken() == 1);
	CHECK(world.last().kind == AssignmentClaim::Kind::end);
}

TEST_CASE("accounting: what says nothing about addresses is answered at once") {
	World world;
	world.take(RadiusRequest().status(1).session("s").user("alice")); // before it has an address
	world.take(RadiusRequest(2).status(9).session("s"));                // Tunnel-Start
	CHECK(world.taken() == 0);
	CHECK(world.answers.size() == 2);
	CHECK(world.taker.heard_of.size() == 2);
	world.take({RadiusRequest(3, 12).signed_with(secret, true)}); // Status-Server
	CHECK(world.answers.size() == 3);
	CHECK(world.answers[2].bytes[0] == 5);
	CHECK(world.taker.counted.malformed == 0);
}

TEST_CASE("accounting: sessions and servers are told apart by what names the server, not by who passes it on") {
	World world;
	world.take(start());
	world.take(start("s1", 2), "2001:db8:a::1"); // by another proxy
	CHECK(world.taker.claims[0].session == world.taker.claims[1].session);
	CHECK(world.taker.claims[0].server == world.taker.claims[1].server);
	const auto nameless = [](std::uint8_t identifier) {
		return RadiusRequest(identifier).status(1).session("s1").user("alice").address(8, "100.64.1.2");
	};
	world.take(nameless(1));
	world.take(nameless(2), "2001:db8:a::1");
	CHECK(world.taker.claims[2].session != world.taker.claims[0].session);
	CHECK(world.taker.claims[2].session != world.taker.claims[3].session);
	CHECK(world.taker.claims[2].server != world.taker.claims[3].server);
	world.take(restart());
	CHECK(world.last().kind == AssignmentClaim::Kind::end_server);
	CHECK(world.last().server == world.taker.claims[0].server);
}

TEST_CASE("accounting: events have the time of the event") {
	World world;
	world.take(start("s1").stamp(noon - 7));
	CHECK(world.last().at == world.wall(-7));
	world.take(start("s2").number(41, 12));
	CHECK(world.last().at == world.wall(-12));
	CHECK(world.taker.counted.odd_times == 0);
	world.take(start("s3").stamp(noon + 3600));
	CHECK(world.last().at == world.wall());
	world.take(start("s4").number(41, 100'000));
	CHECK(world.last().at == world.wall());
	CHECK(world.taker.counted.odd_times == 2);
}

TEST_CASE("accounting: an old packet that comes again does not bring back a session that is over") {
	World world;
	const RadiusRequest begun = start("s1", 1).stamp(noon), over = stop("s1", 2).stamp(noon + 100);
	world.take(begun);
	world.pass(Seconds{100});
	world.take(over);
	CHECK(world.taken() == 2);
	world.store();
	world.pass(hours{2});
	world.take(begun);                                    // recorded by somebody
	world.take(start("s1", 3).stamp(noon).number(41, 7300)); // kept by the server, sent again with its delay
	world.take(packet(3, "s1", 4).stamp(noon + 99));       // overtaken on its way
	CHECK(world.taken() == 2);
	CHECK(world.taker.counted.repeated == 3);
	CHECK(world.answers.size() == 5);
	// The same number for a new session, as after a restart without Accounting-On.
	world.take(start("s1", 5).stamp(noon + 7300));
	CHECK(world.taken() == 3);
	// A Stop that comes again says of what began later nothing: the book finds it too old.
	world.take(over);
	CHECK(world.last().at == world.wall(100));
}

TEST_CASE("accounting: without a stamp too, what comes again does not bring back a session") {
	World world;
	world.take(start());
	world.pass(Seconds{100});
	world.take(stop());
	world.take(packet(3, "s1", 3)); // overtaken on its way
	CHECK(world.taken() == 2);
	world.store();
	world.pass(hours{2});
	world.take(start());
	CHECK(world.taken() == 2);
	CHECK(world.taker.counted.repeated == 2);
	CHECK(world.answers.size() == 4);
	// Nor does what was recorded, from wherever it is sent.
	world.take(start(), "192.0.2.10", 40001);
	CHECK(world.taken() == 2);
	CHECK(world.answers.size() == 5);
	// Another packet about the same session is a new one.
	world.take(start("s1", 4));
	CHECK(world.taken() == 3);
	world.store();
	// After a restart the server may say the very same again.
	world.pass(hours{1});
	world.take(restart());
	world.take(start("s1", 4));
	CHECK(world.taken() == 5);
	world.store();
	// And restart again with the very same packet.
	world.pass(hours{1});
	world.take(restart());
	CHECK(world.taken() == 6);
	CHECK(world.last().kind == AssignmentClaim::Kind::end_server);
}

TEST_CASE("accounting: what a server said before it was restarted does not come back") {
	World world;
	const RadiusRequest begun = start().stamp(noon);
	world.take(begun);
	world.pass(minutes{10});
	world.take(restart().stamp(noon + 600));
	CHECK(world.taken() == 2);
	world.store();
	world.take(begun);
	world.pass(minutes{10});
	world.take(begun);
	CHECK(world.taken() == 2);
	// Of another server it is.
	world.take(RadiusRequest().status(1).session("s1").user("alice").address(4, "192.0.2.77").address(8, "100.64.1.2").stamp(noon));
	CHECK(world.taken() == 3);
}

TEST_CASE("accounting: more than can wait is not taken, and comes again later") {
	World world;
	constexpr std::size_t each = 1024;
	std::size_t next = 0;
	const auto take_some = [&] {
		std::vector<RadiusBytes> packets;
		for (std::size_t i = 0; i < each; ++i) packets.push_back(start("s" + std::to_string(next++)).signed_with(secret));
		world.take(packets);
		return packets;
	};
	for (std::size_t i = 0; i < RadiusAccounting::most_waiting / each; ++i) take_some();
	const auto late = take_some();
	CHECK(world.taken() == RadiusAccounting::most_waiting);
	CHECK(world.accounting->waiting() == RadiusAccounting::most_waiting);
	world.store();
	CHECK(world.answers.size() == RadiusAccounting::most_waiting);
	world.take(late);
	CHECK(world.taken() == RadiusAccounting::most_waiting + late.size());
}

TEST_CASE("accounting: what the store says of one that is gone reaches nobody") {
	World world;
	world.take(start());
	world.accounting.reset();
	world.store();
	CHECK(world.answers.empty());
}
