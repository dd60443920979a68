// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/import_format.h"
#include "cli/import_reader.h"
#include "cli/progress.h"
#include "cli_fake.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace gate25;
using namespace gate25::cli;

namespace {

struct Read {
	std::string body;
	std::vector<std::size_t> lines;
	std::string refused; // "3: message\n"
	std::string error;
	std::size_t pieces = 0;
};

Read read_all(const std::string& text) {
	std::istringstream in(text);
	ImportReader reader(in);
	Read all;
	for (;;) {
		const auto piece = reader.next();
		if (!piece) {
			all.error = piece.error().text;
			return all;
		}
		if (piece->is_empty()) return all;
		++all.pieces;
		CHECK(piece->lines.size() <= ImportReader::most_lines);
		all.body += piece->body;
		all.lines.insert(all.lines.end(), piece->lines.begin(), piece->lines.end());
		for (const auto& line : piece->refused) all.refused += fmt::format("{}: {}\n", line.line, line.message);
	}
}

} // namespace

TEST_SUITE("cli import") {
	TEST_CASE("NDJSON goes on as it is, with the numbers of its lines") {
		const auto all = read_all("\xef\xbb\xbf\n{\"prefix\":\"203.0.113.7\"}\r\n\n{\"prefix\":1}\nnonsense");
		CHECK(all.body == "{\"prefix\":\"203.0.113.7\"}\n{\"prefix\":1}\nnonsense\n");
		CHECK(all.lines == std::vector<std::size_t>{2, 4, 5});
		CHECK(all.refused.empty());
	}
	TEST_CASE("a bare list") {
		const auto all =
		    read_all("# from the old firewall\n203.0.113.7\n  2001:db8::/56  # anna\n\n#x\n192.0.2.300\n");
		CHECK(all.body ==
		      "{\"prefix\":\"203.0.113.7\"}\n{\"prefix\":\"2001:db8::/56\"}\n{\"prefix\":\"192.0.2.300\"}\n");
		CHECK(all.lines == std::vector<std::size_t>{2, 3, 6});
	}
	TEST_CASE("CSV with a header") {
		const auto all = read_all("Prefix,level,for,reason,ticket\n"
		                          "203.0.113.7,mail,24h,\"spam, \"\"much\"\" of it\",T-1\n"
		                          "203.0.113.8,,manual\n"
		                          "203.0.113.9\n");
		CHECK(all.refused.empty());
		std::istringstream lines(all.body);
		std::string line;
		std::getline(lines, line);
		CHECK(boost::json::parse(line) ==
		      boost::json::parse(R"({"prefix":"203.0.113.7","level":"mail","seconds":86400,)"
		                         R"("reason":"spam, \"much\" of it","ticket":"T-1"})"));
		std::getline(lines, line);
		CHECK(line == R"({"prefix":"203.0.113.8","seconds":null})");
		std::getline(lines, line);
		CHECK(line == R"({"prefix":"203.0.113.9"})");
	}
	TEST_CASE("semicolons and tabs separate too") {
		CHECK(read_all("prefix;seconds\n203.0.113.7;60\n").body == "{\"prefix\":\"203.0.113.7\",\"seconds\":60}\n");
		CHECK(read_all("prefix\tuntil\n203.0.113.7\t2030-01-01T00:00:00Z\n").body ==
		      "{\"prefix\":\"203.0.113.7\",\"until\":\"2030-01-01T00:00:00Z\"}\n");
	}
	TEST_CASE("a bad line of CSV is refused by its number, the others go on") {
		const auto all = read_all("prefix,for,seconds\n203.0.113.1,0s\n203.0.113.2,,x\n\"203.0.113.3\n,1h\n"
		                          "203.0.113.4,1h,,more\n\"203.0.113.5\"x\n203.0.113.6,1h\n\xff,1h\n");
		CHECK(all.lines == std::vector<std::size_t>{8});
		CHECK(contains(all.refused, "2: "));
		CHECK(contains(all.refused, "3: seconds: expected a whole number, got \"x\"\n"));
		CHECK(contains(all.refused, "4: a quoted field must end on its own line\n"));
		CHECK(contains(all.refused, "5: the column \"prefix\" is empty\n"));
		CHECK(contains(all.refused, "6: 4 fields, but the header names 3\n"));
		CHECK(contains(all.refused, "7: expected the separator after a quoted field, got \"x\"\n"));
		CHECK(contains(all.refused, "9: expected text in UTF-8\n"));
	}
	TEST_CASE("a file that cannot be understood is refused as a whole") {
		CHECK(contains(read_all("adress,level\n").error, "line 1: "));
		CHECK(contains(read_all("prefix,levle\n").error, "unknown column \"levle\"; did you mean \"level\"?"));
		CHECK(contains(read_all("level,for\n").error, "no column \"prefix\""));
		CHECK(contains(read_all("prefix,prefix\n").error, "twice"));
		CHECK(read_all("").pieces == 0);
		CHECK(read_all("\n# nothing\n").pieces == 0);
	}
	TEST_CASE("long lines and long files are bounded") {
		const std::string endless(1'000'000, 'x');
		const auto all = read_all("203.0.113.7\n" + endless + "\n203.0.113.8\n");
		CHECK(all.lines == std::vector<std::size_t>{1, 3});
		CHECK(all.refused == "2: longer than 16384 bytes\n");
		std::string many;
		for (int i = 0; i < 5000; ++i) many += fmt::format("100.64.{}.{}\n", i / 256, i % 256);
		const auto pieces = read_all(many);
		CHECK(pieces.lines.size() == 5000);
		CHECK(pieces.lines.back() == 5000);
		CHECK(pieces.pieces == 3);
	}

	TEST_CASE("refused lines are told by their number in the file, and the rest is done") {
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"accepted":1,"refused":[{"line":2,"message":"192.0.2.25 is a relay"}]})");
		const auto ran = gate25_command(agent, {"import", "-"}, {.input = "# list\n203.0.113.7\n\n192.0.2.25\n"});
		CHECK(ran.status == 1);
		CHECK(ran.err == "-:4: 192.0.2.25 is a relay\n");
		CHECK(ran.out == "1 accepted, 1 refused.\n");
		REQUIRE(agent.requests.size() == 1);
		CHECK(agent.requests[0].method == "POST");
		CHECK(agent.requests[0].target == "/v1/import");
	}
	TEST_CASE("--json makes one object of all pieces") {
		std::string many;
		for (int i = 0; i < 2500; ++i) many += fmt::format("100.64.{}.{}\n", i / 256, i % 256);
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"accepted":1999,"refused":[{"line":3,"message":"a"}]})");
		agent.answer(200, R"({"schema":1,"accepted":499,"refused":[{"line":500,"message":"b"}]})");
		const auto ran = gate25_command(agent, {"--json", "import", "-"}, {.input = many});
		CHECK(ran.status == 1);
		CHECK(ran.out ==
		      R"({"schema":1,"refused":[{"line":3,"message":"a"},{"line":2500,"message":"b"}],"accepted":2498})"
		      "\n");
		CHECK(ran.err.empty());
	}
	TEST_CASE("an agent that goes away in the middle") {
		std::string many;
		for (int i = 0; i < 2500; ++i) many += fmt::format("100.64.{}.{}\n", i / 256, i % 256);
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"accepted":2000,"refused":[]})");
		agent.fail_with(ErrorKind::unavailable, "gone");
		auto ran = gate25_command(agent, {"import", "-"}, {.input = many});
		CHECK(ran.status == 3);
		CHECK(ran.err == "gate25: stopped at line 2500: gone\n");
		CHECK(ran.out == "2,000 accepted, 0 refused before that.\n");
		agent.answers.clear();
		agent.answer(503, R"({"schema":1,"error":{"code":"busy","message":"later"}})");
		ran = gate25_command(agent, {"import", "-", "--json"}, {.input = many});
		CHECK(ran.status == 1);
		CHECK(ran.out == R"({"schema":1,"refused":[],"accepted":0,"error":{"code":"busy","message":"later"}})"
		                 "\n");
	}
	TEST_CASE("no file, no import") {
		FakeAgent agent;
		CHECK(gate25_command(agent, {"import", "/nonexistent/file"}).status == 4);
		CHECK(gate25_command(agent, {"import", "/"}).status == 1);
		CHECK(agent.requests.empty());
	}

	TEST_CASE("the progress bar") {
		CHECK(progress_text({50, 200, 12000, 3}, 80) ==
		      "[##########------------------------------]  25 %  12,000 accepted, 3 refused");
		CHECK(progress_text({50, 0, 12000, 0}, 80) == "12,000 accepted");
		CHECK(progress_text({300, 200, 1, 0}, 40) == "[###################] 100 %  1 accepted");
		CHECK(progress_text({50, 200, 12000, 3}, 20) == "12,000 accepted, 3 r");
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"accepted":1,"refused":[]})");
		const auto ran = gate25_command(agent, {"import", "-"}, {.width = 80, .input = "203.0.113.7\n"});
		CHECK(ran.err == "\r\x1b[K1 accepted\r\x1b[K");
		CHECK(ran.out == "1 accepted, 0 refused.\n");
	}
}
