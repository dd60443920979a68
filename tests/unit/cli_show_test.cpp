// SPDX-License-Identifier: GPL-2.0-or-later
//
// What each verb shows of the agent's answer.
#include "cli/text.h"
#include "cli_fake.h"

#include <doctest/doctest.h>

using namespace gate25;
using namespace gate25::cli;

namespace {

std::string list_body() {
	return std::string(R"({"schema":1,"quarantines":[)") + one_quarantine + ',' + manual_quarantine + "]}";
}

std::size_t widest(const std::string& text) {
	std::istringstream lines(text);
	std::size_t most = 0;
	for (std::string line; std::getline(lines, line);) most = std::max(most, width_of(line));
	return most;
}

} // namespace

TEST_SUITE("cli show") {
	TEST_CASE("a list fits the terminal") {
		FakeAgent agent;
		agent.answer(200, list_body());
		CHECK(gate25_command(agent, {"list"}, {.width = 80}).out ==
		      "ID  PREFIX                  LEVEL   ENDS            TICKET  REASON\n"
		      "42  203.0.113.7             mail    23h 59m left    T-1     spam seen\n"
		      " 7  2001:db8:1000:100::/56  notify  until released          a reason so long th…\n"
		      "2 quarantines.\n");
		CHECK(gate25_command(agent, {"list"}, {.width = 48}).out ==
		      "PREFIX                  LEVEL   ENDS\n"
		      "203.0.113.7             mail    23h 59m left\n"
		      "2001:db8:1000:100::/56  notify  until released\n"
		      "2 quarantines.\n");
		for (const std::size_t width : {20U, 40U, 60U, 80U, 100U, 200U}) {
			CHECK(widest(gate25_command(agent, {"list"}, {.width = width}).out) <= width);
		}
	}
	TEST_CASE("a pipe gets everything, and no escape sequence of a reporter gets anywhere") {
		FakeAgent agent;
		agent.answer(200, list_body());
		const auto ran = gate25_command(agent, {"list"});
		CHECK(contains(ran.out, "the whole of it \\x1b[31m\n"));
		CHECK(contains(ran.out, "2026-11-21 23:43:33 UTC"));
		CHECK_FALSE(contains(ran.out, "\x1b"));
		const auto colored = gate25_command(agent, {"list"}, {.width = 300, .is_colored = true});
		CHECK(contains(colored.out, "\x1b[31mmail\x1b[0m"));
		CHECK_FALSE(contains(colored.out, "it \x1b"));
		CHECK_FALSE(contains(gate25_command(agent, {"list", "--no-color"}, {.width = 300, .is_colored = true}).out,
		                     "\x1b"));
	}
	TEST_CASE("--json prints the body as it came") {
		FakeAgent agent;
		agent.answer(200, list_body());
		CHECK(gate25_command(agent, {"list", "--json"}).out == list_body() + "\n");
		agent.answers.clear();
		agent.answer(200, "{\"schema\":1,\"quarantines\":[{\"reason\":\"\xc2\x9b\"}]}\n");
		CHECK(gate25_command(agent, {"list", "--json"}).out ==
		      "{\"schema\":1,\"quarantines\":[{\"reason\":\"\xc2\x9b\"}]}\n");
		CHECK(gate25_command(agent, {"list", "--json"}, {.width = 80}).out ==
		      "{\"schema\":1,\"quarantines\":[{\"reason\":\"\\u009b\"}]}\n");
	}
	TEST_CASE("an empty list says so") {
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"quarantines":[],"exemptions":[]})");
		CHECK(gate25_command(agent, {"list"}).out == "No quarantines.\n");
		CHECK(gate25_command(agent, {"exemptions"}).out == "No exemptions.\n");
		CHECK(gate25_command(agent, {"show", "203.0.113.7"}).out == "No quarantine, no exemption.\n");
		CHECK(gate25_command(agent, {"history", "203.0.113.7"}).out == "Nothing is known of 203.0.113.7.\n");
	}

	TEST_CASE("what was done is said in a sentence") {
		FakeAgent agent;
		agent.answer(201, std::string(R"({"schema":1,"quarantine":)") + one_quarantine + "}");
		CHECK(gate25_command(agent, {"quarantine", "203.0.113.7"}).out ==
		      "203.0.113.7 (id 42) is in quarantine at level mail for 23h 59m, until 2026-11-22 23:43:33 UTC.\n");
		agent.answers.clear();
		agent.answer(200, std::string(R"({"schema":1,"released":[)") + manual_quarantine + "]}");
		CHECK(gate25_command(agent, {"release", "7"}).out ==
		      "2001:db8:1000:100::/56 (id 7) is released from level notify.\n");
		agent.answers.clear();
		agent.answer(
		    201, R"({"schema":1,"exemption":{"id":3,"prefix":"203.0.113.7","seconds_left":null,"until":null}})");
		CHECK(gate25_command(agent, {"exempt", "203.0.113.7"}).out ==
		      "203.0.113.7 (id 3) may use port 25 until released.\n");
		agent.answers.clear();
		agent.answer(200, R"({"schema":1,"generation":4,"changes":["policy: block -> open"]})");
		CHECK(gate25_command(agent, {"reload"}).out ==
		      "The configuration is loaded, generation 4:\n  policy: block -> open\n");
	}
	TEST_CASE("a refused configuration shows every error on its line") {
		FakeAgent agent;
		agent.answer(400, R"({"schema":1,"error":{"code":"config_invalid","message":"2 errors"},)"
		                  R"("errors":["a.toml:1:2: bad \"opne\"","a.toml:3:4: worse"]})");
		const auto ran = gate25_command(agent, {"reload"});
		CHECK(ran.status == 5);
		CHECK(ran.err == "gate25: 2 errors\na.toml:1:2: bad \"opne\"\na.toml:3:4: worse\n");
	}

	TEST_CASE("show tells everything of a subscriber") {
		FakeAgent agent;
		agent.answer(200,
		             std::string(R"({"schema":1,"subscriber":"203.0.113.7","quarantines":[)") + one_quarantine +
		                 R"(],"exemptions":[{"id":3,"prefix":"203.0.113.7","reason":"mail server","owner":"noc",)"
		                 R"("from":"2026-01-01T00:00:00Z","until":null,"seconds_left":null,"by":"root"}]})");
		CHECK(gate25_command(agent, {"show", "203.0.113.7"}).out ==
		      "Subscriber 203.0.113.7\n"
		      "Quarantine 42 of 203.0.113.7 at level mail\n"
		      "  reason    spam seen\n"
		      "  from      2026-11-21 23:43:33 UTC\n"
		      "  until     2026-11-22 23:43:33 UTC (23h 59m left)\n"
		      "  by        root\n"
		      "  ticket    T-1\n"
		      "Exemption 3 of 203.0.113.7\n"
		      "  reason    mail server\n"
		      "  from      2026-01-01 00:00:00 UTC\n"
		      "  until     until released\n"
		      "  by        root\n"
		      "  owner     noc\n");
	}
	TEST_CASE("history shows what there is, in sections") {
		FakeAgent agent;
		agent.answer(
		    200,
		    std::string(R"({"schema":1,"quarantines":[)") + one_quarantine +
		        R"(],"exemptions":[],"alerts":[{"id":1,"received":"2026-11-21T23:43:33Z","address":"203.0.113.7",)"
		        R"("kind":"spam","reporter":"ids","at":"2026-11-21T23:00:00Z","port":null,"count":2,)"
		        R"("outcome":"decided","why":"spam","decision":42}],)"
		        R"("audit":[{"id":2,"at":"2026-11-21T23:43:33Z","who":"root","what":"quarantine",)"
		        R"("subject":"203.0.113.7","why":"spam seen","decision":42}]})");
		const auto ran = gate25_command(agent, {"history", "203.0.113.7"}, {.width = 80});
		CHECK(contains(ran.out, "Quarantines\n"));
		CHECK(contains(ran.out, "\nAlerts\nRECEIVED "));
		CHECK(contains(ran.out, "\nAudit\nAT "));
		CHECK_FALSE(contains(ran.out, "Exemptions"));
		CHECK(widest(ran.out) <= 80);
	}
	TEST_CASE("explain marks the step that decided") {
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"verdict":"accept","step":3,"chain":"resume_from4",)"
		                  R"("why":"192.0.2.25 is a relay","to":null})");
		CHECK(gate25_command(agent, {"explain", "203.0.113.7", "192.0.2.25"}).out ==
		      "TCP from 203.0.113.7 to 192.0.2.25 port 25: accept\n\n"
		      "  1  comes from a subscriber?\n"
		      "  2  is the subscriber in quarantine?\n"
		      "> 3  goes to a relay?\n"
		      "     192.0.2.25 is a relay\n"
		      "  4  is the subscriber exempt?\n"
		      "  5  a policy for the prefix?\n"
		      "  6  the default policy\n"
		      "\nin the chain resume_from4 of the table inet gate25\n");
		agent.answers.clear();
		agent.answer(
		    200, R"({"schema":1,"verdict":"redirect","step":6,"chain":"x","why":"w","to":"[2001:db8::1]:587"})");
		CHECK(contains(gate25_command(agent, {"explain", "::1", "::2"}).out,
		               "port 25: redirect to [2001:db8::1]:587\n"));
	}

	TEST_CASE("status says first what is wrong") {
		constexpr auto good =
		    R"({"schema":1,"version":"0.1.0","state":"ok","problems":[],"started":"2026-11-21T20:00:00Z","generation":3,)"
		    R"("config":{"file":"/etc/gate25/gate25.toml","loaded":"2026-11-21T20:00:00Z","error":null},)"
		    R"("quarantines":{"total":1234,"notify":0,"limit":4,"port25":1230,"mail":0,"garden":0},"exemptions":3,)"
		    R"("kernel":{"table":"present","elements":1237,"last_repair":null,"repairs":0},)"
		    R"("store":{"ok":true,"problem":null,"commits":9876,"failures":0,"last_commit_us":1234},)"
		    R"("counters":{"block4":{"packets":1000000,"bytes":1},"block6":{"packets":2,"bytes":1},)"
		    R"("port25_6":{"packets":7,"bytes":1},"open4":{"packets":0,"bytes":0}},"clients":1})";
		FakeAgent agent;
		agent.answer(200, good);
		CHECK(gate25_command(agent, {"status"}, {.width = 80}).out ==
		      "gate25 0.1.0   OK   since 2026-11-21 20:00:00 UTC\n"
		      "\n"
		      "protection     in place: table inet gate25, 1,237 elements\n"
		      "quarantines    1,234 (limit 4, port25 1,230)\n"
		      "exemptions     3\n"
		      "configuration  /etc/gate25/gate25.toml, generation 3, loaded 2026-11-21 20:00:00\n"
		      "               UTC\n"
		      "store          ok, 9,876 commits, the last took 1.2 ms\n"
		      "\n"
		      "PACKETS       IPV4  IPV6\n"
		      "block    1,000,000     2\n"
		      "port25           0     7\n");
		agent.answers.clear();
		agent.answer(
		    200, R"({"schema":1,"version":"0.1.0","state":"degraded","problems":["the store cannot be written"],)"
		         R"("started":"2026-11-21T20:00:00Z","kernel":{"table":"missing","repairs":2,)"
		         R"("last_repair":"2026-11-21T21:00:00Z","last_repair_why":"changed by nft, pid 7"},"config":{"error":"a.toml:1:2: bad"},)"
		         R"("store":{"ok":false,"problem":"disk full","failures":2}})");
		const auto ran = gate25_command(agent, {"status"});
		CHECK(ran.status == 0);
		CHECK(contains(ran.out, "DEGRADED"));
		CHECK(contains(ran.out, "\n  ! the store cannot be written\n"));
		CHECK(contains(ran.out, "MISSING: the table inet gate25 is gone"));
		CHECK(contains(ran.out, "repaired 2 times, last at 2026-11-21 21:00:00 UTC: changed by nft, pid 7"));
		CHECK(contains(ran.out, "the last reload was refused: a.toml:1:2: bad"));
		CHECK(contains(ran.out, "FAILED: disk full"));
	}

	TEST_CASE("events, one line each") {
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"events":[{"at":"2026-11-21T23:43:33Z","event":"quarantine",)"
		                  R"("subject":"203.0.113.7","text":"level mail\nfor 24h"}]})");
		CHECK(gate25_command(agent, {"events"}).out ==
		      "2026-11-21 23:43:33 UTC  quarantine    203.0.113.7  level mail\\nfor 24h\n");
		agent.events = {R"({"at":"2026-11-21T23:43:33Z","event":"release","subject":"203.0.113.7","text":""})"};
		auto ran = gate25_command(agent, {"events", "--follow"});
		CHECK(ran.out == "2026-11-21 23:43:33 UTC  release       203.0.113.7\n");
		CHECK(gate25_command(agent, {"events", "--follow", "--json"}).out.starts_with(agent.events[0] + "\n"));
		agent.answers.clear();
		agent.fail_with(ErrorKind::unavailable, "the agent ended");
		CHECK(gate25_command(agent, {"events", "--follow"}).status == 3);
	}
}
