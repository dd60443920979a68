// SPDX-License-Identifier: GPL-2.0-or-later
//
// Streams: where a report begins and ends, whatever is around it; and that no input is dear.
#include "wire/report.h"

#include <ctime>
#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace gate25;

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr double most_seconds = 20; // the sanitizers' share
#else
constexpr double most_seconds = 1;
#endif

struct Stream {
	std::vector<Report> reports;
	std::vector<std::uint64_t> lines;
	std::uint64_t passed_over = 0;
	double seconds = 0; // of the processor
};

Stream read(std::string_view text, std::size_t piece = 65536) {
	Stream stream;
	const auto begun = std::clock();
	ReportReader reader([&](const Report& report, std::uint64_t line) {
		stream.reports.push_back(report);
		stream.lines.push_back(line);
	});
	for (std::size_t at = 0; at < text.size(); at += piece) reader.feed(text.substr(at, piece));
	reader.end();
	stream.passed_over = reader.passed_over();
	stream.seconds = static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC;
	return stream;
}

// "parsed@1 refused@3"
std::string course(const Stream& stream) {
	std::string out;
	for (std::size_t i = 0; i < stream.reports.size(); ++i)
		out += (i == 0 ? "" : " ") + std::string(outcome_text(stream.reports[i].outcome)) + "@" +
		       std::to_string(stream.lines[i]);
	return out;
}

std::string repeated(std::string_view text, std::size_t times) {
	std::string out;
	out.reserve(text.size() * times);
	for (std::size_t i = 0; i < times; ++i) out += text;
	return out;
}

const std::string alert = R"({"address":"203.0.113.7","kind":"spam"})";
const std::string pretty = "{\n  \"address\": \"203.0.113.7\",\n  \"kind\": \"spam\"\n}\n";
const std::string head =
    "From: fbl@reporter.example\nContent-Type: multipart/report; report-type=feedback-report; boundary=B\n\n";
const std::string machine =
    "--B\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: a\nVersion: 1\n"
    "Source-IP: 203.0.113.7\n";
const std::string from_line = "From fbl@reporter.example Sat Nov 21 10:00:05 2026\n";

} // namespace

TEST_SUITE("report reader") {
	TEST_CASE("JSON in lines, spread over lines, and in between") {
		CHECK(course(read(alert)) == "parsed@1");
		CHECK(course(read(alert + "\n" + alert + "\r\n\n" + alert + "\n")) == "parsed@1 parsed@2 parsed@4");
		CHECK(course(read("\xef\xbb\xbf\n  " + pretty)) == "parsed@2");
		CHECK(course(read(pretty + "\n" + pretty)) == "parsed@1 parsed@6");
		CHECK(course(read("[" + alert + "]\n")) == "refused@1");
		CHECK(course(read("")) == "");
		CHECK(course(read(" \n\n")) == "");
	}
	TEST_CASE("a torn line costs itself and nothing else") {
		CHECK(course(read("{\"address\":\"203.0\n" + alert + "\n" + alert)) == "refused@1 parsed@2 parsed@3");
		CHECK(course(read("{\"a\":{\n" + alert + "\n")) == "refused@1 parsed@2");
		CHECK(course(read(alert + "\n{\"address\":\n" + alert + "\n")) == "parsed@1 refused@2 parsed@3");
		CHECK(course(read(alert + "\n{\"a\":[\nx\n" + alert + "\n")) == "parsed@1 refused@2 refused@3 parsed@4");
		CHECK(course(read(alert + "\nnonsense\n" + alert + "\n")) == "parsed@1 refused@2 parsed@3");
		CHECK(course(read(alert + "\n{\"a\":1}}\n" + alert + "\n")) == "parsed@1 refused@2 parsed@3");
	}
	TEST_CASE("an IDS's other events are passed over and counted") {
		const auto stream = read("{\"event_type\":\"flow\"}\n" + alert + "\n{\"event_type\":\"stats\"}\n");
		CHECK(course(stream) == "parsed@2");
		CHECK(stream.passed_over == 2);
	}
	TEST_CASE("what is longer than 10 MiB is dropped, and the next report is read") {
		const std::string giant = "{\"a\":\"" + std::string(largest_report, 'x') + "\"}\n";
		CHECK(course(read(giant + alert + "\n")) == "refused@1 parsed@2");
		CHECK(course(read(alert + "\n" + giant + alert)) == "parsed@1 refused@2 parsed@3");
		CHECK(course(read("{\n" + repeated("  \"k\": 0,\n", largest_report / 9) + "}\n" + alert))
		          .starts_with("refused@1"));
		CHECK(read(giant).reports.at(0).why.find(std::to_string(largest_report)) != std::string::npos);
		CHECK(course(read(from_line + "From: a@b\n\n" + std::string(largest_report, 'x') + "\n\n" + from_line +
		                  head + machine)) == "refused@1 parsed@6");
		CHECK(course(read("From: a@b\n\n" + std::string(largest_report, 'x'))) == "refused@1");
	}
	TEST_CASE("an mbox is split between mails and never within one") {
		const std::string mail = head + machine + "--B--\n";
		CHECK(course(read(from_line + mail + "\n" + from_line + mail)) == "parsed@1 parsed@14");
		CHECK(course(read(mail)) == "parsed@1");
		CHECK(course(read("\xef\xbb\xbf" + mail)) == "parsed@1");
		CHECK(course(read("\xef\xbb\xbf" + from_line + mail)) == "parsed@1");
		CHECK(course(read("\r\n\n" + mail)) == "parsed@3");
		CHECK(course(read(">" + from_line + mail)) == "parsed@1");
		// Not after an empty line, or not like such a line at all.
		CHECK(read(from_line + mail + from_line + mail).reports.size() == 1);
		CHECK(read(from_line + mail + "\nFrom here on nothing\n").reports.size() == 1);
		// A single mail is never split, whatever it holds.
		CHECK(read(mail + "\n" + from_line + mail).reports.size() == 1);
	}
	TEST_CASE("spam within a report cannot begin a mail of its own") {
		const std::string forged = from_line + head +
		                           "--B\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n"
		                           "User-Agent: a\nVersion: 1\nSource-IP: 198.51.100.9\n--B--\n";
		std::string outer = head + machine + "--B\nContent-Type: message/rfc822\n\nSubject: x\n\n";
		const auto at = outer.find("boundary=B");
		outer.replace(at, 10, "boundary=unguessable");
		for (auto mark = outer.find("--B\n"); mark != outer.npos; mark = outer.find("--B\n"))
			outer.replace(mark, 3, "--unguessable");
		const auto stream = read(from_line + outer + forged + "\n--unguessable--\n");
		REQUIRE(stream.reports.size() == 1);
		CHECK(stream.reports[0].address->text() == "203.0.113.7");
		// When the closing delimiter never comes, a person has to look.
		CHECK(course(read(from_line + outer + "\n" + forged)) == "aside@1");
	}

	TEST_CASE("no mail is dear") {
		const std::string body = "--B\n";
		const std::string hostile[] = {
		    head + std::string(16'000'000, '-'),
		    head + repeated("--\n", 5'000'000),
		    head + repeated("--B\n\nx\n", 2'000'000),
		    head + std::string(16'000'000, '\n'),
		    from_line + head + std::string(16'000'000, '\n'),
		    head + machine + repeated("Original-Rcpt-To: u@e.example\n", 500'000) + "--B--\n",
		    head + machine + body +
		        "Content-Type: message/rfc822\n\nTo: " + repeated("user@example.net, ", 800'000) + "\n\n--B--\n",
		    "To: " + repeated("user@example.net, ", 800'000) + "\n\n",
		    repeated("X: y\n", 3'000'000) + "\n",
		    head + repeated("--B\nContent-Type: multipart/mixed; boundary=B\n\n", 300'000),
		    head + "--B\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n" +
		        repeated(" (\n", 5'000'000) + "--B--\n",
		    head + "--B\nContent-Type: application/json\nContent-Transfer-Encoding: base64\n\n" +
		        repeated("W1tb\n", 3'000'000),
		    head + "--B\nContent-Type: application/json\nContent-Transfer-Encoding: quoted-printable\n\n" +
		        repeated("=5B", 5'000'000),
		};
		for (const std::string& mail : hostile) {
			CAPTURE(mail.substr(0, 200));
			const auto stream = read(mail);
			CHECK(stream.reports.size() == 1);
			CHECK(stream.seconds < most_seconds);
		}
	}
	TEST_CASE("no JSON is dear") {
		const std::string hostile[] = {
		    std::string(100'000, '['),
		    repeated("{\"a\":", 100'000),
		    "{\"a\":[" + repeated("0,", 8'000'000) + "0]}",
		    "{\"a\":[" + repeated("{},", 5'000'000) + "{}]}",
		    "{\"a\":\"" + std::string(16'000'000, 'x') + "\"}",
		    "{\"a\":\"" + repeated("\\u0000", 2'500'000) + "\"}",
		    "{\"a\":" + std::string(16'000'000, '1') + "}",
		    "{" + repeated("\"a\":1,", 2'500'000) + "}",
		};
		for (const std::string& json : hostile) {
			CAPTURE(json.substr(0, 40));
			const auto stream = read(json);
			CHECK(stream.reports.size() == 1);
			CHECK((stream.reports.at(0).outcome != ReportOutcome::parsed));
			CHECK(stream.seconds < most_seconds);
		}
	}
}
