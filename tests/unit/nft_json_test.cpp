// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/nft_json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

using namespace gate25;
namespace json = boost::json;

TEST_SUITE("nft json") {
	TEST_CASE("a listing becomes loadable") {
		const auto text = loadable(
			R"({"nftables":[{"metainfo":{"version":"1.0.6"}},{"table":{"family":"inet","name":"gate25","handle":1}},)"
			R"({"map":{"name":"policy4","elem":[["10.0.0.0",{"goto":{"target":"policy_open"}}]]}},)"
			R"({"set":{"name":"exempt4","handle":9,"elem":["192.0.2.1",)"
			R"({"elem":{"val":"192.0.2.2","timeout":60,"expires":59}},{"elem":{"val":"192.0.2.3","timeout":60,"expires":0}},)"
			R"({"elem":{"val":"192.0.2.4","timeout":60}}]}},)"
			R"({"set":{"name":"exempt6","elem":[{"elem":{"val":"::1","timeout":1,"expires":0}}]}},)"
			R"({"chain":{"name":"policy_open"}},{"rule":{"chain":"policy_open"}}]})");
		REQUIRE(text);
		CHECK(json::parse(*text) ==
		      json::parse(
				  R"({"nftables":[{"metainfo":{"version":"1.0.6"}},{"add":{"table":{"family":"inet","name":"gate25"}}},)"
				  R"({"delete":{"table":{"family":"inet","name":"gate25"}}},{"table":{"family":"inet","name":"gate25"}},)"
				  R"({"chain":{"name":"policy_open"}},)"
				  R"({"set":{"name":"exempt4","elem":["192.0.2.1",{"elem":{"val":"192.0.2.2","timeout":60,"expires":59}}]}},)"
				  R"({"set":{"name":"exempt6"}},)"
				  R"({"map":{"name":"policy4","elem":[["10.0.0.0",{"goto":{"target":"policy_open"}}]]}},)"
				  R"({"rule":{"chain":"policy_open"}}]})"));
	}
	TEST_CASE("what is no listing is refused") {
		for (const auto* text : {"", "{}", "[]", R"({"nftables":7})", R"({"nftables":[7]})", R"({"nftables":[{}]})",
		                         R"({"nftables":[{"a":{},"b":{}}]})"}) {
			CAPTURE(text);
			CHECK_FALSE(loadable(text));
		}
	}
	TEST_CASE("nftables translates in a namespace of its own") {
		const auto text = ruleset_as_json("table inet gate25 {\n chain c {\n }\n map m { type ipv4_addr : verdict; flags interval; "
		                                  "elements = { 10.0.0.0/8 : goto c }\n }\n set s { type ipv4_addr; flags timeout; "
		                                  "elements = { 192.0.2.1 timeout 60s, 192.0.2.2, 192.0.2.3 timeout 60s expires 500ms } }\n}\n");
		if (!text) {
			MESSAGE("not tried: " << text.error().text);
			return;
		}
		CHECK(text->find(R"("192.0.2.2")") != text->npos);
		const bool keeps_its_time = text->find(R"("timeout":60,"expires":60)") != text->npos || text->find(R"("timeout":60,"expires":59)") != text->npos;
		CHECK(keeps_its_time);
		CHECK(text->find("192.0.2.3") == text->npos); // less than a second left
		CHECK(text->find(R"({"chain")") < text->find(R"({"map")"));
	}
	TEST_CASE("an error of nftables is passed on") {
		const auto text = ruleset_as_json("table inet gate25 { nonsense }");
		REQUIRE_FALSE(text);
		CHECK(text.error().kind == ErrorKind::kernel);
	}
}
