// SPDX-License-Identifier: GPL-2.0-or-later
//
// The bytes of each piece: nothing is lost, nothing is added, and one piece read alone is what it was among others.
#include "wire/report_splitter.h"

#include "wire/report.h"

#include <doctest/doctest.h>
#include <fstream>
#include <string>
#include <vector>

using namespace gate25;

namespace {

struct Kept {
	std::string bytes;
	std::uint64_t line;
	bool is_json, is_line, is_too_long;
	std::uint64_t hidden;
};

std::vector<Kept> split(std::string_view text, std::size_t piece = 65536) {
	std::vector<Kept> kept;
	ReportSplitter splitter([&](const ReportPiece& p) {
		kept.push_back({std::string(p.bytes), p.line, p.is_json, p.is_line, p.is_too_long, p.hidden});
	});
	for (std::size_t at = 0; at < text.size(); at += piece) splitter.feed(text.substr(at, piece));
	splitter.end();
	return kept;
}

std::string sample(const std::string& name) {
	std::ifstream file(GATE25_SOURCE "/tests/reports/" + name, std::ios::binary);
	REQUIRE(file);
	return {std::istreambuf_iterator<char>(file), {}};
}

const std::string alert = R"({"address":"203.0.113.7","kind":"spam"})";

} // namespace

TEST_SUITE("report splitter") {
	TEST_CASE("JSON lines are whole lines, other JSON is not") {
		const auto lines = split(alert + "\r\n\n" + alert);
		REQUIRE(lines.size() == 2);
		CHECK(lines[0].bytes == alert + "\r\n");
		CHECK(lines[1].bytes == alert);
		CHECK(lines[1].line == 3);
		for (const auto& one : lines) CHECK((one.is_json && one.is_line));
		for (const std::string text :
		     {"{\n\"kind\":1}\n", "{\"kind\":\"torn\n", "[1]\n", "{\"kind\":\n", " {}\n", "\xef\xbb\xbf{}\n"}) {
			CAPTURE(text);
			const auto pieces = split(text);
			REQUIRE(pieces.size() == 1);
			CHECK(pieces[0].bytes == text);
			CHECK(pieces[0].is_json);
			CHECK_FALSE(pieces[0].is_line);
		}
	}
	TEST_CASE("the mails of an mbox together are the mbox") {
		for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{65536}}) {
			for (const auto* name : {"mbox-two.mbox", "mbox-injection.mbox", "mbox-broken-off.mbox"}) {
				CAPTURE(name);
				std::string whole;
				for (const auto& one : split(sample(name), piece)) {
					CHECK_FALSE(one.is_json);
					whole += one.bytes;
				}
				CHECK(whole == sample(name));
			}
		}
	}
	TEST_CASE("a mail is never split") {
		const auto mail =
		    sample("arf-abuse.eml") + "\n\nFrom x@y.example Sat Nov 21 10:00:05 2026\nSubject: b\n\nc\n";
		const auto pieces = split(mail);
		REQUIRE(pieces.size() == 1);
		CHECK(pieces[0].bytes == mail);
	}
	TEST_CASE("where a mail ends that never closes, nobody can tell") {
		std::uint64_t hidden = 0;
		for (const auto& one : split(sample("mbox-broken-off.mbox"))) hidden += one.hidden;
		CHECK(hidden > 0);
		for (const auto& one : split(sample("mbox-two.mbox"))) CHECK(one.hidden == 0);
	}
	TEST_CASE("what is too long has no bytes, and the next one does") {
		const auto pieces = split("{\"kind\":\"" + std::string(largest_report, 'x') + "\"}\n" + alert + "\n");
		REQUIRE(pieces.size() == 2);
		CHECK(pieces[0].is_too_long);
		CHECK(pieces[0].bytes.empty());
		CHECK(pieces[1].bytes == alert + "\n");
	}
	TEST_CASE("what stands before the first field goes") {
		CHECK(without_from_line("From a@b Sat Nov 21 10:00:05 2026\nFrom: a@b\n\nc") == "From: a@b\n\nc");
		CHECK(without_from_line("From: a@b\n\nFrom c\n") == "From: a@b\n\nFrom c\n");
		CHECK(without_from_line("From a") == "");
	}
}
