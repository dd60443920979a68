// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where reports end, told without reading them. The first byte says in which pieces the text comes: they make no
// difference, and the pieces that come out stand in the text, in order, nothing twice.
#include "fuzz.h"

#include "wire/report_splitter.h"

#include <algorithm>
#include <string>
#include <vector>

using namespace gate25;

namespace {

struct Told {
	std::string bytes;
	std::uint64_t line;
	std::uint64_t hidden;
	bool is_json, is_line, is_too_long;
	bool operator==(const Told &) const = default;
};

std::vector<Told> split(std::string_view text, std::size_t piece) {
	std::vector<Told> told;
	ReportSplitter splitter([&](const ReportPiece &one) {
		told.push_back({std::string(one.bytes), one.line, one.hidden, one.is_json, one.is_line, one.is_too_long});
	});
	for (std::size_t at = 0; at < text.size(); at += piece) splitter.feed(text.substr(at, piece));
	splitter.end();
	return told;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
	if (size == 0) return 0;
	const auto text = fuzz::text_of(data, size).substr(1);
	const auto told = split(text, std::max<std::size_t>(text.size(), 1));
	fuzz::require(split(text, 1U + data[0]) == told, "pieces make no difference");
	std::size_t at = 0;
	std::uint64_t line = 0;
	for (const Told &one : told) {
		fuzz::require(!one.bytes.empty() && !one.is_too_long, "a short text has no report that is too long");
		fuzz::require(one.line > line, "the next report begins on a later line");
		line = one.line;
		const auto found = text.find(one.bytes, at);
		fuzz::require(found != text.npos, "a report is as it came, behind the one before");
		at = found + one.bytes.size();
		const auto rest = without_from_line(one.bytes);
		fuzz::require(!rest.starts_with("From ") && one.bytes.ends_with(rest),
		              "only lines before the mail are taken away");
	}
	return 0;
}
