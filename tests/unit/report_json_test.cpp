// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/report.h"
#include "wire/report.h"
#include "wire/report_json.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <string>

using namespace gate25;
using reports::JsonFacts;

namespace {

std::string why_no_json(const std::string& json) {
	const auto facts = JsonFacts::read(json);
	return facts ? "" : facts.error().text;
}

std::string repeated(std::string_view text, std::size_t times) {
	std::string out;
	for (std::size_t i = 0; i < times; ++i) out += text;
	return out;
}

// A good EVE alert with one member replaced; the last of `alert` and of the whole.
Report eve_with(const std::string& alert, const std::string& ends) {
	return read_json_report(
	    R"({"event_type":"alert","timestamp":"2026-11-21T10:59:58.5+0100","flow_id":18446744073709551615,)" + ends +
	    R"(,"alert":{"signature_id":7,"signature":"s")" + alert + "}}");
}
const std::string outbound = R"("src_ip":"203.0.113.7","src_port":40123,"dest_ip":"198.51.100.25","dest_port":25)";

Prefix prefix(const char* text) {
	return Prefix::parse(text).value();
}

} // namespace

TEST_SUITE("report json") {
	TEST_CASE("values have paths") {
		const auto facts =
		    JsonFacts::read(R"({"a":{"b":[{"c":"x"},{"c":"y"}],"n":-5,"big":18446744073709551615},"d":null,
			"e":[1,2],"f.g":"dot","":{"d":1},"t":true,"u":"\u00e4\ud83d\ude00"})");
		REQUIRE(facts);
		CHECK(facts->text("a.b[0].c") == "x"); // the first item stands for the array
		CHECK(facts->integer("a.n") == "-5");
		CHECK(facts->integer("a.big") == "18446744073709551615");
		CHECK(facts->integer("e[0]") == "1");
		CHECK(facts->text("u") == "\xc3\xa4\xf0\x9f\x98\x80");
		CHECK(facts->has("d"));
		CHECK_FALSE(facts->text("d"));
		CHECK_FALSE(facts->has("f.g")); // a key with a dot passes for no path
		CHECK(facts->spelt("a") == "an object");
		CHECK(facts->spelt("e") == "an array");
		CHECK(facts->spelt("t") == "true");
		CHECK(facts->spelt("x") == "nothing");
	}
	TEST_CASE("long strings are known to be long, and not kept whole") {
		const auto facts = JsonFacts::read(
		    fmt::format(R"({{"a":"{}","b":"{}"}})", std::string(2048, 'x'), std::string(2049, 'x')));
		REQUIRE(facts);
		CHECK(facts->text("a")->size() == 2048);
		CHECK_FALSE(facts->text("b"));
		CHECK((facts->find("b")->kind == JsonFacts::Kind::long_text));
	}
	TEST_CASE("what is refused, and why") {
		CHECK(why_no_json("{}") == "");
		CHECK(why_no_json(repeated(R"({"a":)", 31) + "{}" + repeated("}", 31)) == "");
		CHECK(why_no_json(repeated(R"({"a":)", 32) + "{}" + repeated("}", 32)).find("deeper than 32") !=
		      std::string::npos);
		CHECK(why_no_json(R"({"a":1,"b":{"a":1},"a":2})").find("\"a\" stands twice") != std::string::npos);
		CHECK(why_no_json(R"({"a":[{"x":1},{"x":1}]})") == "");
		CHECK(why_no_json(R"({"a":[0,{"x":1,"x":2}]})").find("\"x\" stands twice") != std::string::npos);
		CHECK(why_no_json(R"({"a":1,"\u0061":2})").find("twice") != std::string::npos);
		CHECK(why_no_json("{} {}").find("follows its end") != std::string::npos);
		CHECK(why_no_json("[{}]") == "expected one JSON object");
		CHECK(why_no_json("{\"a\":\"\xff\"}").find("no JSON") != std::string::npos);
		CHECK(why_no_json(std::string("{\"a\":\"\0\"}", 9)).find("no JSON") != std::string::npos);
		CHECK(why_no_json("{\"a\":1,}").find("no JSON") != std::string::npos);
		CHECK(why_no_json("").find("no JSON") != std::string::npos);
		CHECK(why_no_json("{\"" + std::string(257, 'k') + "\":1}").find("longer than 256") != std::string::npos);
		std::string keys = "{\"k\":0";
		for (int i = 0; i < 5000; ++i) keys += fmt::format(",\"{}\":0", i);
		CHECK(why_no_json(keys + "}").find("more than 5000") != std::string::npos);
	}

	TEST_CASE("an IDS's flow keeps both ends, and whoever knows the subscribers chooses") {
		Report report = eve_with("", outbound);
		CHECK((report.outcome == ReportOutcome::parsed));
		CHECK(report.id == "18446744073709551615/7");
		CHECK(time_text(*report.at) == "2026-11-21T09:59:58Z");
		CHECK((report.kind == AlertKind::other)); // no category: nobody is accused
		choose_subscriber(report, std::vector{prefix("203.0.113.0/24")});
		CHECK(report.address->text() == "203.0.113.7");
		CHECK(report.port == std::uint16_t{40123});

		Report answer = eve_with(
		    "", R"("src_ip":"2001:db8:f00::25","src_port":25,"dest_ip":"2001:db8:1000::7","dest_port":40123)");
		CHECK_FALSE(answer.port); // 25 is the server's
		choose_subscriber(answer, std::vector{prefix("2001:db8:1000::/36")});
		CHECK(answer.address->text() == "2001:db8:1000::7");
		CHECK(answer.port == std::uint16_t{40123});
		CHECK(answer.other->address.text() == "2001:db8:f00::25");

		Report both = eve_with("", outbound);
		choose_subscriber(both, std::vector{prefix("0.0.0.0/0")});
		CHECK(both.address->text() == "203.0.113.7");
		Report neither = eve_with("", outbound);
		choose_subscriber(neither, std::vector{prefix("192.0.2.0/24"), prefix("2001:db8::/32")});
		CHECK(neither.address->text() == "203.0.113.7");
	}
	TEST_CASE("the evidence tells both ends") {
		CHECK(eve_with("", outbound).evidence == "signature 7 \"s\" from 203.0.113.7 port 40123 to 198.51.100.25 port 25, 2026-11-21T09:59:58Z");
		CHECK(eve_with("", R"("src_ip":"2001:DB8::7","dest_ip":"2001:db8:f00::25","dest_port":25)").evidence ==
		      "signature 7 \"s\" from 2001:db8::7 to 2001:db8:f00::25 port 25, 2026-11-21T09:59:58Z");
	}
	TEST_CASE("which end, which kind") {
		const std::string inbound =
		    R"("src_ip":"198.51.100.25","src_port":443,"dest_ip":"203.0.113.7","dest_port":40123)";
		CHECK(eve_with(R"(,"source":{"ip":"203.0.113.7"})", inbound).address->text() == "203.0.113.7");
		CHECK(eve_with(R"(,"source":{"ip":"192.0.2.99"})", inbound).address->text() == "198.51.100.25");
		CHECK(eve_with("", R"("src_ip":"0.0.0.0","dest_ip":"203.0.113.7")").address->text() == "203.0.113.7");
		CHECK(eve_with("", R"("src_ip":"203.0.113.7","src_port":0,"dest_ip":"224.0.0.1")").address->text() ==
		      "203.0.113.7");
		CHECK((eve_with(R"(,"category":"A Network Trojan was detected")", outbound).kind == AlertKind::malware));
		CHECK((eve_with(R"(,"category":"Misc activity","metadata":{"gate25_kind":["spam"]})", outbound).kind ==
		       AlertKind::spam));
		CHECK(eve_with(R"(,"metadata":{"gate25_kind":["spm"]})", outbound).why.find("gate25_kind") !=
		      std::string::npos);
		CHECK(eve_with("", R"("src_ip":"0.0.0.0","dest_ip":"::1")").why.find("nobody's address") !=
		      std::string::npos);
		CHECK(eve_with("", R"("src_ip":"203.0.113.7")").why.find("dest_ip is missing") != std::string::npos);
		CHECK(eve_with("", R"("src_ip":7,"dest_ip":"203.0.113.7")").why.find("src_ip must be a string, got 7") !=
		      std::string::npos);
		CHECK((read_json_report(R"({"event_type":"flow"})").outcome == ReportOutcome::aside));
	}
	TEST_CASE("what hostile text becomes one clean line") {
		const Report report = eve_with(R"(,"category":"a\nb\u0007")", outbound);
		CHECK(report.type == "a\\x0ab\\x07");
		const Report refused = read_json_report("{\"address\":\"203.0.113.7\",\"kind\":\"b\x7ft\"}");
		CHECK(refused.why == "field \"kind\" holds a control character: \"b\\x7ft\"");
		const Report named = eve_with("", outbound + R"(,"host":")" + repeated("\xc3\xa4", 150) + "\"");
		CHECK(named.reporter.size() <= 200);
		CHECK(named.reporter.ends_with("\xc3\xa4..."));
	}

	TEST_CASE("a quotation in a reason ends between characters") {
		for (std::size_t before = 60; before < 64; ++before) {
			const Report report = read_json_report(R"({"address":"203.0.113.7","kind":[")" +
			                                       std::string(before, 'a') + repeated("\xc3\xa4", 20) + "\"]}");
			CHECK(report.why.ends_with("\xc3\xa4..."));
		}
	}

	TEST_CASE("only a parsed report is an alert") {
		Report report =
		    read_json_report(R"({"address":"203.0.113.7","kind":"bot","count":3,"port":40123,"reporter":"trap"})");
		const auto alert = alert_of(report);
		REQUIRE(alert);
		CHECK(alert->address.text() == "203.0.113.7");
		CHECK((alert->kind == AlertKind::bot));
		CHECK(alert->count == 3);
		CHECK(alert->port == std::uint16_t{40123});
		CHECK(alert->reporter == "trap");
		for (const auto outcome : {ReportOutcome::aside, ReportOutcome::refused}) {
			report.outcome = outcome;
			CHECK_FALSE(alert_of(report));
		}
	}
	TEST_CASE("formats have names") {
		std::string all;
		for (const auto format : all_report_formats) all += std::string(format_text(format)) + " ";
		CHECK(all == "arf xarf3 xarf4 eve json unknown ");
	}
}
