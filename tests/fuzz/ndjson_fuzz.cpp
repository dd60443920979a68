// SPDX-License-Identifier: GPL-2.0-or-later
//
// Streams: in which pieces they come, the first byte says. The reports must be the same as in one piece.
#include "fuzz.h"

#include "wire/report.h"

#include <algorithm>
#include <string>
#include <vector>

using namespace gate25;

namespace {

std::vector<std::string> read(std::string_view text, std::size_t piece) {
	std::vector<std::string> told;
	ReportReader reader([&](const Report& report, std::uint64_t line) {
		fuzz::check(report);
		told.push_back(std::to_string(line) + report.why + report.evidence + report.id);
	});
	for (std::size_t at = 0; at < text.size(); at += piece) reader.feed(text.substr(at, piece));
	reader.end();
	told.push_back(std::to_string(reader.passed_over()));
	return told;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
	if (size == 0) return 0;
	const auto text = fuzz::text_of(data, size).substr(1);
	const std::size_t piece = 1 + data[0];
	fuzz::require(read(text, piece) == read(text, std::max<std::size_t>(text.size(), 1)),
	              "pieces make no difference");
	return 0;
}
