// SPDX-License-Identifier: GPL-2.0-or-later
//
// A set that takes no more: who is left out is told so, everybody else is in, and room is used when there is some.
#include "agent_fixture.h"

#include <algorithm>
#include <doctest/doctest.h>

using namespace gate25;

namespace {

struct FullFixture : AgentFixture {
	static constexpr const char* set = "quarantine4_port25";
	FullFixture() {
		REQUIRE(start());
		kernel.room = 2;
		for (const char* address : {"100.64.1.1", "100.64.1.2"}) REQUIRE(alert(address)->status == 200);
	}
	std::shared_ptr<Answer> alert(const std::string& address) {
		return ask("POST", "v1/alerts", R"({"kind":"spam","address":")" + address + "\"}");
	}
	std::string problem() { return agent.enforcer().health().problem; }
	void wait() {
		clock.pass(Seconds(2));
		agent.tick();
	}
};

} // namespace

TEST_CASE_FIXTURE(FullFixture, "an alert that a full set has no room for is answered with the set's name") {
	const auto answer = alert("100.64.1.3");
	CHECK(answer->status == 500);
	CHECK(answer->message() == "100.64.1.3 is stored, but not in force yet: the set quarantine4_port25 is full");
	CHECK(problem() == "the set quarantine4_port25 is full: 1 stored decisions are not in force");
	CHECK(ask("GET", "v1/status")->body.at("state").as_string() == "degraded");
	CHECK(store.quarantines.size() == 3);
	CHECK(agent.enforcer().health().elements == 2);
	CHECK(alert("2001:db8:1000:100::1")->status == 200);
}

TEST_CASE_FIXTURE(FullFixture, "what was left out comes in when there is room, and the alarm ends") {
	CHECK(alert("100.64.1.3")->status == 500);
	wait();
	wait();
	CHECK(std::count(logged.begin(), logged.end(), problem()) == 1);
	CHECK_FALSE(kernel.holds(set, "100.64.1.3"));
	SUBCASE("since somebody was released") { CHECK(ask("DELETE", "v1/quarantines/100.64.1.1")->status == 200); }
	SUBCASE("since the limit was raised") { kernel.room = 3; }
	wait();
	CHECK(kernel.holds(set, "100.64.1.3"));
	CHECK(problem().empty());
	CHECK(agent.enforcer().health().elements == kernel.sets[set].size());
}

TEST_CASE_FIXTURE(FullFixture, "who was left out and is released does not come in later") {
	CHECK(alert("100.64.1.3")->status == 500);
	CHECK(ask("DELETE", "v1/quarantines/100.64.1.3")->status == 200);
	kernel.room = 3;
	wait();
	CHECK_FALSE(kernel.holds(set, "100.64.1.3"));
	CHECK(problem().empty());
}

TEST_CASE_FIXTURE(FullFixture, "after a flush a full set holds what it can, and other sets all of theirs") {
	CHECK(alert("100.64.1.3")->status == 500);
	CHECK(alert("2001:db8:1000:100::1")->status == 200);
	kernel.flush();
	agent.table_was_touched("nft, pid 4711");
	CHECK(kernel.sets[set].size() == 2);
	CHECK(kernel.holds("quarantine6_port25", "2001:db8:1000:100::"));
	CHECK(problem() == "the set quarantine4_port25 is full: 1 stored decisions are not in force");
	kernel.room = 3;
	wait();
	CHECK(kernel.sets[set].size() == 3);
	CHECK(problem().empty());
}
