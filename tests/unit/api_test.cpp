// SPDX-License-Identifier: GPL-2.0-or-later
#include "agent_fixture.h"

#include <doctest/doctest.h>

using namespace gate25;

namespace {

struct Refusal {
	const char* body;
	const char* said; // a part of the message
};

} // namespace

TEST_CASE_FIXTURE(AgentFixture, "what can never be quarantined is refused by name") {
	config = "[network]\nsubscribers = [\"100.64.0.0/10\", \"2001:db8:1000::/36\"]\n"
	         "relays = [\"192.0.2.25\", \"100.64.0.25\", \"2001:db8:25::25\"]\nrouters = [\"100.64.0.1\"]\n";
	REQUIRE(start());
	const Refusal refusals[] = {
		{R"({"prefix":"0.0.0.0/0"})", "whole Internet"},
		{R"({"prefix":"::/0"})", "whole Internet"},
		{R"({"prefix":"127.0.0.1"})", "loopback"},
		{R"({"prefix":"127.0.0.0/8"})", "loopback"},
		{R"({"prefix":"::1"})", ""},
		{R"({"prefix":"100.64.0.25"})", "relay"},
		{R"({"prefix":"::ffff:100.64.0.25"})", "relay"},
		{R"({"prefix":"100.64.0.1"})", "router's own address"},
		{R"({"prefix":"198.51.100.1"})", "not in a subscriber prefix"},
		{R"({"prefix":"100.64.1.0/24"})", "length"},
		{R"({"prefix":"100.64.1.2/24"})", "100.64.1.0/24"},
		{R"({"prefix":"100.64.1.2","seconds":0})", "seconds"},
		{R"({"prefix":"100.64.1.2","seconds":-1})", "seconds"},
		{R"({"prefix":"100.64.1.2","seconds":0.5})", "seconds"},
		{R"({"prefix":"100.64.1.2","seconds":18446744073709551616})", "seconds"},
		{R"({"prefix":"100.64.1.2","seconds":"1h"})", "seconds"},
		{R"({"prefix":"100.64.1.2","level":"hard"})", "level"},
		{R"({"prefix":"100.64.1.2","level":"garden"})", "[garden]"},
		{R"({"prefix":"100.64.1.2","colour":"red"})", "colour"},
		{R"({"prefix":"100.64.1.2","prefix":"100.64.1.3"})", "twice"},
		{R"({"prefix":"100.64.1.2","reason":"a\u0000b"})", "control character"},
		{R"({"prefix":17})", "prefix"},
		{R"({})", "prefix"},
		{R"([])", "object"},
		{R"({"prefix":"100.64.1.2")", "JSON"},
		{"", "JSON"},
	};
	for (const Refusal& refusal : refusals) {
		CAPTURE(refusal.body);
		const auto answer = ask("POST", "v1/quarantines", refusal.body);
		REQUIRE(answer->is_given);
		CHECK(answer->status == 400);
		CHECK_MESSAGE(answer->message().find(refusal.said) != std::string::npos, answer->message());
	}
	CHECK(agent.book().quarantine_count() == 0);
	CHECK(store.quarantines.empty());
}

TEST_CASE_FIXTURE(AgentFixture, "an alert accuses, or is only recorded") {
	REQUIRE(start());
	const auto outcome = [&](const char* body) {
		const auto answer = ask("POST", "v1/alerts", body, {}, SocketKind::alert);
		REQUIRE(answer->status == 200);
		return std::string(answer->body.at("alerts").at(0).at("outcome").as_string());
	};
	CHECK(outcome(R"({"address":"100.64.1.2","kind":"ham"})") == "recorded");
	CHECK(agent.book().quarantine_count() == 0);
	CHECK(outcome(R"({"address":"100.64.1.2","kind":"spam","reporter":"fbl","count":3})") == "decided");
	CHECK(kernel.holds("quarantine4_port25", "100.64.1.2"));
	CHECK(agent.book().find_quarantine(*Prefix::parse("100.64.1.2"))->reason == "spam reported by fbl, 3 times, score -2");
	CHECK(outcome(R"({"address":"100.64.1.2","kind":"bot"})") == "recorded");
	CHECK(store.alerts.size() == 3);
	CHECK(ask("POST", "v1/alerts", R"({"address":"192.0.2.25","kind":"spam"})")->status == 400);
	CHECK(ask("POST", "v1/alerts", R"({"address":"100.64.1.2","kind":"rude"})")->status == 400);
}

TEST_CASE_FIXTURE(AgentFixture, "in a stream of alerts a bad line harms no other") {
	REQUIRE(start());
	const auto answer = ask("POST", "v1/alerts", "{\"address\":\"100.64.1.1\",\"kind\":\"spam\"}\nnonsense\n\n"
	                                             "{\"address\":\"100.64.1.2\",\"kind\":\"spam\"}\n");
	REQUIRE(answer->status == 200);
	const auto& alerts = answer->body.at("alerts").as_array();
	REQUIRE(alerts.size() == 3);
	CHECK(alerts[0].at("outcome").as_string() == "decided");
	CHECK(alerts[1].at("outcome").as_string() == "refused");
	CHECK(alerts[1].at("line") == 2);
	CHECK(alerts[2].at("outcome").as_string() == "decided");
}

TEST_CASE_FIXTURE(AgentFixture, "the alert socket takes alerts and tells the status, nothing else") {
	REQUIRE(start());
	const auto on_alert_socket = [&](const char* method, const char* path) {
		return ask(method, path, "", {}, SocketKind::alert)->status;
	};
	CHECK(on_alert_socket("GET", "v1/status") == 200);
	CHECK(on_alert_socket("GET", "v1/quarantines") == 403);
	CHECK(on_alert_socket("POST", "v1/quarantines") == 403);
	CHECK(on_alert_socket("DELETE", "v1/quarantines/1") == 403);
	CHECK(on_alert_socket("POST", "v1/reload") == 403);
	CHECK(on_alert_socket("POST", "v1/remove") == 403);
}

TEST_CASE_FIXTURE(AgentFixture, "wrong paths, methods and query names are told apart") {
	REQUIRE(start());
	CHECK(ask("GET", "v1/nothing")->status == 404);
	CHECK(ask("GET", "v1")->status == 404);
	CHECK(ask("PUT", "v1/quarantines")->status == 405);
	CHECK(ask("GET", "v1/quarantines", "", {{"levle", "mail"}})->status == 400);
	CHECK(ask("GET", "v1/quarantines", "", {{"level", "hard"}})->status == 400);
	CHECK(ask("DELETE", "v1/quarantines/100.64.1.2")->status == 404);
	CHECK(ask("DELETE", "v1/exemptions/17")->status == 404);
	CHECK(ask("GET", "v1/explain", "", {{"src", "100.64.1.2"}, {"dst", "::1"}})->status == 400);
	CHECK(ask("GET", "v1/explain", "", {{"src", "100.64.1.2"}, {"dst", "198.51.100.1"}, {"port", "65536"}})->status == 400);
}

TEST_CASE_FIXTURE(AgentFixture, "an import takes the good lines and names the bad ones") {
	REQUIRE(start());
	const auto answer = ask("POST", "v1/import", "{\"prefix\":\"100.64.1.1\"}\n{\"prefix\":\"192.0.2.25\"}\n"
	                                             "{\"prefix\":\"100.64.1.2\",\"until\":\"2036-01-01T00:00:00Z\"}\n");
	CHECK(answer->body.at("accepted") == 2);
	REQUIRE(answer->body.at("refused").as_array().size() == 1);
	CHECK(answer->body.at("refused").at(0).at("line") == 2);
	CHECK(kernel.sets["quarantine4_port25"].size() == 2);
}

TEST_CASE_FIXTURE(AgentFixture, "remove takes the table away until the next reload") {
	REQUIRE(start());
	REQUIRE(ask("POST", "v1/remove")->status == 200);
	CHECK_FALSE(kernel.is_table_present);
	CHECK(ask("GET", "v1/status")->body.at("state").as_string() == "degraded");
	clock.pass(Seconds(60));
	agent.tick();
	CHECK_FALSE(kernel.is_table_present);
	REQUIRE(ask("POST", "v1/quarantines", R"({"prefix":"100.64.1.2"})")->status == 201);
	REQUIRE(ask("POST", "v1/reload")->status == 200);
	CHECK(kernel.is_table_present);
	CHECK(kernel.holds("quarantine4_port25", "100.64.1.2"));
}
