// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/text.h"
#include "core/text.h"
#include "cli/when.h"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

using namespace gate25::cli;

TEST_SUITE("cli text") {
	TEST_CASE("the width is that of a terminal") {
		CHECK(width_of("") == 0);
		CHECK(width_of("abc") == 3);
		CHECK(width_of("Grüße") == 5);
		CHECK(width_of("日本") == 4);
		CHECK(width_of("e\xcc\x81") == 1); // e and a combining acute
		CHECK(width_of("\xff\xfe") == 2);
	}
	TEST_CASE("a text is cut between characters") {
		CHECK(cut("abcdef", 6, "…") == "abcdef");
		CHECK(cut("abcdef", 5, "…") == "abcd…");
		CHECK(cut("abcdef", 5, "...") == "ab...");
		CHECK(cut("日本語", 5, "…") == "日本…");
		CHECK(cut("日本語", 4, "…") == "日…");
		CHECK(cut("ab cdef", 4, "…") == "ab…"); // no blank before the ellipsis
		CHECK(cut("abc", 1, "...") == "a");
		CHECK(cut("abc", 0, "…") == "");
	}
	TEST_CASE("what steers a terminal is shown and not sent") {
		CHECK(clean("a\x1b[31mb") == "a\\x1b[31mb");
		CHECK(clean("a\nb\tc\rd") == "a\\nb\\tc\\rd");
		CHECK(clean(std::string_view("a\0b", 3)) == "a\\x00b");
		CHECK(clean("\x7f") == "\\x7f");
		CHECK(clean("\xc2\x9b") == "\\u009b");          // CSI in one character
		CHECK(clean("\xe2\x80\xae") == "\\u202e");      // right-to-left override
		CHECK(clean("\xf3\xa0\x81\x81") == "\\ue0041"); // an invisible tag
		CHECK(clean("Grüße 日本") == "Grüße 日本");
	}
	TEST_CASE("broken UTF-8 is shown byte by byte") {
		CHECK(clean("a\xff") == "a\\xff");
		CHECK(clean("\xc0\xaf") == "\\xc0\\xaf");                   // overlong
		CHECK(clean("\xed\xa0\x80") == "\\xed\\xa0\\x80");          // a surrogate
		CHECK(clean("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80"); // above U+10FFFF
		CHECK(clean("\xe2\x82") == "\\xe2\\x82");                   // cut off
		CHECK(gate25::is_utf8("Grüße"));
		CHECK_FALSE(gate25::is_utf8("Gr\xfc\xdf"
		                    "e"));
	}
	TEST_CASE("JSON for a terminal is the same JSON") {
		const std::string text = "{\"a\":\"\xc2\x9b\x7f\xe2\x80\xae\xf3\xa0\x81\x81 日本\"}";
		const auto escaped = clean_json(text);
		CHECK(escaped == "{\"a\":\"\\u009b\\u007f\\u202e\\udb40\\udc41 日本\"}");
		CHECK(boost::json::parse(escaped) == boost::json::parse(text));
	}
	TEST_CASE("words are wrapped with an indent") {
		CHECK(wrapped("one two three", 0, 2) == "one two three");
		CHECK(wrapped("one two three", 7, 2) == "one two\n  three");
		CHECK(wrapped("one", 1, 2) == "one");
		CHECK(wrapped("", 10, 2) == "");
	}
	TEST_CASE("numbers are grouped and counted") {
		CHECK(grouped(0) == "0");
		CHECK(grouped(999) == "999");
		CHECK(grouped(1000) == "1,000");
		CHECK(grouped(1234567) == "1,234,567");
		CHECK(counted(1, "line") == "1 line");
		CHECK(counted(2000, "line") == "2,000 lines");
	}
	TEST_CASE("times are said for people") {
		CHECK(moment("2026-11-21T23:43:33Z") == "2026-11-21 23:43:33 UTC");
		CHECK(moment("2026-11-21T23:43:33+01:00") == "2026-11-21 22:43:33 UTC");
		CHECK(moment("") == "");
		CHECK(moment("soon\x1b") == "soon\\x1b");
		CHECK(span_text(0) == "0s");
		CHECK(span_text(45) == "45s");
		CHECK(span_text(86399) == "23h 59m");
		CHECK(span_text(86400) == "1d");
		CHECK(span_text(86400 * 3 + 7200 + 5) == "3d 2h");
		CHECK(span_text(3605) == "1h");
		CHECK(left_text(90) == "1m 30s left");
		CHECK(left_text(std::nullopt) == "until released");
	}
}
