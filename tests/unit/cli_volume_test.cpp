// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli_fake.h"

#include <doctest/doctest.h>

using namespace gate25::cli;

namespace {

constexpr auto one_subscriber =
    R"({"schema":1,"subscriber":"100.64.1.2","user":null,"at":"2026-11-22T12:00:00Z","values":[)"
    R"({"quantity":"connections","minute":{"value":1,"is_estimated":false},"hour":{"value":27,"is_estimated":false},)"
    R"("day":{"value":1200,"is_estimated":false},"last":"2026-11-22T11:59:00Z"},)"
    R"({"quantity":"destinations","minute":{"value":1,"is_estimated":false},"hour":{"value":12,"is_estimated":false},)"
    R"("day":{"value":120,"is_estimated":true},"last":null}],)"
    R"("limits":[{"limit":"connections 30/hour","match":[],"then":"refuse","mode":"enforce","most":30,"value":27,"is_estimated":false}],)"
    R"("hours":[{"hour":"2026-11-22T10:00:00Z","activity":"connections","events":25,"refused":3,)"
    R"("peaks":{"connections":{"minute":4,"hour":25,"day":900},"destinations":{"minute":2,"hour":1,"day":80}}},)"
    R"({"hour":"2026-11-22T11:00:00Z","activity":"mail","events":2,"refused":0,)"
    R"("peaks":{"messages":{"minute":1,"hour":2,"day":9},"recipients":{"minute":3,"hour":6,"day":30}}}]})";

constexpr auto spread =
    R"("from":"2026-11-15T12:00:00Z","to":"2026-11-22T12:00:00Z","active":12345,"users":0,)"
    R"("percentiles":[{"share":5E-1,"value":2},{"share":9E-1,"value":9},{"share":9.9E-1,"value":40},{"share":9.99E-1,"value":118},{"share":1E0,"value":5000}],)"
    R"("suggestion":{"limit":"connections 120/hour","touched":11},"restrained":0,"left_out":0)";

std::string what_if_answer(std::string_view touched, std::string_view more) {
	return R"({"schema":1,"limit":"connections 30/hour","match":[],"is_in_force":false,"from":"2026-11-15T12:00:00Z",)"
	       R"("to":"2026-11-22T12:00:00Z","active":2000,"active_users":0,"touched":)" + std::string(touched) +
	       R"(,"touched_users":0,"share":1.5E-3,"hours":40,)" + std::string(more) + "}";
}

} // namespace

TEST_SUITE("cli volume") {
	TEST_CASE("one subscriber: now, his limits, his hours") {
		FakeAgent agent;
		agent.answer(200, one_subscriber);
		const auto ran = gate25_command(agent, {"volume", "100.64.1.2", "--since", "7d"});
		CHECK(agent.requests[0].target == "/v1/volume?address=100.64.1.2&since=7d");
		CHECK(ran.status == 0);
		CHECK(ran.out == "Subscriber 100.64.1.2, 2026-11-22 12:00:00 UTC\n"
		                 "\n"
		                 "COUNTED       MINUTE  HOUR    DAY  LAST\n"
		                 "connections        1    27  1,200  2026-11-22 11:59:00 UTC\n"
		                 "destinations       1    12   ~120\n"
		                 "~ is an estimate: some destinations stand for all.\n"
		                 "\n"
		                 "LIMIT                NOW  SHARE  THEN    MODE\n"
		                 "connections 30/hour   27   90 %  refuse  enforce\n"
		                 "\n"
		                 "Hours in UTC, with the highest sums within them\n"
		                 "HOUR              WHAT         COUNT  REFUSED  PER MINUTE  PER HOUR  PER DAY  TO, PER HOUR\n"
		                 "2026-11-22 10:00  connections     25        3           4        25      900      1 server\n"
		                 "2026-11-22 11:00  messages         2        0           1         2        9  6 recipients\n");
	}
	TEST_CASE("a user, and nothing on record") {
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"subscriber":null,"user":"anna@example.org","at":"2026-11-22T12:00:00Z","values":[],"limits":[],"hours":[]})");
		const auto ran = gate25_command(agent, {"volume", "--user", "anna@example.org"});
		CHECK(agent.requests[0].target == "/v1/volume?user=anna%40example.org");
		CHECK(contains(ran.out, "User anna@example.org, 2026-11-22 12:00:00 UTC\n"));
		CHECK(contains(ran.out, "No limit is for him.\n"));
		CHECK(contains(ran.out, "Nothing of the last days is on record. An hour is recorded when it is over.\n"));
	}
	TEST_CASE("those with most") {
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"quantity":"attempted-destinations","per":"day","at":"2026-11-22T12:00:00Z","active":500,"top":[)"
		                  R"({"subscriber":"2001:db8:1000:100::/56","user":null,"value":5120,"is_estimated":true,"last":"2026-11-22T11:59:00Z"},)"
		                  R"({"subscriber":"100.64.1.2","user":null,"value":9,"is_estimated":false,"last":"2026-11-22T11:00:00Z"}]})");
		const auto ran = gate25_command(agent, {"volume", "--top", "2", "--by", "attempted-destinations", "--per", "day"});
		CHECK(agent.requests[0].target == "/v1/volume/top?by=attempted-destinations&per=day&limit=2");
		CHECK(ran.out == "Most attempted-destinations per day, 2026-11-22 12:00:00 UTC\n"
		                 "\n"
		                 "   SUBSCRIBER OR USER         NOW  LAST\n"
		                 "1  2001:db8:1000:100::/56  ~5,120  2026-11-22 11:59:00 UTC\n"
		                 "2  100.64.1.2                   9  2026-11-22 11:00:00 UTC\n"
		                 "And 498 more with fewer.\n");
	}
	TEST_CASE("nobody has any") {
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"quantity":"connections","per":"hour","at":"2026-11-22T12:00:00Z","active":0,"top":[]})");
		CHECK(contains(gate25_command(agent, {"volume", "--top", "5"}).out, "Nobody has any.\n"));
		agent.answers.clear();
		agent.answer(200, R"({"schema":1,"quantity":"messages","per":"hour","from":null,"to":null,"active":0})");
		CHECK(gate25_command(agent, {"volume", "--spread", "--by", "messages"}).out == "Nobody has any messages on record. An hour is recorded when it is over.\n");
	}
	TEST_CASE("what is usual, and a limit that spares nearly all") {
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"quantity":"connections","per":"hour",)" + std::string(spread) + "}");
		const auto ran = gate25_command(agent, {"volume", "--spread", "--since", "7d"});
		CHECK(agent.requests[0].target == "/v1/volume/spread?since=7d");
		CHECK(ran.out == "Highest connections per hour of 12,345 active subscribers, 2026-11-15 12:00:00 UTC to 2026-11-22 12:00:00 UTC\n"
		                 "\n"
		                 "OF THEM  NO MORE THAN\n"
		                 "   50 %             2\n"
		                 "   90 %             9\n"
		                 "   99 %            40\n"
		                 " 99.9 %           118\n"
		                 "  100 %         5,000\n"
		                 "\n"
		                 "A limit of \"connections 120/hour\" would have touched 11 of them (0.089 %).\n"
		                 "  gate25 whatif --limit \"connections 120/hour\"   says whom\n");
	}
	TEST_CASE("the overview") {
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"rules":{"mode":"monitor","relays":false,"verdicts":"auto","queues":1,"fail":"open","keep":3024000,)"
		                  R"("limits":[{"limit":"connections 30/hour","match":["100.64.8.0/24"],"then":"refuse","mode":"monitor"}]},)"
		                  R"("verdicts":"queue","since":"2026-11-22T09:00:00Z","counters":{"attempts":12345,"connections":1,"refused":0,"would_refuse":7,)"
		                  R"("alerts":2,"would_alert":0,"repeated":3,"foreign":0},)"
		                  R"("activities":[{"activity":"connections","active":31,"evicted":0,"last_day":{"quantity":"connections","per":"hour",)" +
		                      std::string(spread) +
		                      R"(}}],"record":{"problem":"","warning":"the file was damaged","bytes":12582912,"oldest":"2026-11-15T12:00:00Z","forgotten":0}})");
		const auto ran = gate25_command(agent, {"volume"});
		CHECK(agent.requests[0].target == "/v1/volume");
		CHECK(ran.out == "Since 2026-11-22 09:00:00 UTC: 12,345 attempts, 1 connection, 0 refused, 2 alerts raised.\n"
		                 "In monitor mode: 7 would have been refused, 0 alerts raised.\n"
		                 "\n"
		                 "WITHIN AN HOUR  ACTIVE NOW  YESTERDAY  50 %  90 %  99 %  99.9 %   MOST\n"
		                 "connections             31     12,345     2     9    40     118  5,000\n"
		                 "\n"
		                 "LIMIT                THEN    MODE     FOR\n"
		                 "connections 30/hour  refuse  monitor  100.64.8.0/24\n"
		                 "\n"
		                 "Verdicts by: queue (verdicts = \"auto\"); a connection about which nobody answers is let through (fail = \"open\").\n"
		                 "Record: from 2026-11-15 12:00:00 UTC, 12 MiB, kept for 35d.\n"
		                 "the file was damaged\n");
	}
	TEST_CASE("whom a limit would have touched") {
		FakeAgent agent;
		agent.answer(200, what_if_answer("3", R"("days":[{"day":"2026-11-20","touched":3},{"day":"2026-11-21","touched":1}],"most":[)"
		                                      R"({"subscriber":"100.64.1.2","user":null,"hours":38,"days":2,"peak":4000,)"
		                                      R"("first":"2026-11-20T01:00:00Z","last":"2026-11-21T14:00:00Z"}],"restrained":4,"left_out":0)"));
		const auto ran = gate25_command(agent, {"whatif", "--limit", "connections 30/hour", "--since", "7d", "--match", "100.64.0.0/10"});
		CHECK(agent.requests[0].target == "/v1/whatif?limit=connections%2030%2Fhour&since=7d&match=100.64.0.0%2F10");
		CHECK(ran.out == "\"connections 30/hour\" for everybody, 2026-11-15 12:00:00 UTC to 2026-11-22 12:00:00 UTC\n"
		                 "It would have touched 3 of 2,000 active subscribers (0.15 %), in 40 hours; 2 on a day with any, 3 at most, on 2026-11-20.\n"
		                 "\n"
		                 "SUBSCRIBER OR USER  HOURS  DAYS  HIGHEST  FIRST             LAST\n"
		                 "100.64.1.2             38     2    4,000  2026-11-20 01:00  2026-11-21 14:00\n"
		                 "And 2 more, less often.\n"
		                 "\n"
		                 "A limit that stood then met 4 of them. What a limit in force refuses is in no sum: without it they might have gone higher.\n");
	}
	TEST_CASE("nobody would have been touched, or nothing is on record") {
		FakeAgent agent;
		agent.answer(200, what_if_answer("0", R"("days":[],"most":[],"restrained":0,"left_out":0)"));
		CHECK(contains(gate25_command(agent, {"whatif", "--limit", "connections 30/hour"}).out, "It would have touched none of 2,000 active subscribers.\n"));
		agent.answers.clear();
		agent.answer(200, R"({"schema":1,"limit":"connections 30/hour","match":[],"from":null,"to":null,"active":0,"touched":0})");
		CHECK(gate25_command(agent, {"whatif", "--limit", "connections 30/hour"}).out == "Nothing is on record for that time. An hour is recorded when it is over.\n");
	}
	TEST_CASE("what makes no sense is named before anything is asked") {
		FakeAgent agent;
		const auto refused = [&](std::vector<std::string_view> line, std::string_view said) {
			const auto ran = gate25_command(agent, std::move(line));
			CHECK(ran.status == 2);
			CHECK_MESSAGE(contains(ran.err, said), ran.err);
		};
		refused({"volume", "100.64.1.2", "--top", "5"}, "at a time");
		refused({"volume", "--user", "anna", "--spread"}, "at a time");
		refused({"volume", "--by", "attempts"}, "--by belongs to --top or --spread");
		refused({"volume", "100.64.1.2", "--per", "day"}, "--per belongs to --top or --spread");
		refused({"volume", "--top", "5", "--since", "7d"}, "right now");
		refused({"volume", "--since", "7d"}, "--since belongs to");
		refused({"volume", "--top", "5", "--by", "mesages"}, "did you mean \"messages\"?");
		refused({"volume", "--spread", "--per", "week"}, "minute, hour, day");
		refused({"whatif"}, "--limit LIMIT is missing");
		refused({"whatif", "--limit", "connections 30"}, "a limit looks like \"connections 30/hour\"");
		refused({"whatif", "--limit", "connections 30/hour", "--match", "100.64.1.2/10"}, "100.64.0.0/10");
		CHECK(agent.requests.empty());
	}
	TEST_CASE("an agent that does not count says what to do, and --json passes on") {
		FakeAgent agent;
		agent.answer(503, R"({"schema":1,"error":{"code":"unavailable","message":"nothing is counted: add a section [volume]"}})");
		const auto ran = gate25_command(agent, {"volume"});
		CHECK(ran.status == 1);
		CHECK(ran.err == "gate25: nothing is counted: add a section [volume]\n");
		agent.answers.clear();
		agent.answer(200, one_subscriber);
		CHECK(gate25_command(agent, {"--json", "volume", "100.64.1.2"}).out == std::string(one_subscriber) + "\n");
	}
	TEST_CASE("whatever an agent of another version leaves out, the rest is shown") {
		FakeAgent agent;
		agent.answer(200, R"({"schema":1})");
		for (const std::vector<std::string_view>& line :
		     {std::vector<std::string_view>{"volume"}, {"volume", "100.64.1.2"}, {"volume", "--top", "3"}, {"volume", "--spread"}, {"whatif", "--limit", "messages 9/day"}})
			CHECK(gate25_command(agent, line).status == 0);
		agent.answers.clear();
		agent.answer(200, what_if_answer("3", R"("most":3)"));
		CHECK(gate25_command(agent, {"whatif", "--limit", "messages 9/day"}).status == 0);
	}
}
