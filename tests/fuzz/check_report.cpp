// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"

#include "core/special.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <string>

namespace gate25::fuzz {
namespace {

void check_line(std::string_view text, std::size_t most) {
	require(text.size() <= most, "a text is bounded");
	const bool is_clean = std::none_of(text.begin(), text.end(),
	                                   [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
	require(is_clean, "a text is one line");
}

} // namespace

void check_utf8(std::string_view text) {
	boost::json::error_code error;
	boost::json::parse(boost::json::serialize(boost::json::value(text)), error);
	require(!error, "it can be told as JSON");
}

void check(const Report& report) {
	const bool is_parsed = report.outcome == ReportOutcome::parsed;
	require(is_parsed == report.why.empty(), "there is a reason exactly when it is not parsed");
	require(!is_parsed || report.address, "a parsed report names an address");
	require(!is_parsed || why_special(Prefix::host(*report.address)).empty(), "it is somebody's address");
	require(report.port != std::uint16_t{25}, "25 is no client's port");
	require(report.count > 0, "something happened");
	check_line(report.reporter, 200);
	check_line(report.id, 250);
	check_line(report.type, 100);
	check_line(report.evidence, 300);
	check_line(report.why, 2000);
	for (const std::string& text : {report.why, report.reporter, report.id, report.type, report.evidence})
		check_utf8(text);
}

} // namespace gate25::fuzz
