// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/http/target.h"

#include <doctest/doctest.h>

using namespace gate25;

namespace {

std::string path_of(std::string_view target) {
	const auto parsed = parse_target(target);
	if (!parsed) return "refused: " + parsed.error().text;
	std::string text;
	for (const std::string& segment : parsed->path) text += "[" + segment + "]";
	return text;
}

bool is_refused(std::string_view target) {
	return !parse_target(target);
}

} // namespace

TEST_CASE("target: the path is cut before it is decoded") {
	CHECK(path_of("/") == "");
	CHECK(path_of("/v1/quarantines") == "[v1][quarantines]");
	CHECK(path_of("/v1/quarantines/2001:db8::%2F56") == "[v1][quarantines][2001:db8::/56]");
	CHECK(path_of("/v1/") == "[v1][]");
	CHECK(path_of("//") == "[][]");
	CHECK(path_of("/a/../b/%2e%2e") == "[a][..][b][..]"); // words, not directories
	CHECK(path_of("/a+b") == "[a+b]");
	CHECK(path_of("/%c3%BC") == "[\xc3\xbc]");
	CHECK(path_of("/%2525") == "[%25]"); // once
	CHECK(path_of("http://gate25/v1?x=1") == "[v1]");
	CHECK(path_of("http://gate25") == "");
}

TEST_CASE("target: the query is a set of names and values") {
	using Query = std::map<std::string, std::string>;
	CHECK(parse_target("/")->query.empty());
	CHECK(parse_target("/?")->query.empty());
	CHECK(parse_target("/?a=1&b=x%26y%3dz&c&d==")->query ==
	      Query{{"a", "1"}, {"b", "x&y=z"}, {"c", ""}, {"d", "="}});
	CHECK(parse_target("/?a=b+c%2Bd")->query == Query{{"a", "b c+d"}});
	CHECK(parse_target("/?a=/?&&")->query == Query{{"a", "/?"}});
}

TEST_CASE("target: what is not one is refused") {
	for (const char* target : {"",
	                           "*",
	                           "v1",
	                           "/#a",
	                           "/a b",
	                           "/\xc3\xbc",
	                           "/%",
	                           "/%1",
	                           "/%g0",
	                           "/%0g",
	                           "/% 1",
	                           "/%u0041",
	                           "/%00",
	                           "/a%00b",
	                           "/%80",
	                           "/%c3",
	                           "/%c0%af",
	                           "/%ed%a0%80",
	                           "/%f4%90%80%80",
	                           "/%e0%80%80",
	                           "/%f0%80%80%80",
	                           "/%ff",
	                           "/?a=%",
	                           "/?%=1",
	                           "/?a=%00",
	                           "/?a=1&a=1",
	                           "/?a&a",
	                           "/?=x",
	                           "https://gate25/",
	                           "gate25:25"}) {
		CAPTURE(target);
		CHECK(is_refused(target));
	}
	CHECK(is_refused(std::string_view("/\0", 2)));
}

TEST_CASE("target: a message quotes what was wrong") {
	CHECK(parse_target("/%zz").error().text ==
	      R"("%zz" has a '%' without two hexadecimal digits: a percent sign is %25)");
	CHECK(parse_target("/?to=1&to=2").error().text == R"("to" is given twice in the query)");
}

TEST_CASE("target: what is encoded is decoded to the same") {
	std::string all;
	for (int c = 1; c < 128; ++c) all += static_cast<char>(c);
	all += "\xc3\xbc\xf0\x9f\x93\xa7";
	CHECK(parse_target("/" + percent_encode(all))->path.front() == all);
	CHECK(parse_target("/?" + percent_encode(all) + "=" + percent_encode(all))->query.at(all) == all);
	CHECK(percent_encode("2001:db8::/56") == "2001:db8::%2F56");
}
