// SPDX-License-Identifier: GPL-2.0-or-later
//
// From what a source shows to claims: only what is new, and what is there no more.
#include "fake_claim_taker.h"
#include "flow/lease_sync.h"

#include <doctest/doctest.h>

using namespace gate25;
using namespace gate25::test;

namespace {

constexpr SourceRank rank = 2;

UnixTime at(std::int64_t seconds) { return UnixTime(Seconds(1'795'000'000 + seconds)); }

Lease held(const std::string& prefix, const std::string& subscriber, std::optional<UnixTime> since = at(0), std::optional<UnixTime> until = at(3600)) {
	Lease lease;
	lease.prefix = Prefix::parse(prefix).value();
	lease.subscriber = subscriber;
	lease.at = since;
	lease.until = until;
	return lease;
}

Lease held_ports(const std::string& prefix, const std::string& ports, const std::string& subscriber) {
	Lease lease = held(prefix, subscriber);
	lease.ports = parse_ports(ports).value();
	return lease;
}

Lease in_state(const std::string& prefix, Lease::State state, std::optional<UnixTime> since = std::nullopt) {
	Lease lease;
	lease.prefix = Prefix::parse(prefix).value();
	lease.state = state;
	lease.at = since;
	return lease;
}

struct Source {
	explicit Source(Twice twice = Twice::last_counts) : twice_(twice) { start(); }
	void start() {
		sync = std::make_unique<LeaseSync>(LeaseSync::World{taker, [this] { return now; }, [this](std::function<void()> f) { later.push_back(std::move(f)); },
		                                                    [this](LogLevel, const std::string& text) { log += text + '\n'; }},
		                                   "dhcp", rank, twice_);
	}
	// Whether the piece was taken in the end.
	bool give(LeasePiece piece) {
		const auto is_taken = std::make_shared<bool>(false);
		sync->take(std::move(piece), [is_taken] { *is_taken = true; });
		for (; !later.empty(); ++turns) {
			const auto next = std::move(later.front());
			later.pop_front();
			next();
		}
		return *is_taken;
	}
	// A whole picture in two pieces.
	void show(std::vector<Lease> leases, std::uint64_t bad = 0) {
		LeasePiece first, last;
		first.begins = true;
		first.leases = std::move(leases);
		first.bad = bad;
		if (bad > 0) first.problem = "leases:7: cannot be read";
		last.is_whole = true;
		CHECK(give(std::move(first)));
		CHECK(give(std::move(last)));
	}
	void append(std::vector<Lease> leases) {
		LeasePiece piece;
		piece.leases = std::move(leases);
		CHECK(give(std::move(piece)));
	}
	std::size_t claimed() {
		const std::size_t count = taker.claims.size();
		taker.claims.clear();
		return count;
	}

	FakeClaimTaker taker;
	UnixTime now = at(10);
	std::deque<std::function<void()>> later;
	std::string log;
	unsigned turns = 0;
	std::unique_ptr<LeaseSync> sync;

private:
	Twice twice_;
};

} // namespace

TEST_CASE("a picture is claimed once, of both families, and what is gone from the next one ends") {
	Source source;
	source.show({held("100.64.1.2", "anna"), held("2001:db8:1000:100::/56", "anna"), held("100.64.1.3", "bert")});
	CHECK(source.taker.text() == "100.64.1.2=anna 100.64.1.3=bert 2001:db8:1000:100::/56=anna");
	CHECK(source.claimed() == 3);
	source.show({held("100.64.1.2", "anna"), held("2001:db8:1000:100::/56", "anna"), held("100.64.1.3", "bert")});
	CHECK(source.claimed() == 0);
	source.show({held("100.64.1.2", "anna")});
	CHECK(source.taker.text() == "100.64.1.2=anna");
	CHECK(source.claimed() == 2);
	CHECK(source.sync->size() == 1);
}

TEST_CASE("a claim says who, since when, until when, and for which source") {
	Source source;
	source.show({held("100.64.1.2", "anna")});
	REQUIRE(source.taker.claims.size() == 1);
	const AssignmentClaim claim = source.taker.claims[0];
	CHECK(claim.kind == AssignmentClaim::Kind::hold);
	CHECK(claim.source == rank);
	CHECK(claim.at == at(0));
	CHECK(claim.until == at(3600));
	CHECK(claim.session != 0);
	source.claimed();
	// A renewal is a refreshment of the same session.
	source.show({held("100.64.1.2", "anna", at(5), at(3605))});
	REQUIRE(source.taker.claims.size() == 1);
	CHECK(source.taker.claims[0].session == claim.session);
	CHECK(source.taker.claims[0].at == at(5));
}

TEST_CASE("half a picture and one with a line that cannot be read end nothing") {
	Source source;
	source.show({held("100.64.1.2", "anna"), held("100.64.1.3", "bert")});
	LeasePiece half;
	half.begins = true;
	half.leases = {held("100.64.1.9", "carl")};
	CHECK(source.give(std::move(half)));
	LeasePiece broken;
	broken.problem = "cannot read leases: no such file";
	CHECK(source.give(std::move(broken)));
	CHECK(source.taker.text() == "100.64.1.2=anna 100.64.1.3=bert");
	CHECK(source.taker.own.problem == "cannot read leases: no such file");
	// What could be read of a bad picture counts, and nothing ends.
	source.show({held("100.64.1.4", "carl")}, 1);
	CHECK(source.taker.text() == "100.64.1.2=anna 100.64.1.3=bert 100.64.1.4=carl");
	CHECK(source.taker.own.malformed == 1);
	CHECK(source.taker.own.problem == "leases:7: cannot be read; nothing ends until that is put right");
	source.show({held("100.64.1.4", "carl")});
	CHECK(source.taker.text() == "100.64.1.4=carl");
	CHECK(source.taker.own.problem.empty());
	CHECK(source.log.find("source dhcp: leases:7") != std::string::npos);
}

TEST_CASE("of a journal the last line counts, and what it said in between is not told") {
	Source source;
	source.show({held("100.64.1.2", "anna", at(0))});
	source.claimed();
	source.show({held("100.64.1.2", "anna", at(0)), in_state("100.64.1.2", Lease::State::free, at(2)), held("100.64.1.2", "bert", at(3)),
	             in_state("100.64.1.2", Lease::State::free), held("100.64.1.2", "anna", at(0)), held("100.64.1.3", "bert"), in_state("100.64.1.3", Lease::State::free)});
	CHECK(source.taker.text() == "100.64.1.2=anna");
	CHECK(source.claimed() == 0);
}

TEST_CASE("what is appended to a journal counts at once") {
	Source source;
	source.show({held("100.64.1.2", "anna"), held("2001:db8::1", "anna")});
	source.claimed();
	source.append({held("100.64.1.2", "anna", at(7), at(3607)), held("100.64.1.3", "bert")});
	CHECK(source.claimed() == 2);
	source.append({in_state("2001:db8::1", Lease::State::free, at(8))});
	REQUIRE(source.taker.claims.size() == 1);
	CHECK(source.taker.claims[0].kind == AssignmentClaim::Kind::end);
	CHECK(source.taker.claims[0].at == at(8));
	CHECK(source.taker.text() == "100.64.1.2=anna 100.64.1.3=bert");
	source.append({in_state("2001:db8::1", Lease::State::free, at(9)), in_state("100.64.1.77", Lease::State::free)});
	CHECK(source.claimed() == 1);
}

TEST_CASE("an address that goes to another client is over for the first one, which is no conflict") {
	Source source;
	source.show({held("100.64.1.2", "anna", at(0))});
	source.append({held("100.64.1.2", "bert", at(5))});
	CHECK(source.taker.text() == "100.64.1.2=bert");
	source.show({held("100.64.1.2", "carl", at(6))});
	CHECK(source.taker.text() == "100.64.1.2=carl");
	CHECK(source.taker.conflicts == 0);
	// An end is never before what was seen last.
	CHECK(source.taker.claims.back().at == at(6));
	source.append({in_state("100.64.1.2", Lease::State::free, at(1))});
	CHECK(source.taker.claims.back().at == at(6));
}

TEST_CASE("a lease without a name changes nothing, in a picture and behind it") {
	Source source;
	source.show({held("100.64.1.2", "anna")});
	source.show({in_state("100.64.1.2", Lease::State::nameless), in_state("100.64.1.3", Lease::State::nameless)});
	source.append({in_state("100.64.1.2", Lease::State::nameless)});
	CHECK(source.taker.text() == "100.64.1.2=anna");
	CHECK(source.taker.own.malformed == 3);
	CHECK(source.taker.own.problem.empty());
}

TEST_CASE("two subscribers at one prefix of a list: the first counts, and nothing ends") {
	Source source(Twice::conflict);
	source.show({held("100.64.1.2", "anna"), held("100.64.1.9", "carl")});
	for (int round = 0; round < 2; ++round) { // new in the first round, known in the second
		source.show({held("100.64.1.2", "anna"), held("100.64.1.3", "bert"), held("100.64.1.2", "bert"), held("100.64.1.3", "anna"), held("100.64.1.3", "bert")});
		CHECK(source.taker.text() == "100.64.1.2=anna 100.64.1.3=bert 100.64.1.9=carl");
		CHECK(source.taker.own.problem == "100.64.1.2 stands there twice, the second time for bert; nothing ends until that is put right");
	}
	CHECK(source.taker.own.malformed == 4);
}

TEST_CASE("ranges of ports are told apart") {
	Source source(Twice::conflict);
	source.show({held_ports("198.51.100.1", "1024-2047", "anna"), held_ports("198.51.100.1", "2048-4095", "bert")});
	CHECK(source.taker.text() == "198.51.100.1#1024-2047=anna 198.51.100.1#2048-4095=bert");
	source.show({held_ports("198.51.100.1", "2048-4095", "bert")});
	CHECK(source.taker.text() == "198.51.100.1#2048-4095=bert");
}

TEST_CASE("the first picture after a start is compared with what stood before") {
	Source source;
	source.show({held("100.64.1.2", "anna"), held("100.64.1.3", "bert"), held("100.64.1.4", "carl")});
	source.claimed();
	Assignment other;
	other.prefix = Prefix::parse("100.64.1.5").value();
	other.subscriber = "dora";
	other.source = 0;
	source.taker.stands[{other.prefix, {}}] = other;
	source.start();
	source.append({held("100.64.1.6", "emil")}); // not before there is a picture
	CHECK(source.claimed() == 0);
	source.show({held("100.64.1.2", "anna"), held("100.64.1.3", "dora")});
	CHECK(source.taker.text() == "100.64.1.2=anna 100.64.1.3=dora 100.64.1.5=dora");
	CHECK(source.claimed() == 3); // one ended, one ended and began, nothing of another source
}

TEST_CASE("without times of its own a source is believed as of now, and told again only when something changes") {
	Source source;
	source.show({held("100.64.1.2", "anna", std::nullopt)});
	CHECK(source.taker.claims.at(0).at == at(10));
	source.claimed();
	source.now = at(60);
	source.show({held("100.64.1.2", "anna", std::nullopt)});
	CHECK(source.claimed() == 0);
	source.show({held("100.64.1.2", "anna", std::nullopt, at(7200))});
	CHECK(source.taker.claims.at(0).at == at(60));
}

TEST_CASE("a time that is still to come is counted, and that of its arrival is taken") {
	Source source;
	source.show({held("100.64.1.2", "anna", at(86400), at(90000)), held("100.64.1.3", "bert", at(60), std::nullopt)});
	CHECK(source.taker.own.odd_times == 1);
	CHECK(source.taker.stands.begin()->second.seen == at(10));
	source.claimed();
	source.show({held("100.64.1.2", "anna", at(86400), at(90000)), held("100.64.1.3", "bert", at(60), std::nullopt)});
	CHECK(source.claimed() == 0);
}

TEST_CASE("the clock that jumps back frees nobody and stops nobody") {
	Source source;
	source.show({held("100.64.1.2", "anna", std::nullopt)});
	source.now = at(-86400);
	source.show({held("100.64.1.2", "bert", std::nullopt), held("100.64.1.3", "anna", std::nullopt)});
	CHECK(source.taker.text() == "100.64.1.2=bert 100.64.1.3=anna");
}

TEST_CASE("after a reload what is shown is claimed anew against what stands") {
	Source source;
	source.show({held("100.64.1.2", "anna"), held("100.64.1.3", "bert")});
	source.taker.stands.erase(source.taker.stands.begin()); // was not allowed
	source.claimed();
	source.show({held("100.64.1.2", "anna"), held("100.64.1.3", "bert")});
	CHECK(source.claimed() == 0);
	source.sync->configure(rank);
	source.show({held("100.64.1.2", "anna"), held("100.64.1.3", "bert")});
	CHECK(source.taker.text() == "100.64.1.2=anna 100.64.1.3=bert");
	CHECK(source.claimed() == 1);
}

TEST_CASE("a big picture is worked off in turns, and a slow disk is waited for") {
	Source source;
	std::vector<Lease> many;
	for (unsigned i = 0; i < 5000; ++i) many.push_back(held(Address::ipv4(0x64400000 + i).text(), "s" + std::to_string(i)));
	source.show(many);
	CHECK(source.taker.stands.size() == 5000);
	CHECK(source.turns >= 20);
	source.taker.is_slow = true;
	LeasePiece empty;
	empty.begins = empty.is_whole = true;
	CHECK(!source.give(std::move(empty)));
	CHECK(source.taker.stands.size() >= 3500);
	CHECK(source.taker.stands.size() < 5000);
	while (!source.taker.undone.empty()) {
		source.taker.undone.front()({});
		source.taker.undone.pop_front();
		while (!source.later.empty()) {
			const auto next = std::move(source.later.front());
			source.later.pop_front();
			next();
		}
	}
	CHECK(source.taker.stands.empty());
}

TEST_CASE("a source that goes in the middle of its work is not called any more") {
	Source source;
	source.taker.is_slow = true;
	std::vector<Lease> many;
	for (unsigned i = 0; i < 3000; ++i) many.push_back(held(Address::ipv4(0x64400000 + i).text(), "s"));
	LeasePiece piece;
	piece.begins = piece.is_whole = true;
	piece.leases = std::move(many);
	CHECK(!source.give(std::move(piece)));
	source.sync.reset();
	for (const auto& done : source.taker.undone) done({});
	for (const auto& next : source.later) next();
	CHECK(source.taker.stands.size() < 3000);
}
