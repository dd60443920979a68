// SPDX-License-Identifier: GPL-2.0-or-later
//
// What each verb asks the agent for, and its exit status.
#include "cli_fake.h"

#include <doctest/doctest.h>
#include <fstream>
#include <unistd.h>

using namespace gate25;
using namespace gate25::cli;

namespace {

std::string error_body(std::string_view code, std::string_view message) {
	return std::string(R"({"schema":1,"error":{"code":")").append(code) + R"(","message":")" +
	       std::string(message) + "\"}}";
}

} // namespace

TEST_SUITE("cli verbs") {
	TEST_CASE("what each verb asks for") {
		struct {
			std::vector<std::string_view> line;
			std::string_view method;
			std::string_view target;
			std::string_view body;
		} const table[] = {
		    {{"status"}, "GET", "/v1/status", ""},
		    {{"quarantine", "203.0.113.7"}, "POST", "/v1/quarantines", R"({"prefix":"203.0.113.7"})"},
		    {{"quarantine", "2001:db8::/56", "--level", "garden", "--for", "1d12h", "--reason", "a \"b\"",
		      "--ticket", "T"},
		     "POST",
		     "/v1/quarantines",
		     R"({"prefix":"2001:db8::/56","level":"garden","seconds":129600,"reason":"a \"b\"","ticket":"T"})"},
		    {{"quarantine", "203.0.113.7", "--for", "manual"},
		     "POST",
		     "/v1/quarantines",
		     R"({"prefix":"203.0.113.7","seconds":null})"},
		    {{"release", "2001:db8::/56", "--reason", "all clean & well"},
		     "DELETE",
		     "/v1/quarantines/2001:db8::%2F56?reason=all%20clean%20%26%20well",
		     ""},
		    {{"release", "42"}, "DELETE", "/v1/quarantines/42", ""},
		    {{"list"}, "GET", "/v1/quarantines", ""},
		    {{"list", "--level", "mail", "--all"}, "GET", "/v1/quarantines?level=mail&all=1", ""},
		    {{"show", "203.0.113.7"}, "GET", "/v1/quarantines/203.0.113.7", ""},
		    {{"history", "2001:db8::1", "--limit", "5"}, "GET", "/v1/history?address=2001:db8::1&limit=5", ""},
		    {{"exempt", "203.0.113.7", "--for", "2s", "--owner", "noc"},
		     "POST",
		     "/v1/exemptions",
		     R"({"prefix":"203.0.113.7","seconds":2,"owner":"noc"})"},
		    {{"unexempt", "203.0.113.7"}, "DELETE", "/v1/exemptions/203.0.113.7", ""},
		    {{"exemptions"}, "GET", "/v1/exemptions", ""},
		    {{"alert", "203.0.113.7", "--kind", "bot", "--at", "2026-11-21T23:43:33+01:00", "--port", "4000",
		      "--count", "3", "--reporter", "ids"},
		     "POST",
		     "/v1/alerts",
		     R"({"address":"203.0.113.7","kind":"bot","reporter":"ids","at":"2026-11-21T22:43:33Z","port":4000,"count":3})"},
		    {{"explain", "203.0.113.7", "192.0.2.1"},
		     "GET",
		     "/v1/explain?src=203.0.113.7&dst=192.0.2.1&port=25",
		     ""},
		    {{"explain", "::1", "::2", "587"}, "GET", "/v1/explain?src=::1&dst=::2&port=587", ""},
		    {{"export"}, "GET", "/v1/ruleset?state=1", ""},
		    {{"export", "--without-state"}, "GET", "/v1/ruleset?state=0", ""},
		    {{"reload"}, "POST", "/v1/reload", ""},
		    {{"events"}, "GET", "/v1/events", ""},
		    {{"events", "--follow"}, "GET", "/v1/events?follow=1", ""},
		    {{"remove", "--yes"}, "POST", "/v1/remove", ""},
		};
		for (const auto& row : table) {
			CAPTURE(row.target);
			FakeAgent agent;
			gate25_command(agent, row.line);
			REQUIRE(agent.requests.size() == 1);
			CHECK(agent.requests[0].method == row.method);
			CHECK(agent.requests[0].target == row.target);
			CHECK(agent.requests[0].body == row.body);
			CHECK(agent.requests[0].socket == "/run/gate25/control.sock");
		}
	}

	TEST_CASE("the socket: --socket, then the environment, then the default") {
		FakeAgent agent;
		gate25_command(agent, {"list"}, {.socket_in_environment = "/from/env"});
		gate25_command(agent, {"list", "--socket", "/from/option"}, {.socket_in_environment = "/from/env"});
		CHECK(agent.requests[0].socket == "/from/env");
		CHECK(agent.requests[1].socket == "/from/option");
	}

	TEST_CASE("every failure has its exit status, for people and for programs") {
		struct {
			unsigned status;
			std::string_view code;
			int exit;
		} const table[] = {{400, "bad_input", 1}, {403, "denied", 1}, {404, "not_found", 4},
		                   {409, "conflict", 1},  {503, "busy", 1},   {400, "config_invalid", 5},
		                   {507, "storage", 1},   {500, "kernel", 1}};
		for (const auto& row : table) {
			CAPTURE(row.code);
			FakeAgent agent;
			const auto body = error_body(row.code, "no");
			agent.answer(row.status, body);
			auto ran = gate25_command(agent, {"reload"});
			CHECK(ran.status == row.exit);
			CHECK(ran.err == "gate25: no\n");
			CHECK(ran.out.empty());
			ran = gate25_command(agent, {"reload", "--json"});
			CHECK(ran.status == row.exit);
			CHECK(ran.out == body + "\n");
			CHECK(ran.err.empty());
		}
	}
	TEST_CASE("no agent, no permission, no JSON") {
		FakeAgent agent;
		agent.fail_with(ErrorKind::unavailable, "no agent answers");
		CHECK(gate25_command(agent, {"list"}).status == 3);
		CHECK(gate25_command(agent, {"list", "--json"}).out ==
		      R"({"schema":1,"error":{"code":"unavailable","message":"no agent answers"}})"
		      "\n");
		agent.answers.clear();
		agent.fail_with(ErrorKind::denied, "only root");
		CHECK(gate25_command(agent, {"list"}).status == 1);
		agent.answers.clear();
		agent.answer(200, "<html>\x1b[2J");
		const auto ran = gate25_command(agent, {"list"});
		CHECK(ran.status == 3);
		CHECK(contains(ran.err, "expected JSON from the agent, got \"<html>\\x1b[2J\""));
		agent.answers.clear();
		agent.answer(500, "");
		CHECK(gate25_command(agent, {"list"}).err == "gate25: the agent answered with HTTP status 500\n");
	}
	TEST_CASE("a usage error names the right use and asks nobody") {
		FakeAgent agent;
		const auto ran = gate25_command(agent, {"quarantine", "203.0.113.7", "--level", "port2"});
		CHECK(ran.status == 2);
		CHECK(ran.out.empty());
		CHECK(contains(ran.err, "did you mean \"port25\"?"));
		CHECK(contains(ran.err, "\nUsage: gate25 quarantine ADDR|PREFIX "));
		const auto json = gate25_command(agent, {"quarantine", "203.0.113.7", "--level", "port2", "--json"});
		CHECK(json.status == 2);
		CHECK(contains(json.out, R"({"schema":1,"error":{"code":"usage","message":"quarantine: --level: )"));
		CHECK(gate25_command(agent, {}).status == 2);
		CHECK(agent.requests.empty());
	}

	TEST_CASE("an alert falls back to the alert socket, unless a socket was given") {
		FakeAgent agent;
		agent.fail_with(ErrorKind::denied, "only root");
		agent.answer(200, R"({"schema":1,"alerts":[{"address":"203.0.113.7","kind":"spam","outcome":"decided",)"
		                  R"("why":"spam","quarantine":42}]})");
		auto ran = gate25_command(agent, {"alert", "203.0.113.7", "--kind", "spam"});
		CHECK(ran.status == 0);
		CHECK(ran.out == "spam 203.0.113.7: decided, spam (quarantine 42)\n");
		REQUIRE(agent.requests.size() == 2);
		CHECK(agent.requests[1].socket == "/run/gate25/alert.sock");
		agent.answers.clear();
		agent.fail_with(ErrorKind::denied, "only root");
		ran = gate25_command(agent, {"alert", "203.0.113.7", "--kind", "spam", "--socket", "/s"});
		CHECK(ran.status == 1);
		CHECK(agent.requests.size() == 3);
	}
	TEST_CASE("a refused alert is a failure") {
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"alerts":[{"address":"192.0.2.25","kind":"spam","outcome":"refused",)"
		                  R"("why":"192.0.2.25 is a relay","quarantine":null}]})");
		CHECK(gate25_command(agent, {"alert", "192.0.2.25", "--kind", "spam"}).status == 1);
	}

	TEST_CASE("remove asks, and takes only yes for it") {
		FakeAgent agent;
		CHECK(gate25_command(agent, {"remove"}).status == 2);
		CHECK(gate25_command(agent, {"remove"}, {.input = "yes\n"}).status == 2);
		CHECK(gate25_command(agent, {"remove"}, {.input = "y\n", .in_is_terminal = true}).status == 1);
		CHECK(gate25_command(agent, {"remove"}, {.input = "", .in_is_terminal = true}).status == 1);
		CHECK(agent.requests.empty());
		agent.answer(200, R"({"schema":1,"removed":true})");
		const auto ran = gate25_command(agent, {"remove"}, {.input = "yes\n", .in_is_terminal = true});
		CHECK(ran.status == 0);
		CHECK(contains(ran.err, "Type \"yes\""));
		CHECK(agent.requests.size() == 1);
	}

	TEST_CASE("check needs no agent") {
		FakeAgent agent;
		const std::string good = std::string(GATE25_SOURCE) + "/packaging/gate25.toml";
		const std::string bad = "/tmp/gate25-check-" + std::to_string(getpid()) + ".toml";
		std::ofstream(bad) << "[port25]\npolicy = \"opne\"\n";
		const auto ran = gate25_command(agent, {"check", bad});
		CHECK(ran.status == 5);
		CHECK(contains(ran.err, bad + ":2:"));
		CHECK(contains(ran.err, "opne"));
		const auto json = gate25_command(agent, {"check", bad, "--json"});
		CHECK(json.status == 5);
		CHECK(contains(json.out, R"({"schema":1,"valid":false,"errors":[")"));
		CHECK(json.err.empty());
		unlink(bad.c_str());
		CHECK(gate25_command(agent, {"check", "/nonexistent"}).status == 4);
		if (std::ifstream(good)) {
			CHECK(gate25_command(agent, {"check", good}).status == 0);
			CHECK(gate25_command(agent, {"check", good, "--json"}).out ==
			      "{\"schema\":1,\"valid\":true,\"errors\":[]}\n");
		}
		CHECK(agent.requests.empty());
	}
	TEST_CASE("export prints the ruleset as it came") {
		FakeAgent agent;
		agent.answer(200, "table inet gate25 {\n}\n");
		CHECK(gate25_command(agent, {"export"}).out == "table inet gate25 {\n}\n");
		CHECK(gate25_command(agent, {"export", "--format", "nft", "--json"}).out == "table inet gate25 {\n}\n");
	}

	TEST_CASE("help and version") {
		FakeAgent agent;
		CHECK(gate25_command(agent, {"--version"}).out.starts_with("gate25 "));
		CHECK(contains(gate25_command(agent, {"help"}).out, "quarantine ADDR|PREFIX"));
		CHECK(contains(gate25_command(agent, {"help", "list"}).out, "--all"));
		CHECK(gate25_command(agent, {"list", "--help"}).out == gate25_command(agent, {"help", "list"}).out);
		CHECK(agent.requests.empty());
	}
}
