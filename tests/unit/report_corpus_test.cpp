// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whole reports against what they must be read as: those of tests/reports, and real ones where somebody has them
// ($GATE25_CORPUS, or shared/corpus beside the source tree; other people's mail is not ours to give away).
#include "core/report.h"
#include "wire/report.h"

#include <algorithm>
#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using namespace gate25;
namespace fs = std::filesystem;

namespace {

std::string content(const fs::path& file) {
	std::ifstream in(file, std::ios::binary);
	REQUIRE_MESSAGE(in, file.string());
	std::ostringstream out;
	out << in.rdbuf();
	return out.str();
}

struct Read {
	Report report;
	std::uint64_t line;
};

std::vector<Read> read_in_pieces(const std::string& text, std::size_t size) {
	std::vector<Read> all;
	ReportReader reader([&](const Report& report, std::uint64_t line) { all.push_back({report, line}); });
	for (std::size_t at = 0; at < text.size(); at += size) reader.feed(std::string_view(text).substr(at, size));
	reader.end();
	return all;
}

template <class T> std::string or_dash(const std::optional<T>& value) {
	if (!value) return "-";
	if constexpr (std::is_same_v<T, Address>)
		return value->text();
	else if constexpr (std::is_same_v<T, UnixTime>)
		return time_text(*value);
	else
		return std::to_string(*value);
}

std::string summary(const Read& read, const std::string& file) {
	const Report& r = read.report;
	std::ostringstream out;
	out << file << ':' << read.line << ' ' << format_text(r.format) << ' ' << outcome_text(r.outcome) << ' '
	    << kind_text(r.kind) << ' ' << or_dash(r.address) << ' ' << or_dash(r.port) << ' ' << or_dash(r.at) << ' '
	    << origin_text(r.origin) << ' ' << corroboration_text(r.corroboration);
	return out.str();
}

// "a  b   c" -> "a b c"
std::string single_spaced(const std::string& text) {
	std::istringstream in(text);
	std::string out;
	for (std::string word; in >> word;) out += (out.empty() ? "" : " ") + word;
	return out;
}

struct Expected {
	std::string line; // as summary() has it
	std::string why;  // part of the reason; empty: parsed
};

std::vector<Expected> expected_of(const fs::path& directory) {
	constexpr int columns = 9;
	std::vector<Expected> all;
	std::istringstream in(content(directory / "expected"));
	for (std::string line; std::getline(in, line);) {
		if (line.empty() || line[0] == '#') continue;
		std::istringstream words(line);
		std::string fixed;
		std::string word;
		for (int i = 0; i < columns && words >> word; ++i) fixed += (i == 0 ? "" : " ") + word;
		std::string rest;
		std::getline(words, rest);
		all.push_back({fixed, single_spaced(rest)});
	}
	return all;
}

std::vector<fs::path> samples_of(const fs::path& directory) {
	std::vector<fs::path> files;
	for (const auto& entry : fs::directory_iterator(directory)) {
		const auto suffix = entry.path().extension();
		if (suffix == ".eml" || suffix == ".json" || suffix == ".ndjson" || suffix == ".mbox")
			files.push_back(entry.path());
	}
	std::sort(files.begin(), files.end());
	return files;
}

fs::path corpus() {
	const char* given = std::getenv("GATE25_CORPUS");
	return given != nullptr && *given != '\0' ? fs::path(given) : fs::path(GATE25_SOURCE) / "../shared/corpus";
}

} // namespace

TEST_CASE("every sample report is read as it must be") {
	const fs::path directory = fs::path(GATE25_SOURCE) / "tests/reports";
	const auto expected = expected_of(directory);
	REQUIRE(expected.size() > 50);
	std::size_t at = 0;
	for (const fs::path& file : samples_of(directory)) {
		for (const Read& read : read_in_pieces(content(file), std::size_t{1} << 20U)) {
			CAPTURE(read.report.why);
			REQUIRE_MESSAGE(at < expected.size(), file.string());
			CHECK(summary(read, file.filename().string()) == expected[at].line);
			CHECK(read.report.why.find(expected[at].why) != std::string::npos);
			CHECK(expected[at].why.empty() == (read.report.outcome == ReportOutcome::parsed));
			CHECK(read.report.why.empty() == (read.report.outcome == ReportOutcome::parsed));
			++at;
		}
	}
	CHECK(at == expected.size());
}

TEST_CASE("it does not matter in which pieces a report arrives") {
	for (const fs::path& file : samples_of(fs::path(GATE25_SOURCE) / "tests/reports")) {
		const std::string text = content(file);
		const auto whole = read_in_pieces(text, text.size());
		for (const std::size_t size : {1U, 2U, 7U, 64U}) {
			const auto pieces = read_in_pieces(text, size);
			REQUIRE_MESSAGE(pieces.size() == whole.size(), file.string());
			for (std::size_t i = 0; i < whole.size(); ++i) {
				CHECK(summary(pieces[i], file.string()) == summary(whole[i], file.string()));
				CHECK(pieces[i].report.why == whole[i].report.why);
			}
		}
	}
}

TEST_CASE("lines that end with CR LF are the same report") {
	for (const fs::path& file : samples_of(fs::path(GATE25_SOURCE) / "tests/reports")) {
		const std::string text = content(file);
		if (text.find('\r') != text.npos) continue;
		std::string with_cr;
		for (const char c : text) with_cr += c == '\n' ? "\r\n" : std::string(1, c);
		const auto unix_lines = read_in_pieces(text, text.size());
		const auto dos_lines = read_in_pieces(with_cr, with_cr.size());
		REQUIRE_MESSAGE(dos_lines.size() == unix_lines.size(), file.string());
		for (std::size_t i = 0; i < dos_lines.size(); ++i)
			CHECK(summary(dos_lines[i], file.string()) == summary(unix_lines[i], file.string()));
	}
}

TEST_CASE("real reports, where they are at hand") {
	const struct {
		const char* file;
		const char* outcome;
		const char* kind;
		const char* address;
		const char* at;
	} table[] = {
	    {"arf/aol-1.eml", "parsed", "spam", "10.17.18.1", "2016-01-19T19:32:40Z"},
	    {"arf/bluetie-1.eml", "parsed", "spam", "10.17.18.3", "2016-01-16T06:10:14Z"},
	    {"arf/comcast-1.eml", "parsed", "spam", "10.17.18.5", "2016-01-19T12:42:56Z"},
	    {"arf/cox-1.eml", "parsed", "spam", "10.17.18.7", "2015-12-21T22:52:30Z"},
	    {"arf/fastmail-1.eml", "parsed", "spam", "10.17.18.9", "2016-01-16T11:09:22Z"},
	    {"arf/opensrs-1.eml", "parsed", "spam", "10.17.18.12", "2016-01-17T06:57:49Z"},
	    {"arf/rackspace-1.eml", "parsed", "spam", "10.17.18.14", "2015-12-29T05:21:10Z"},
	    {"arf/zoho-1.eml", "parsed", "spam", "10.17.18.28", "2015-09-07T15:58:04Z"},
	    {"arf/spamexperts-v4.eml", "parsed", "spam", "172.16.10.13", "2015-08-04T08:51:18Z"},
	    {"arf/spamexperts-v6.eml", "parsed", "spam", "fdf1:cb9d:f59e:19b0::122", "2015-08-04T11:01:12Z"},
	    {"arf/sisimai-01.eml", "parsed", "spam", "192.0.2.89", "2009-04-29T00:00:00Z"},
	    {"arf/sisimai-02.eml", "parsed", "spam", "192.0.2.8", "2013-04-30T07:45:50Z"},
	    {"arf/sisimai-12.eml", "aside", "other", "192.0.2.89", "2006-04-09T14:34:45Z"},
	    {"arf/sisimai-15.eml", "parsed", "spam", "192.0.2.222", "2015-04-29T23:34:45Z"},
	    {"arf/sisimai-18.eml", "parsed", "other", "192.0.2.222", "2015-04-29T23:34:45Z"},
	    {"arf/sisimai-20.eml", "parsed", "other", "203.0.113.2", "-"},
	    {"arf/sisimai-22.eml", "aside", "other", "-", "-"},
	    {"xarf/v3-spam.json", "parsed", "spam", "192.168.1.100", "2024-01-15T14:30:25Z"},
	    {"xarf/v4-messaging-spam.json", "parsed", "spam", "192.168.1.100", "2025-01-11T10:59:45Z"},
	    {"xarf/v4-connection-infected-host.json", "parsed", "bot", "203.0.113.85", "2025-01-11T13:42:15Z"},
	    {"xarf/v4-infrastructure-botnet.json", "parsed", "bot", "198.51.100.25", "2025-01-11T15:00:52Z"},
	    {"xarf/v4-content-phishing.json", "parsed", "other", "203.0.113.45", "2025-01-11T15:15:24Z"},
	    {"xarf/v4-reputation-blocklist.json", "parsed", "other", "203.0.113.200", "2025-01-11T10:51:30Z"},
	};
	if (!fs::is_directory(corpus())) {
		MESSAGE("no real reports at hand (GATE25_CORPUS): not tried");
		return;
	}
	for (const auto& row : table) {
		CAPTURE(row.file);
		const std::string text = content(corpus() / row.file);
		const auto read = read_in_pieces(text, text.size());
		REQUIRE(read.size() == 1);
		const Report& report = read[0].report;
		CHECK(outcome_text(report.outcome) == row.outcome);
		CHECK(kind_text(report.kind) == row.kind);
		CHECK(or_dash(report.address) == row.address);
		CHECK(or_dash(report.at) == row.at);
	}
}
