// SPDX-License-Identifier: GPL-2.0-or-later
//
// The verbs by which the desk deals with people: decisions, assignments, contacts, notices.
#include "cli/text.h"
#include "cli_fake.h"
#include "cli_people.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <fstream>
#include <unistd.h>

using namespace gate25;
using namespace gate25::cli;

TEST_SUITE("cli people") {
	TEST_CASE("decisions about a person") {
		FakeAgent agent;
		agent.answer(201, R"({"schema":1,"quarantine":)" + std::string(quarantined) + "}");
		auto ran = gate25_command(agent, {"quarantine", "subscriber:anna", "--for", "1d"});
		CHECK(agent.requests[0].body == R"({"subscriber":"anna","seconds":86400})");
		CHECK(ran.out == "anna (id 42) is in quarantine at level port25 for 23h, until 2026-11-23 11:00:00 UTC.\n"
		                 "He holds 100.64.1.2 and 2001:db8:1000:100::/56; it goes with him to any other.\n");
		gate25_command(agent, {"exempt", "subscriber:anna"});
		CHECK(agent.requests[1].body == R"({"subscriber":"anna"})");
		gate25_command(agent, {"release", "subscriber:a/b"});
		CHECK(agent.requests[2].target == "/v1/quarantines/subscriber:a%2Fb");
		gate25_command(agent, {"unexempt", "subscriber:anna"});
		CHECK(agent.requests[3].target == "/v1/exemptions/subscriber:anna");
		gate25_command(agent, {"history", "subscriber:anna"});
		CHECK(agent.requests[4].target == "/v1/history?address=subscriber:anna");
		gate25_command(agent, {"score", "subscriber:anna"});
		CHECK(agent.requests[5].target == "/v1/score/subscriber:anna");
	}
	TEST_CASE("a list has a column for names when there are any") {
		FakeAgent agent;
		agent.answer(200, put(R"({"schema":1,"quarantines":[)", {quarantined, waiting_for_an_address, one_quarantine}, "]}"));
		CHECK(gate25_command(agent, {"list"}, {.width = 90}).out ==
		      "ID  SUBSCRIBER  PREFIX         LEVEL   ENDS            BY    TICKET  REASON\n"
		      "42  anna        100.64.1.2 +1  port25  23h left        trap  T-1     spam reported by tra…\n"
		      "43  bert        -              mail    until released  root          bot\n"
		      "42              203.0.113.7    mail    23h 59m left    root  T-1     spam seen\n"
		      "3 quarantines.\n");
		agent.answers.clear();
		agent.answer(200, put(R"({"schema":1,"subscriber":"anna","exemptions":[],"quarantines":[)", {quarantined}, "]}"));
		CHECK(contains(gate25_command(agent, {"show", "subscriber:anna"}).out,
		               "Quarantine 42 of anna at level port25\n  holds     100.64.1.2 and 2001:db8:1000:100::/56\n"));
	}
	TEST_CASE("sources: the silent ones stand out") {
		FakeAgent agent;
		const std::string none = R"("claims":0,"began":0,"ended":0,"refreshed":0,"conflicts":0,"stale":0,"outside":0,"uncovered":0,"malformed":0,)";
		agent.answer(200, R"({"schema":1,"sources":[{"name":"api","kind":"api","heard":null,"silent":false,"assignments":0,)" + none +
		                      R"("forged":0,"repeated":0,"odd_times":0,"problem":null},{"name":"radius","kind":"radius","heard":"2026-11-22T11:59:00Z",)"
		                      R"("silent":false,"assignments":12345,)" + none +
		                      R"("forged":7,"repeated":0,"odd_times":0,"problem":null},{"name":"kea-6","kind":"kea","heard":"2026-11-22T09:58:00Z",)"
		                      R"("silent":true,"assignments":777,)" + none +
		                      R"("forged":0,"repeated":0,"odd_times":0,"problem":"/run/kea/kea6: refused"}],"assignments":13122,"subscribers":12400,)"
		                      R"("memory":1,"problem":null,"file":{"ok":true,"problem":null,"warning":null,"oldest":"2026-10-18T00:00:00Z"}})");
		const auto ran = gate25_command(agent, {"sources"}, {.width = 100});
		CHECK(agent.requests[0].target == "/v1/sources");
		CHECK(ran.out == "SOURCE  KIND    HEARD              ASSIGNMENTS  FORGED\n"
		                 "api     api     never                        0\n"
		                 "radius  radius  1m ago                  12,345       7\n"
		                 "kea-6   kea     2h 2m ago, SILENT          777\n"
		                 "\n"
		                 "kea-6 is silent since 2026-11-22 09:58:00 UTC. What it said stands and ages; no quarantine ends by that.\n"
		                 "kea-6: /run/kea/kea6: refused\n"
		                 "13,122 assignments of 12,400 subscribers stand; the record begins 2026-10-18 00:00:00 UTC.\n");
		CHECK(contains(gate25_command(agent, {"sources"}).out, "  CONFLICTS  STALE  OUTSIDE  UNCOVERED  FORGED  MALFORMED  REPEATED  ODD TIMES\n"));
	}
	TEST_CASE("assign and unassign") {
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"assignments":[)" + outcome("1", "began", "anna") + "]}");
		auto ran = gate25_command(agent, {"assign", "100.64.1.2", "anna", "--ports", "1024-2047", "--from", "2026-11-21T01:00:00+01:00"});
		CHECK(agent.requests[0].method == "POST");
		CHECK(agent.requests[0].target == "/v1/assignments");
		CHECK(agent.requests[0].body == R"({"prefix":"100.64.1.2","subscriber":"anna","ports":"1024-2047","from":"2026-11-21T00:00:00Z"})");
		CHECK(ran.status == 0);
		CHECK(ran.out == "anna holds 100.64.1.2.\n");
		agent.answers.clear();
		agent.answer(200, R"({"schema":1,"assignments":[)" + outcome("1", "known", "bob", "another source comes first") + "]}");
		CHECK(gate25_command(agent, {"assign", "100.64.1.2", "subscriber:anna"}).out ==
		      "anna held already 100.64.1.2: another source comes first.\nbob is believed to hold it; \"gate25 holder 100.64.1.2\" tells who says so.\n");
		agent.answers.clear();
		agent.answer(200, R"({"schema":1,"assignments":[)" + outcome("1", "stale", "bob", "bob holds it since later") + "]}");
		ran = gate25_command(agent, {"assign", "100.64.1.2", "anna", "--from", "2026-11-01T00:00:00Z"});
		CHECK(ran.status == 1);
		CHECK(ran.out == "100.64.1.2: stale, bob holds it since later.\n");
		agent.answers.clear();
		agent.answer(200, R"({"schema":1,"ended":[)" + std::string(ended) + "]}");
		ran = gate25_command(agent, {"unassign", "203.0.113.7", "--ports", "1024-2047"});
		CHECK(agent.requests.back().method == "DELETE");
		CHECK(agent.requests.back().target == "/v1/assignments?prefix=203.0.113.7&ports=1024-2047");
		CHECK(ran.out == "anna no longer holds 203.0.113.7 ports 1024-2047.\n");
	}
	TEST_CASE("assignments in bulk") {
		const std::string file = "/tmp/gate25-assign-" + std::to_string(getpid()) + ".csv";
		std::ofstream(file) << "# of the old system\nSubscriber;Prefix;From\nanna;100.64.1.2;2026-11-21T00:00:00Z\n;100.64.1.3\nbob;100.64.1.4\n";
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"assignments":[)" + outcome("1", "began", "anna") + "," + outcome("2", "refused", "", "no") + "]}");
		const auto ran = gate25_command(agent, {"assign", "--file", file});
		unlink(file.c_str());
		CHECK(agent.requests[0].target == "/v1/assignments");
		CHECK(agent.requests[0].body == R"({"subscriber":"anna","prefix":"100.64.1.2","from":"2026-11-21T00:00:00Z"})"
		                                "\n"
		                                R"({"subscriber":"bob","prefix":"100.64.1.4"})"
		                                "\n");
		CHECK(ran.status == 1);
		CHECK(ran.out == "1 accepted, 2 refused.\n");
		CHECK(ran.err == file + ":4: the column \"subscriber\" is empty\n" + file + ":5: refused: no\n");
	}
	TEST_CASE("a bulk of one line is no special case") {
		FakeAgent agent;
		agent.answer(400, R"({"schema":1,"error":{"code":"bad_input","message":"192.0.2.1 is no subscriber's"}})");
		const auto ran = gate25_command(agent, {"assign", "--file", "-"}, {.input = "{\"prefix\":\"192.0.2.1\",\"subscriber\":\"anna\"}\n"});
		CHECK(ran.status == 1);
		CHECK(ran.err == "-:1: 192.0.2.1 is no subscriber's\n");
		CHECK(ran.out == "0 accepted, 1 refused.\n");
		CHECK(contains(gate25_command(agent, {"assign", "--file", "-"}, {.input = "100.64.1.2\n"}).err,
		               "expected a JSON object or the header of a CSV file: unknown column \"100.64.1.2\""));
		CHECK(contains(gate25_command(agent, {"assign", "--file", "-"}, {.input = "prefix,ports\n"}).err, "names no column \"subscriber\""));
	}
	TEST_CASE("forget asks, says what it erases, and takes only yes") {
		FakeAgent agent;
		CHECK(gate25_command(agent, {"forget", "anna"}).status == 2);
		CHECK(gate25_command(agent, {"forget", "anna"}, {.input = "y\n", .in_is_terminal = true}).status == 1);
		CHECK(agent.requests.empty());
		agent.answer(200, R"({"schema":1,"forgotten":{"subscriber":"anna","quarantines":1,"exemptions":0,"assignments":2,"rows":31,"assignment_rows":1}})");
		const auto ran = gate25_command(agent, {"forget", "anna", "--force"}, {.input = "yes\n", .in_is_terminal = true});
		CHECK(agent.requests[0].method == "DELETE");
		CHECK(agent.requests[0].target == "/v1/subscribers/anna?force=true");
		CHECK(contains(ran.err, "all that is known of anna"));
		CHECK(contains(ran.err, "Not erased: "));
		CHECK(contains(ran.err, "ended first"));
		CHECK(ran.out == "anna is forgotten: 31 rows of decisions, alerts and notices, 1 row of addresses.\n"
		                 "Ended for it: 1 quarantine, 2 assignments.\n");
		gate25_command(agent, {"forget", "subscriber:anna", "--yes"});
		CHECK(agent.requests[1].target == "/v1/subscribers/anna");
	}
	TEST_CASE("contact: asked, set, cleared") {
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"contact":{"subscriber":"anna","mail":"a@example.org","language":null}})");
		CHECK(gate25_command(agent, {"contact", "anna"}).out == "Notices to anna go to a@example.org, in the language of [notices].\n");
		CHECK(agent.requests[0].method == "GET");
		gate25_command(agent, {"contact", "anna", "--mail", "a@example.org", "--language", "de"});
		CHECK(agent.requests[1].method == "PUT");
		CHECK(agent.requests[1].target == "/v1/subscribers/anna");
		CHECK(agent.requests[1].body == R"({"mail":"a@example.org","language":"de"})");
		gate25_command(agent, {"contact", "anna", "--clear"});
		CHECK(agent.requests[2].body == R"({"mail":null,"language":null})");
		CHECK(gate25_command(agent, {"contact", "anna", "--clear", "--language", "de"}).status == 2);
	}
	TEST_CASE("notices, and those that wait") {
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"notices":[{"id":5,"made":"2026-11-22T11:00:00Z","kind":"misbehaving","state":"given-up","channel":"mail",)"
		                  R"("subscriber":"anna","to":"a@example.org","code":"K7QF-3M2P","decision":4,"tries":30,"problem":"550 no such user",)"
		                  R"("ended":"2026-11-22T11:00:03Z"}]})");
		CHECK(gate25_command(agent, {"notices", "anna"}).out ==
		      "MADE                     SUBSCRIBER  ABOUT       HOW                       STATE                             CODE       PROBLEM\n"
		      "2026-11-22 11:00:00 UTC  anna        it goes on  by mail to a@example.org  given up 2026-11-22 11:00:03 UTC  K7QF-3M2P  550 no such user\n");
		CHECK(agent.requests[0].target == "/v1/notices?subscriber=anna");
		agent.answers.clear();
		agent.answer(200, R"({"schema":1,"notices":[]})");
		CHECK(gate25_command(agent, {"notices", "--state", "given-up", "--limit", "1000"}).out == "There is none.\n");
		CHECK(agent.requests[1].target == "/v1/notices?state=given-up&limit=1000");
		CHECK(gate25_command(agent, {"notices"}).out == "Nobody was told anything.\n");
		CHECK(gate25_command(agent, {"notices", "--state", "lost"}).status == 2);
		agent.answers.clear();
		agent.answer(200, R"({"schema":1,"notices":[{"id":7,"kind":"released","state":"waiting","channel":"tickets"}]})");
		CHECK(contains(gate25_command(agent, {"notices", "--state", "waiting"}).out, "out again  to the hook tickets  waits\n"));
	}
	TEST_CASE("what makes no sense is named before anything is asked") {
		FakeAgent agent;
		const auto refused = [&](std::vector<std::string_view> line, std::string_view said) {
			const auto ran = gate25_command(agent, std::move(line));
			CHECK(ran.status == 2);
			CHECK_MESSAGE(contains(ran.err, said), ran.err);
		};
		refused({"assign"}, "PREFIX and SUBSCRIBER are missing (or --file FILE)");
		refused({"assign", "100.64.1.2"}, "SUBSCRIBER is missing");
		refused({"assign", "100.64.1.2", "anna", "--file", "f"}, "not both");
		refused({"assign", "--file", "f", "--ports", "1-2"}, "--ports belongs to one assignment");
		refused({"assign", "100.64.1.2", "anna", "--ports", "2-1"}, "is no range of ports");
		refused({"assign", "100.64.1.2", " anna"}, "begins or ends with a space");
		refused({"quarantine", "anna"}, "a subscriber is written subscriber:ID");
		refused({"quarantine", "subscriber:"}, "needs a name");
		refused({"score", "subscriber:a\nb"}, "control character");
		refused({"contact", "anna", "--mail", "anna at home"}, "expected one address of mail");
		refused({"holder", "anna"}, "");
		refused({"subscriber"}, "ID|ADDR is missing");
		CHECK(agent.requests.empty());
	}
	TEST_CASE("whatever an agent of another version leaves out, the rest is shown; --json passes on") {
		FakeAgent agent;
		agent.answer(200, R"({"schema":1})");
		for (const std::vector<std::string_view>& line :
		     {std::vector<std::string_view>{"subscriber", "anna"}, {"sources"}, {"notices"}, {"contact", "anna"}, {"assign", "100.64.1.2", "anna"},
		      {"unassign", "100.64.1.2"}, {"forget", "anna", "--yes"}})
			CHECK(gate25_command(agent, line).status == 0);
		CHECK(gate25_command(agent, {"--json", "subscriber", "anna"}).out == "{\"schema\":1}\n");
	}
}
