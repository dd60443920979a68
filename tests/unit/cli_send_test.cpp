// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reports on their way to the agent: in which pieces, over which socket, and what is told of them.
#include "cli_fake.h"

#include "wire/report.h"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>
#include <fstream>

using namespace gate25;
using namespace gate25::cli;

namespace {

const std::string samples = GATE25_SOURCE "/tests/reports/";

std::string file_text(const std::string& name) {
	std::ifstream file(samples + name, std::ios::binary);
	REQUIRE(file);
	return {std::istreambuf_iterator<char>(file), {}};
}

std::string taken(std::string_view outcome, unsigned step, unsigned line = 1) {
	return R"({"format":"arf","kind":"spam","address":"203.0.113.7","port":40123,"at":null,"reporter":"fbl@x.example",)"
	       R"("outcome":")" +
	       std::string(outcome) + R"(","why":"because","line":)" + std::to_string(line) + R"(,"step":)" +
	       std::to_string(step) + R"(,"taken_for":"fbl","proof":"user","alert":3,"quarantine":42,"inbox":null})";
}

std::string answer_of(const std::string& reports) {
	return R"({"schema":1,"reports":[)" + reports + R"(],"passed_over":0})";
}

std::string line_of(int number) {
	return R"({"address":"203.0.113.)" + std::to_string(number % 250) +
	       R"(","kind":"spam"})"
	       "\n";
}

} // namespace

TEST_SUITE("cli send") {
	TEST_CASE("a mail is one request, with its bytes as they came") {
		FakeAgent agent;
		agent.answer(200, answer_of(taken("decided", 16)));
		const auto ran = gate25_command(agent, {"report", samples + "arf-abuse.eml"});
		CHECK(ran.status == 0);
		REQUIRE(agent.requests.size() == 1);
		CHECK(agent.requests[0].method == "POST");
		CHECK(agent.requests[0].target == "/v1/reports");
		CHECK(agent.requests[0].body == file_text("arf-abuse.eml"));
		CHECK(contains(ran.out, "decided  spam  203.0.113.7 port 40123  fbl               42"));
		CHECK(contains(ran.out, "arf-abuse.eml:1    16  because\n"));
	}
	TEST_CASE("each mail of an mbox is a request of its own, without the line of the mbox") {
		FakeAgent agent;
		agent.answer(200, answer_of(taken("decided", 16)));
		const auto ran = gate25_command(agent, {"report", samples + "mbox-two.mbox"}, {.width = 120});
		REQUIRE(agent.requests.size() == 2);
		for (const auto& request : agent.requests) {
			CHECK_FALSE(request.body.starts_with("From "));
			CHECK(read_mail_report(request.body).outcome == ReportOutcome::parsed);
		}
		CHECK(contains(ran.out, "2 reports: 2 decided.\n"));
	}
	TEST_CASE("a mail whose end cannot be told is not sent") {
		FakeAgent agent;
		const auto ran = gate25_command(agent, {"report", samples + "mbox-broken-off.mbox"});
		CHECK(ran.status == 1);
		for (const auto& request : agent.requests) CHECK_FALSE(contains(request.body, "\nFrom "));
		CHECK(contains(ran.out, "not sent: the mail is never closed"));
	}
	TEST_CASE("JSON lines go together, and each is named by its line in the file") {
		FakeAgent agent;
		agent.answer(200, answer_of(taken("recorded", 7, 1) + "," + taken("duplicate", 6, 2)));
		const auto ran = gate25_command(agent, {"report"}, {.input = "\n" + line_of(1) + "\n\n" + line_of(2)});
		CHECK(ran.status == 0);
		REQUIRE(agent.requests.size() == 1);
		CHECK(agent.requests[0].body == line_of(1) + line_of(2));
		CHECK(contains(ran.out, "-:2"));
		CHECK(contains(ran.out, "-:5"));
	}
	TEST_CASE("of many lines at most two thousand and 1 MiB go together, none is lost") {
		std::string input;
		std::size_t lines = 0;
		for (int i = 0; i < 4500; ++i) input += line_of(i);
		for (int i = 0; i < 3000; ++i) input += R"({"kind":"spam","reporter":")" + std::string(1000, 'x') + "\"}\n";
		FakeAgent agent;
		agent.answer(200, answer_of(""));
		CHECK(gate25_command(agent, {"report"}, {.input = input}).status == 0);
		std::string sent;
		for (const auto& request : agent.requests) {
			CHECK(request.body.size() <= std::size_t{1} << 20U);
			const auto here = std::count(request.body.begin(), request.body.end(), '\n');
			CHECK(here <= 2000);
			lines += static_cast<std::size_t>(here);
			sent += request.body;
		}
		CHECK(lines == 7500);
		CHECK(sent == input);
	}
	TEST_CASE("what is no whole line goes by itself, so that it spoils no other") {
		FakeAgent agent;
		agent.answer(200, answer_of(taken("recorded", 7)));
		const std::string pretty = "{\n  \"address\": \"203.0.113.7\",\n  \"kind\": \"spam\"\n}\n";
		gate25_command(agent, {"report"},
		               {.input = line_of(1) + "{\"address\":\"203.\n" + line_of(2) + line_of(3)});
		REQUIRE(agent.requests.size() == 3);
		CHECK(agent.requests[0].body == line_of(1));
		CHECK(agent.requests[1].body == "{\"address\":\"203.\n");
		CHECK(agent.requests[2].body == line_of(2) + line_of(3));
		agent.requests.clear();
		gate25_command(agent, {"report"}, {.input = pretty + pretty});
		REQUIRE(agent.requests.size() == 2);
		CHECK(agent.requests[0].body == pretty);
	}
	TEST_CASE("what is too long is told and not sent, and what follows is") {
		FakeAgent agent;
		agent.answer(200, answer_of(taken("decided", 16)));
		const auto huge = "{\"kind\":\"" + std::string(largest_report, 'x') + "\"}\n";
		const auto ran = gate25_command(agent, {"report"}, {.input = huge + line_of(1)});
		CHECK(ran.status == 1);
		REQUIRE(agent.requests.size() == 1);
		CHECK(agent.requests[0].body == line_of(1));
		CHECK(contains(ran.out, "not sent: it is longer than 10485760 bytes"));
	}

	TEST_CASE("--json: file and line, then all that the agent said") {
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"reports":[)" + taken("decided", 16) + R"(],"passed_over":2})");
		const auto ran = gate25_command(agent, {"report", "--json", samples + "arf-abuse.eml"});
		const auto body = boost::json::parse(ran.out).as_object();
		CHECK(body.at("schema") == 1);
		CHECK(body.at("passed_over") == 2);
		const auto& report = body.at("reports").as_array().at(0).as_object();
		CHECK(report.at("file").as_string() == samples + "arf-abuse.eml");
		CHECK(report.at("line") == 1);
		for (const auto* key : {"format", "kind", "address", "port", "at", "reporter", "outcome", "why", "step",
		                        "taken_for", "proof", "alert", "quarantine", "inbox"})
			CHECK(report.contains(key));
	}
	TEST_CASE("the exit status is 1 for a refused one only") {
		for (const std::string_view outcome :
		     {"decided", "recorded", "aside", "ignored", "waiting", "duplicate", "refused"}) {
			CAPTURE(outcome);
			FakeAgent agent;
			agent.answer(200, answer_of(taken(outcome, 9)));
			CHECK(gate25_command(agent, {"report"}, {.input = line_of(1)}).status ==
			      (outcome == "refused" ? 1 : 0));
		}
	}
	TEST_CASE("one that the agent refuses as a request stops nothing") {
		FakeAgent agent;
		agent.answer(413, R"({"schema":1,"error":{"code":"too_large","message":"the body is too large"}})");
		agent.answer(200, answer_of(taken("decided", 16)));
		const auto ran = gate25_command(agent, {"report", samples + "mbox-two.mbox"});
		CHECK(ran.status == 1);
		CHECK(agent.requests.size() == 2);
		CHECK(contains(ran.out, "the body is too large"));
	}
	TEST_CASE("when the agent can take no more, it is told where that was") {
		FakeAgent agent;
		agent.answer(200, answer_of(taken("decided", 16)));
		agent.answer(507, R"({"schema":1,"error":{"code":"storage","message":"not stored"}})");
		const auto ran = gate25_command(agent, {"report", samples + "mbox-two.mbox", samples + "arf-abuse.eml"});
		CHECK(ran.status == 1);
		CHECK(agent.requests.size() == 2);
		CHECK(contains(ran.out, "because"));
		CHECK(contains(ran.err, "gate25: stopped at mbox-two.mbox:"));
		CHECK(contains(ran.err, ": not stored\n"));
		FakeAgent gone;
		gone.fail_with(ErrorKind::unavailable, "nobody listens");
		const auto body = gate25_command(gone, {"report", "--json", samples + "arf-abuse.eml"});
		CHECK(body.status == 3);
		CHECK(boost::json::parse(body.out).as_object().at("error").as_object().at("message") == "nobody listens");
		CHECK(gate25_command(gone, {"report", samples + "arf-abuse.eml"}).out.empty());
	}
	TEST_CASE("the alert socket is used when the control socket may not be") {
		FakeAgent agent;
		agent.fail_with(ErrorKind::denied, "permission denied");
		agent.answer(200, answer_of(taken("decided", 16)));
		CHECK(gate25_command(agent, {"report", samples + "mbox-two.mbox"}).status == 0);
		REQUIRE(agent.requests.size() == 3); // it is tried once
		CHECK(agent.requests[0].socket == "/run/gate25/control.sock");
		CHECK(agent.requests[1].socket == "/run/gate25/alert.sock");
		CHECK(agent.requests[2].socket == "/run/gate25/alert.sock");
		CHECK(agent.requests[1].body == agent.requests[0].body);
		FakeAgent named;
		named.answer(403, R"({"schema":1,"error":{"code":"denied","message":"not you"}})");
		const auto ran = gate25_command(named, {"--socket", "/tmp/x", "report"}, {.input = line_of(1)});
		CHECK(ran.status == 1);
		CHECK(named.requests.size() == 1);
	}

	TEST_CASE("a signature goes with the whole file") {
		const std::string place = "gate25-signature-test.asc";
		const std::string armour = "-----BEGIN PGP SIGNATURE-----\n\niQ+/=\n-----END PGP SIGNATURE-----\n";
		std::ofstream(place) << armour;
		FakeAgent agent;
		agent.answer(200, answer_of(taken("decided", 16)));
		CHECK(gate25_command(agent, {"report", "--signature", place, samples + "mbox-two.mbox"}).status == 0);
		REQUIRE(agent.requests.size() == 1);
		CHECK(agent.requests[0].body == file_text("mbox-two.mbox"));
		CHECK(agent.requests[0].target.starts_with(
		    "/v1/reports?signature=-----BEGIN%20PGP%20SIGNATURE-----%0A%0AiQ%2B%2F%3D%0A"));
		const auto several = gate25_command(agent, {"report", "--signature", place, "-", "-"});
		CHECK(several.status == 2);
		CHECK(contains(several.err, "belongs to one file"));
		CHECK(gate25_command(agent, {"report", "--signature", place, "--parse"}).status == 2);
		std::ofstream(place, std::ios::binary) << std::string("\x89\x01\x33\x04\x00\xff", 6);
		const auto binary = gate25_command(agent, {"report", "--signature", place, "-"}, {.input = line_of(1)});
		CHECK(binary.status == 1);
		CHECK(contains(binary.err, "gpg --armor --detach-sign"));
		CHECK(agent.requests.size() == 1);
		std::remove(place.c_str());
		CHECK(gate25_command(agent, {"report", "--signature", place, "-"}).status == 4);
	}
}

TEST_SUITE("cli mta") {
	TEST_CASE("a mail that was judged is taken, whatever came of it, and nothing is said") {
		for (const std::string_view outcome :
		     {"decided", "recorded", "aside", "ignored", "waiting", "duplicate", "refused"}) {
			CAPTURE(outcome);
			FakeAgent agent;
			agent.answer(200, answer_of(taken(outcome, 2)));
			const auto ran = gate25_command(agent, {"report", "--mta"}, {.input = file_text("arf-abuse.eml")});
			CHECK(ran.status == 0);
			CHECK(ran.out.empty());
			CHECK(ran.err.empty());
			REQUIRE(agent.requests.size() == 1);
			CHECK(agent.requests[0].body == file_text("arf-abuse.eml"));
		}
	}
	TEST_CASE("a mail that was not durably taken comes again") {
		struct {
			unsigned status;
			std::string body;
		} const table[] = {
		    {503, R"({"schema":1,"error":{"code":"busy","message":"told"}})"},
		    {507, R"({"schema":1,"error":{"code":"storage","message":"told"}})"},
		    {403, R"({"schema":1,"error":{"code":"denied","message":"told"}})"},
		    {413, R"({"schema":1,"error":{"code":"too_large","message":"told"}})"},
		    {404, R"({"schema":1,"error":{"code":"not_found","message":"told"}})"},
		    {200, R"({"schema":1,"reports":[{"outcome":"refused","why":"told"}]})"},
		    {200, R"({"schema":1,"reports":[]})"},
		    {200, "cut o"},
		};
		for (const auto& row : table) {
			CAPTURE(row.body);
			FakeAgent agent;
			agent.answer(row.status, row.body);
			const auto ran = gate25_command(agent, {"report", "--mta"}, {.input = "From: a\n\nb\n"});
			CHECK(ran.status == 75);
			CHECK(ran.out.empty());
			CHECK(ran.err.starts_with("gate25: "));
			if (contains(row.body, "told")) CHECK(contains(ran.err, "told"));
		}
		for (const ErrorKind kind : {ErrorKind::unavailable, ErrorKind::denied}) {
			FakeAgent agent;
			agent.fail_with(kind, "nobody listens");
			CHECK(gate25_command(agent, {"report", "--mta"}, {.input = "From: a\n\nb\n"}).status == 75);
			CHECK(agent.requests.size() == (kind == ErrorKind::denied ? 2 : 1)); // the alert socket too
		}
	}
	TEST_CASE("one mail is one report, whatever its sender wrote into it") {
		FakeAgent agent;
		agent.answer(200, answer_of(taken("recorded", 7)));
		const std::string injected =
		    "From: a@b.example\n\nspam\n\nFrom x@y.example Sat Nov 21 10:00:05 2026\n" + file_text("arf-abuse.eml");
		const std::string delivered =
		    "From a@b.example  Sat Nov 21 10:00:05 2026\nReturn-Path: <a@b.example>\n" + injected;
		CHECK(gate25_command(agent, {"report", "--mta"}, {.input = delivered}).status == 0);
		REQUIRE(agent.requests.size() == 1);
		CHECK(agent.requests[0].body == "Return-Path: <a@b.example>\n" + injected);
	}
	TEST_CASE("a mail is never taken for the word of the user who hands it in") {
		for (const std::string body :
		     {"{\"address\":\"203.0.113.7\",\"kind\":\"spam\"}\n", "\n [{\n", "\xef\xbb\xbf{\n"}) {
			for (const bool is_mbox : {false, true}) {
				CAPTURE(body);
				FakeAgent agent;
				agent.answer(200, answer_of(taken("aside", 1)));
				const auto from = std::string("From a@b.example  Sat Nov 21 10:00:05 2026\n");
				const auto line = is_mbox ? std::vector<std::string_view>{"report"}
				                          : std::vector<std::string_view>{"report", "--mta"};
				CHECK(gate25_command(agent, line, {.input = from + body}).status == 0);
				REQUIRE(agent.requests.size() == 1);
				CHECK(agent.requests[0].body == "X-Gate25: handed in as a mail\n" + body);
				CHECK(read_mail_report(agent.requests[0].body).outcome != ReportOutcome::parsed);
			}
		}
	}
	TEST_CASE("a wrong line in the table of aliases loses no mail") {
		FakeAgent agent;
		for (const auto& line : {std::vector<std::string_view>{"report", "--mta", "--parse"},
		                         {"report", "--mta", "file"},
		                         {"report", "--mta", "--colour"},
		                         {"reprot", "--mta"}}) {
			const auto ran = gate25_command(agent, line, {.input = "From: a\n\nb\n"});
			CHECK(ran.status == 75);
			CHECK(contains(ran.err, "gate25: "));
		}
		CHECK(agent.requests.empty());
	}
	TEST_CASE("what no reader takes is not kept in the queue") {
		FakeAgent agent;
		CHECK(gate25_command(agent, {"report", "--mta"}, {.input = std::string(largest_report + 1, 'x')}).status ==
		      0);
		CHECK(gate25_command(agent, {"report", "--mta"}, {.input = " \n"}).status == 0);
		CHECK(agent.requests.empty());
		agent.answer(200, answer_of(taken("aside", 1)));
		CHECK(gate25_command(agent, {"report", "--mta"}, {.input = std::string(largest_report, 'x')}).status == 0);
		REQUIRE(agent.requests.size() == 1);
		CHECK(agent.requests[0].body.size() == largest_report);
	}
}
