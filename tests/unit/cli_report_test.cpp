// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli_fake.h"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

using namespace gate25::cli;

namespace {

constexpr auto two_alerts = "{\"address\":\"203.0.113.7\",\"kind\":\"spam\",\"port\":40123,\"reporter\":\"trap\","
                            "\"at\":\"2026-11-21T10:00:00Z\"}\n"
                            "{\"address\":\"2001:db8::7\",\"kind\":\"bot\"}\n";
const std::string samples = GATE25_SOURCE "/tests/reports/";

Ran run_with(std::vector<std::string_view> line, std::string input, std::size_t width = 0) {
	FakeAgent agent;
	Terminal terminal;
	terminal.input = std::move(input);
	terminal.width = width;
	auto ran = gate25_command(agent, std::move(line), terminal);
	CHECK(agent.requests.empty()); // no agent is asked
	return ran;
}

} // namespace

TEST_SUITE("cli report") {
	TEST_CASE("standard input is read when no file is named") {
		for (const auto& line : {std::vector<std::string_view>{"report", "--parse"}, {"report", "--parse", "-"}}) {
			const auto ran = run_with(line, two_alerts);
			CHECK(ran.status == 0);
			CHECK(contains(ran.out, "203.0.113.7 port 40123"));
			CHECK(contains(ran.out, "2001:db8::7"));
			CHECK(contains(ran.out, "-:2"));
		}
	}
	TEST_CASE("--json has exactly the keys that are promised, and null for what nobody said") {
		const auto ran = run_with({"report", "--parse", "--json"}, two_alerts);
		CHECK(ran.status == 0);
		const auto body = boost::json::parse(ran.out).as_object();
		CHECK(body.at("schema") == 1);
		CHECK(body.at("passed_over") == 0);
		const auto& reports = body.at("reports").as_array();
		REQUIRE(reports.size() == 2);
		const auto& first = reports[0].as_object();
		CHECK(first.at("file") == "-");
		CHECK(first.at("format") == "json");
		CHECK(first.at("kind") == "spam");
		CHECK(first.at("address") == "203.0.113.7");
		CHECK(first.at("port") == 40123);
		CHECK(first.at("at") == "2026-11-21T10:00:00Z");
		CHECK(first.at("reporter") == "trap");
		CHECK(first.at("outcome") == "parsed");
		CHECK(first.at("why") == "");
		const auto& second = reports[1].as_object();
		for (const auto* key : {"port", "at", "reporter", "id", "other"}) CHECK(second.at(key).is_null());
	}
	TEST_CASE("no report at all is one empty object") {
		CHECK(run_with({"report", "--parse", "--json"}, "").out ==
		      "{\"schema\":1,\"reports\":[],\"passed_over\":0}\n");
		CHECK(run_with({"report", "--parse"}, "").out == "No reports.\n");
	}
	TEST_CASE("several files, and what of them is refused") {
		const auto good = samples + "arf-abuse.eml";
		const auto aside = samples + "mail-plain.eml";
		const auto refused = samples + "arf-zone.eml";
		CHECK(run_with({"report", "--parse", good, aside}, "").status == 0);
		const auto ran = run_with({"report", "--parse", good, refused, aside}, "");
		CHECK(ran.status == 1);
		CHECK(contains(ran.out, "arf-abuse.eml:1"));
		CHECK(contains(ran.out, "a zone (%...) has no meaning here"));
	}
	TEST_CASE("a file that cannot be read is told before anything else") {
		const auto ran = run_with({"report", "--parse", "--json", samples + "arf-abuse.eml", "/nonexistent"}, "");
		CHECK(ran.status == 4);
		CHECK(contains(ran.out, R"({"schema":1,"error":{"code":"not_found")"));
		CHECK(run_with({"report", "--parse", "/"}, "").status == 1);
	}
	TEST_CASE("nothing in a report steers the terminal") {
		const auto hostile = "{\"address\":\"203.0.113.7\",\"kind\":\"spam\",\"reporter\":\"a\xe2\x80\xae\xc2\x9b"
		                     "b\"}\n";
		for (const auto& line :
		     {std::vector<std::string_view>{"report", "--parse"}, {"report", "--parse", "--json"}}) {
			const auto ran = run_with(line, hostile, 100);
			CHECK_FALSE(contains(ran.out, "\xe2\x80\xae"));
			CHECK_FALSE(contains(ran.out, "\xc2\x9b"));
		}
	}
	TEST_CASE("a table of a thousand rows is followed by the next one") {
		std::string many;
		for (int i = 0; i < 1500; ++i) many += "{\"address\":\"203.0.113.7\",\"kind\":\"spam\"}\n";
		const auto ran = run_with({"report", "--parse"}, many);
		CHECK(std::count(ran.out.begin(), ran.out.end(), '\n') == 1502);
		const auto seen = run_with({"report", "--parse"}, many + "{\"event_type\":\"flow\"}\n", 80);
		CHECK(contains(seen.out, "1,500 reports: 1,500 parsed, 0 aside, 0 refused."));
		CHECK(contains(seen.out, "passed over: 1 event."));
	}
}
