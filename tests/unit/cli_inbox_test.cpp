// SPDX-License-Identifier: GPL-2.0-or-later
//
// The abuse desk's pile.
#include "cli/text.h"
#include "cli_fake.h"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

using namespace gate25;
using namespace gate25::cli;

namespace {

std::string ago(Seconds age) {
	return time_text(Terminal().now - age);
}

std::string held(unsigned id, std::string_view state = "aside", std::string_view why = "a mail without a report") {
	return R"({"id":)" + std::to_string(id) + R"(,"received":")" + ago(std::chrono::hours{25}) + R"(","state":")" +
	       std::string(state) + R"(","format":"unknown","step":1,"why":")" + std::string(why) +
	       R"(","by":"nobody","address":"203.0.113.7","key":)" + (state == "waiting" ? R"("ABCD")" : "null") +
	       R"(,"size":1234})";
}

std::string list_body() {
	return R"({"schema":1,"reports":[)" + held(12) + "," + held(9, "waiting", "its key is not here") + "]}";
}

std::string report_body(const std::string& report) {
	return R"({"schema":1,"report":)" + report + "}";
}

} // namespace

TEST_SUITE("cli inbox") {
	TEST_CASE("what it asks for") {
		struct {
			std::vector<std::string_view> line;
			std::string_view method;
			std::string_view target;
		} const table[] = {
		    {{"inbox"}, "GET", "/v1/inbox"},
		    {{"inbox", "--state", "waiting"}, "GET", "/v1/inbox?state=waiting"},
		    {{"inbox", "12", "--json"}, "GET", "/v1/inbox/12"},
		    {{"inbox", "12", "--raw"}, "GET", "/v1/inbox/12/bytes"},
		    {{"inbox", "12", "--again"}, "POST", "/v1/inbox/12"},
		    {{"inbox", "12", "--close"}, "DELETE", "/v1/inbox/12"},
		    {{"inbox", "12", "--close", "--reason", "told & done"},
		     "DELETE",
		     "/v1/inbox/12?reason=told%20%26%20done"},
		};
		for (const auto& row : table) {
			CAPTURE(row.target);
			FakeAgent agent;
			CHECK(gate25_command(agent, row.line).status == 0);
			REQUIRE(agent.requests.size() == 1);
			CHECK(agent.requests[0].method == row.method);
			CHECK(agent.requests[0].target == row.target);
		}
	}
	TEST_CASE("a wrong command line asks for nothing") {
		FakeAgent agent;
		for (const auto& line : {std::vector<std::string_view>{"inbox", "12", "--raw", "--close"},
		                         {"inbox", "12", "--reason", "r"},
		                         {"inbox", "--close"},
		                         {"inbox", "--again"},
		                         {"inbox", "--raw"},
		                         {"inbox", "1", "2"},
		                         {"inbox", "1", "2", "--raw"},
		                         {"inbox", "1", "--state", "aside"},
		                         {"inbox", "--state", "closed"},
		                         {"inbox", "1", "--raw", "--json"},
		                         {"inbox", "203.0.113.7"},
		                         {"inbox", "0"}}) {
			const auto ran = gate25_command(agent, line);
			CHECK(ran.status == 2);
		}
		CHECK(agent.requests.empty());
	}
	TEST_CASE("a list for the morning") {
		FakeAgent agent;
		agent.answer(200, list_body());
		CHECK(gate25_command(agent, {"inbox"}, {.width = 100}).out ==
		      "ID  AGE    STATE    FORMAT   ADDRESS      BY      WHY\n"
		      "12  1d 1h  aside    unknown  203.0.113.7  nobody  a mail without a report\n"
		      " 9  1d 1h  waiting  unknown  203.0.113.7  nobody  its key is not here [key ABCD]\n"
		      "1 report for a person, 1 for a key.\n");
		for (const std::size_t width : {20U, 40U, 60U, 80U}) {
			std::istringstream lines(gate25_command(agent, {"inbox"}, {.width = width}).out);
			std::string line;
			std::getline(lines, line);
			CHECK(width_of(line) <= width);
		}
		CHECK(gate25_command(agent, {"inbox", "--json"}).out == list_body() + "\n");
		agent.answers.clear();
		agent.answer(200, R"({"schema":1,"reports":[]})");
		CHECK(gate25_command(agent, {"inbox"}).out == "Nothing waits.\n");
	}
	TEST_CASE("one report: what is known, and its text made harmless") {
		FakeAgent agent;
		agent.answer(200, report_body(held(12)));
		agent.answer(200, "Subject: \x1b]0;pwned\x07 caf\xe9\r\n\tfolded\r\n\r\n\xe2\x80\xaelive\x9b");
		const auto ran = gate25_command(agent, {"inbox", "12"});
		CHECK(ran.status == 0);
		CHECK(ran.out == "Report 12: aside\n"
		                 "  why       a mail without a report (step 1)\n"
		                 "  received  " +
		                     ago(std::chrono::hours{25}).substr(0, 10) + " " +
		                     ago(std::chrono::hours{25}).substr(11, 8) +
		                     " UTC (1d 1h ago)\n"
		                     "  by        nobody\n"
		                     "  format    unknown\n"
		                     "  address   203.0.113.7\n"
		                     "  size      1,234 bytes\n"
		                     "\n"
		                     "Subject: \\x1b]0;pwned\\x07 caf\\xe9\n"
		                     " folded\n"
		                     "\n"
		                     "\\u202elive\\x9b\n");
		FakeAgent gone;
		gone.answer(404, R"({"schema":1,"error":{"code":"not_found","message":"the inbox has no report 3"}})");
		CHECK(gate25_command(gone, {"inbox", "3"}).status == 4);
	}
	TEST_CASE("a terminal gets the beginning of a long one, a pipe all of it") {
		std::string text;
		for (int i = 0; i < 100; ++i) text += "line " + std::to_string(i) + "\n";
		const auto long_line = std::string(5000, 'x') + "\n";
		FakeAgent agent;
		agent.answer(200, report_body(held(12))).answer(200, long_line + text);
		const auto seen = gate25_command(agent, {"inbox", "12"}, {.width = 80}).out;
		CHECK(contains(seen, "\nline 58\n"));
		CHECK_FALSE(contains(seen, "\nline 59\n"));
		CHECK(contains(seen, "41 lines more; \"gate25 inbox 12 | less\" shows all of it\n"));
		CHECK_FALSE(contains(seen, std::string(1001, 'x')));
		agent.answers.clear();
		agent.answer(200, report_body(held(12))).answer(200, long_line + text);
		const auto piped = gate25_command(agent, {"inbox", "12"}).out;
		CHECK(contains(piped, long_line + text));
	}
	TEST_CASE("--raw writes the very bytes, and never to a terminal") {
		FakeAgent agent;
		const std::string bytes("From: a\r\n\0\x1b\xff", 12);
		agent.answer(200, bytes);
		CHECK(gate25_command(agent, {"inbox", "12", "--raw"}).out == bytes);
		const auto ran = gate25_command(agent, {"inbox", "12", "--raw"}, {.width = 80});
		CHECK(ran.status == 2);
		CHECK(ran.out.empty());
		CHECK(contains(ran.err, "> FILE"));
		CHECK(agent.requests.size() == 1);
	}
	TEST_CASE("several are closed at once, and one that is gone hinders no other") {
		FakeAgent agent;
		agent.answer(200, report_body(held(1)))
		    .answer(404, R"({"schema":1,"error":{"code":"not_found","message":"the inbox has no report 2"}})")
		    .answer(200, report_body(held(3)));
		const auto again = agent.answers;
		const auto ran = gate25_command(agent, {"inbox", "1", "2", "3", "--close"});
		CHECK(ran.status == 4);
		CHECK(ran.out == "Report 1 is closed.\nReport 3 is closed.\n");
		CHECK(ran.err == "gate25: the inbox has no report 2\n");
		agent.answers = again;
		const auto body =
		    boost::json::parse(gate25_command(agent, {"inbox", "1", "2", "3", "--close", "--json"}).out)
		        .as_object();
		CHECK(body.at("closed").as_array().size() == 2);
		CHECK(body.at("error").as_object().at("code") == "not_found");
		FakeAgent gone;
		gone.fail_with(ErrorKind::unavailable, "nobody listens");
		CHECK(gate25_command(gone, {"inbox", "1", "2", "3", "--close"}).status == 3);
		CHECK(gone.requests.size() == 1);
	}
	TEST_CASE("read again, they are told like reports that were handed in") {
		FakeAgent agent;
		agent.answer(200,
		             R"({"schema":1,"reports":[{"format":"arf","kind":"spam","address":"203.0.113.7","line":1,)"
		             R"("outcome":"decided","step":16,"why":"spam reported by fbl","taken_for":"fbl",)"
		             R"("quarantine":42,"inbox":null}],"passed_over":0})");
		const auto ran = gate25_command(agent, {"inbox", "12", "--again"});
		CHECK(ran.status == 0);
		CHECK(contains(ran.out, "decided"));
		CHECK(contains(ran.out, "inbox 12:1"));
		CHECK(contains(ran.out, "spam reported by fbl"));
	}
}
