// SPDX-License-Identifier: GPL-2.0-or-later
//
// The verbs about people: what they ask for, and what they show.
#include "cli/text.h"
#include "cli_fake.h"
#include "cli_people.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <fstream>
#include <unistd.h>

using namespace gate25;
using namespace gate25::cli;

TEST_SUITE("cli subscriber") {
	TEST_CASE("the whole story") {
		FakeAgent agent;
		agent.answer(200, story()).answer(200, nothing_more);
		const auto ran = gate25_command(agent, {"subscriber", "anna"});
		CHECK(agent.requests[0].target == "/v1/subscribers/anna");
		CHECK(agent.requests[1].target == "/v1/quarantines/100.64.1.2");
		CHECK(agent.requests[2].target == "/v1/quarantines/2001:db8:1000:100::%2F56");
		CHECK(ran.status == 0);
		CHECK(ran.out ==
		      "Subscriber anna\n"
		      "  Notices go to anna@example.org, in de.\n"
		      "  In quarantine at level port25 since 2026-11-22 11:00:00 UTC: mail on port 25 through the relay only, all else as always.\n"
		      "  Why: spam reported by trap, score -3 (number 42, by trap, ticket T-1).\n"
		      "  It ends by itself in 23h, 2026-11-23 11:00:00 UTC.\n"
		      "  He was told by mail to anna@example.org: sent 2026-11-22 11:00:03 UTC; the code in it is K7QF-3M2P.\n"
		      "  He let himself out once of late. He may let himself out once more.\n"
		      "  It goes on: 12 attempts at port 25 within the last ten minutes, 61 within the hour.\n"
		      "\n"
		      "HOLDS                   SINCE                    CONFIRMED     BY\n"
		      "100.64.1.2              2026-11-22 10:00:00 UTC  10m ago       radius\n"
		      "2001:db8:1000:100::/56  2026-11-20 10:00:00 UTC  3h ago, aged  kea-6\n"
		      "\n"
		      "Earlier: 2 quarantines\n"
		      "FROM                     LASTED  LEVEL   ENDED       NUMBER  WHY\n"
		      "2026-11-10 11:00:00 UTC  1h 30m  port25  by himself      12  spam reported by fbl\n"
		      "2026-11-08 11:00:00 UTC  1d      notify  by time          9  bot\n"
		      "\n"
		      "What was said of him: score -3, and below 0 is quarantine\n"
		      "RECEIVED                 KIND  COUNT  ADDRESS     FROM  OUTCOME  WHY\n"
		      "2026-11-22 11:00:00 UTC  spam      3  100.64.1.2  trap  decided  spam \\x1b[2J\n"
		      "\n"
		      "What he was told\n"
		      "MADE                     ABOUT       HOW                          STATE                         CODE       PROBLEM\n"
		      "2026-11-22 11:00:00 UTC  quarantine  by mail to anna@example.org  sent 2026-11-22 11:00:03 UTC  K7QF-3M2P\n"
		      "2026-11-22 11:00:00 UTC  quarantine  to the hook tickets          waits, after 3 tries          K7QF-3M2P  connection refused\n"
		      "\n"
		      "What he held before\n"
		      "HELD                         FROM                     UNTIL                    BY\n"
		      "203.0.113.7 ports 1024-2047  2026-11-20 10:00:00 UTC  2026-11-22 10:00:00 UTC  radius\n");
	}
	TEST_CASE("it fits the terminal") {
		FakeAgent agent;
		agent.answer(200, story());
		for (const std::size_t width : {60U, 80U, 120U}) {
			std::istringstream lines(gate25_command(agent, {"subscriber", "anna"}, {.width = width}).out);
			for (std::string line; std::getline(lines, line);) CHECK_MESSAGE(width_of(line) <= width, line);
		}
	}
	TEST_CASE("of whom nothing stands, quiet or not") {
		FakeAgent agent;
		const auto says = [&](const std::string& body, std::string_view text) {
			agent.answers.clear();
			agent.answer(200, body);
			const auto ran = gate25_command(agent, {"subscriber", "bert"});
			CHECK_MESSAGE(contains(ran.out, text), ran.out);
			CHECK_FALSE(contains(ran.out, "let himself out"));
		};
		const auto counted = R"({"ten_minutes":0,"hour":0,"last":null})";
		says(free_story(counted, ""), "Nothing stands against him.\n  Quiet: no attempt at port 25 of late.\n");
		says(free_story(counted, ""), "\nHe holds no address now.");
		says(free_story(counted, ""), "\nNo alert about him is kept.\n");
		says(free_story(R"({"ten_minutes":0,"hour":4,"last":"2026-11-22T11:30:00Z"})", ""),
		     "Quiet for ten minutes, after 4 attempts at port 25 within the hour; the last one 2026-11-22 11:30:00 UTC.\n");
		says(free_story("null", ""), "not known: nothing is counted without [volume]");
		says(free_story("null", R"(,"grace_seconds_left":1800)"), "for 30m more late reports do not put him back");
	}
	TEST_CASE("what stands for a prefix that he holds, and not for him, is told too") {
		FakeAgent agent;
		agent.answer(200, put(R"({"schema":1,"subscriber":"anna","quarantine":null,"exemption":null,"prefixes":[)", {standing, ended}, "]}"));
		agent.answer(200, put(R"({"schema":1,"subscriber":"anna","exemptions":[],"quarantines":[)", {quarantined, one_quarantine}, "]}"));
		const auto ran = gate25_command(agent, {"subscriber", "anna"});
		CHECK(agent.requests.size() == 2); // nothing is enforced at a range of ports
		CHECK(contains(ran.out, "  203.0.113.7, whoever holds it, is in quarantine at level mail since 2026-11-21 23:43:33 UTC (number 42): spam seen. "
		                        "It ends by itself in 23h 59m, 2026-11-22 23:43:33 UTC. The stricter level counts.\n"));
		CHECK_FALSE(contains(ran.out, "Nothing stands"));
	}
	TEST_CASE("a quarantine without a reason") {
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"subscriber":"anna","quarantine":{"id":1,"level":"limit","reason":"","by":"root","seconds_left":60}})");
		CHECK(contains(gate25_command(agent, {"subscriber", "anna"}).out, "  Why: nobody has written why (number 1, by root).\n"));
	}
	TEST_CASE("an exemption, with its owner or a reason") {
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"subscriber":"anna","quarantine":null,"exemption":{"id":6,"reason":"","owner":"noc","seconds_left":null}})");
		CHECK(contains(gate25_command(agent, {"subscriber", "anna"}).out, "  Exempt (number 6, noc). It has no end of its own"));
		agent.answers.clear();
		agent.answer(200, R"({"schema":1,"subscriber":"anna","quarantine":)" + std::string(quarantined) +
		                      R"(,"exemption":{"id":6,"reason":"mail server","owner":null,"seconds_left":null}})");
		CHECK(contains(gate25_command(agent, {"subscriber", "anna"}).out, "Exempt (number 6), which waits behind the quarantine: mail server. It has"));
	}
	TEST_CASE("why he cannot let himself out") {
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"subscriber":"bert","quarantine":)" + std::string(waiting_for_an_address) +
		                      R"(,"self_release":{"allowed":false,"used":2,"left":0,"refused":"used-up","why":"you have done so twice"}})");
		const auto ran = gate25_command(agent, {"subscriber", "bert"});
		CHECK(contains(ran.out, "He let himself out twice of late. He cannot let himself out, and is told: \"you have done so twice\".\n"));
		CHECK(contains(ran.out, "It has no end of its own: somebody must end it.\n"));
		CHECK(contains(ran.out, "No mail told him of it.\n"));
		CHECK(contains(ran.out, "waits for his next one.\n"));
	}
	TEST_CASE("a name as it is, and by address") {
		FakeAgent agent;
		gate25_command(agent, {"subscriber", "subscriber:line 7/a"});
		CHECK(agent.requests[0].target == "/v1/subscribers/line%207%2Fa");
		gate25_command(agent, {"subscriber", "subscriber:100.64.1.2"});
		CHECK(agent.requests[1].target == "/v1/subscribers/100.64.1.2");
		agent.answer(200, held_by(ended, {ended}, "1500")).answer(200, story()).answer(200, nothing_more);
		const auto ran = gate25_command(agent, {"subscriber", "203.0.113.7", "--port", "1500", "--at", "2026-11-21T11:00:00+01:00"});
		CHECK(agent.requests[2].target == "/v1/subscribers?address=203.0.113.7&port=1500&at=2026-11-21T10:00:00Z");
		CHECK(agent.requests[3].target == "/v1/subscribers/anna");
		CHECK(contains(ran.out, "Subscriber anna\n"));
	}
	TEST_CASE("an address of nobody, and of several") {
		FakeAgent agent;
		agent.answer(200, held_by("null", {}));
		auto ran = gate25_command(agent, {"subscriber", "203.0.113.7"});
		CHECK(ran.status == 4);
		CHECK(ran.err == "gate25: nobody is known who holds 203.0.113.7; \"gate25 show 203.0.113.7\" tells what stands for the address\n");
		agent.answers.clear();
		agent.answer(200, held_by("null", {ended}));
		ran = gate25_command(agent, {"subscriber", "203.0.113.7"});
		CHECK(ran.status == 4);
		CHECK(ran.err == "gate25: several share 203.0.113.7: --port tells whom\n");
		CHECK(gate25_command(agent, {"subscriber", "anna", "--port", "5"}).status == 2);
	}
	TEST_CASE("who held it: one line, and what each source says") {
		FakeAgent agent;
		agent.answer(200, held_by(ended, {ended, aged}, "1500"));
		auto ran = gate25_command(agent, {"holder", "203.0.113.7", "--port", "1500", "--at", "2026-11-21T10:00:00Z"});
		CHECK(agent.requests[0].target == "/v1/subscribers?address=203.0.113.7&port=1500&at=2026-11-21T10:00:00Z");
		CHECK(ran.status == 0);
		CHECK(ran.out ==
		      "203.0.113.7 port 1500 was held by anna at 2026-11-21 10:00:00 UTC: from 2026-11-20 10:00:00 UTC to 2026-11-22 10:00:00 UTC, says radius.\n"
		      "\n"
		      "   SUBSCRIBER  HELD                         FROM                     UNTIL                    CONFIRMED     SAYS\n"
		      ">  anna        203.0.113.7 ports 1024-2047  2026-11-20 10:00:00 UTC  2026-11-22 10:00:00 UTC  2h 10m ago    radius\n"
		      "   anna        2001:db8:1000:100::/56       2026-11-20 10:00:00 UTC  still                    3h ago, aged  kea-6\n");
		agent.answers.clear();
		agent.answer(200, held_by(standing, {standing}));
		ran = gate25_command(agent, {"holder", "203.0.113.7"});
		CHECK(ran.out.starts_with("203.0.113.7 is held by anna: since 2026-11-22 10:00:00 UTC, says radius.\n"));
		agent.answers.clear();
		agent.answer(200, held_by(idle, {idle}));
		CHECK(gate25_command(agent, {"holder", "2001:db8:1000:201::1"}).out.find("  2001:db8:1000:200::/60 (not enforced)  ") != std::string::npos);
	}
	TEST_CASE("nobody, or several") {
		FakeAgent agent;
		agent.answer(200, held_by("null", {}));
		auto ran = gate25_command(agent, {"holder", "203.0.113.7", "--at", "2026-11-21T10:00:00Z"});
		CHECK(ran.status == 4);
		CHECK(ran.out == "Nobody is known who held 203.0.113.7 at 2026-11-21 10:00:00 UTC.\n");
		CHECK(gate25_command(agent, {"holder", "203.0.113.7", "--json"}).status == 4);
		agent.answers.clear();
		agent.answer(200, held_by("null", {ended}));
		ran = gate25_command(agent, {"holder", "203.0.113.7"});
		CHECK(contains(ran.out, "203.0.113.7 is held by several: --port tells whom.\n\n  SUBSCRIBER"));
		CHECK_FALSE(contains(ran.out, ">"));
	}
}
