// SPDX-License-Identifier: GPL-2.0-or-later
//
// A list of assignments.
#include "wire/assignment_csv.h"

#include <doctest/doctest.h>

using namespace gate25;

namespace {

Result<std::optional<Lease>> read(std::string_view header, std::string_view line) {
	AssignmentCsvReader reader;
	const auto titles = reader.read(header);
	if (!titles) return titles;
	return reader.read(line);
}

Lease lease(std::string_view header, std::string_view line) {
	const auto found = read(header, line);
	REQUIRE_MESSAGE(found.has_value(), (found ? "" : found.error().text));
	REQUIRE(found->has_value());
	return **found;
}

std::string error(std::string_view header, std::string_view line) {
	const auto found = read(header, line);
	REQUIRE_MESSAGE(!found.has_value(), line);
	return found.error().text;
}

} // namespace

TEST_CASE("a list: columns by their names, fields in quotes") {
	const Lease found = lease("prefix,subscriber,ports,from,until", "203.0.113.7,\"anna, \"\"upstairs\"\"\",,2026-11-21T10:00:00Z,2026-12-21T10:00:00Z");
	CHECK(found.prefix.text() == "203.0.113.7");
	CHECK(found.subscriber == "anna, \"upstairs\"");
	CHECK(found.ports.is_whole());
	CHECK(found.at == parse_time("2026-11-21T10:00:00Z").value());
	CHECK(found.until == parse_time("2026-12-21T10:00:00Z").value());
	CHECK(lease("subscriber,prefix\r", "bert,2001:db8:1000:100::/56\r").prefix.text() == "2001:db8:1000:100::/56");
	CHECK(lease("\xef\xbb\xbfprefix,subscriber", "203.0.113.7,bert").subscriber == "bert");
	CHECK(lease("ports,prefix,subscriber", "1024-2047,198.51.100.1,bert").ports == PortRange{1024, 2047});
	CHECK(!lease("prefix,subscriber", "203.0.113.7,bert").at);
}

TEST_CASE("comments and empty lines of a list say nothing") {
	AssignmentCsvReader reader;
	for (const std::string_view line : {"# of the billing system", "", "prefix,subscriber", "# 203.0.113.7,anna", "\r"}) {
		const auto found = reader.read(line);
		REQUIRE(found.has_value());
		CHECK(!found->has_value());
	}
	CHECK((*reader.read("203.0.113.7,anna")).has_value());
}

TEST_CASE("a line of a list that cannot be true is an error that says why") {
	CHECK(error("203.0.113.7,anna", "").find("the first line names the columns") != std::string::npos);
	CHECK(error("prefix,subscriber,prefix", "").find("twice") != std::string::npos);
	CHECK(error("prefix,ports", "").find("are needed") != std::string::npos);
	CHECK(error("prefix,subscriber", "203.0.113.7").find("2 fields were expected") != std::string::npos);
	CHECK(error("prefix,subscriber", "203.0.113.7/24,anna").find("203.0.113.0/24") != std::string::npos);
	CHECK(error("prefix,subscriber", "203.0.113.7,").find("subscriber") != std::string::npos);
	CHECK(error("prefix,subscriber", "203.0.113.7,\"anna").find("not closed") != std::string::npos);
	CHECK(error("prefix,subscriber", "203.0.113.7,an\"na").find("middle") != std::string::npos);
	CHECK(error("prefix,subscriber", "203.0.113.7,\"an\"na").find("middle") != std::string::npos);
	CHECK(error("prefix,subscriber,ports", "203.0.113.7,anna,2047-1024").find("2047") != std::string::npos);
	CHECK(error("prefix,subscriber,ports", "2001:db8::1,anna,1024-2047").find("IPv4") != std::string::npos);
	CHECK(error("prefix,subscriber,from", "203.0.113.7,anna,yesterday").find("yesterday") != std::string::npos);
	CHECK(error("prefix,subscriber,from,until", "203.0.113.7,anna,2026-11-21T10:00:00Z,2026-11-21T09:00:00Z").find("before") != std::string::npos);
}
