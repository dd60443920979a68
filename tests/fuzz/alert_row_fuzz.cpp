// SPDX-License-Identifier: GPL-2.0-or-later
//
// Recorded alerts as `gate25 replay` gets them: whatever is taken goes out and comes back as it is.
#include "fuzz.h"

#include "wire/alert_row.h"

#include <boost/json/serialize.hpp>
#include <string>

using namespace gate25;

namespace {

std::string spelt(const std::vector<AlertRow> &rows) {
	std::string text = R"({"schema":1,"alerts":[)";
	for (const AlertRow &row : rows) {
		if (text.back() != '[') text += ',';
		text += boost::json::serialize(json_of(row));
	}
	return text + "]}";
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
	const auto rows = parse_alert_rows(fuzz::text_of(data, size));
	if (!rows) {
		fuzz::require(!rows.error().text.empty(), "an error says something");
		fuzz::check_utf8(rows.error().text);
		return 0;
	}
	for (const AlertRow &row : *rows) {
		fuzz::require(row.step <= last_judge_step, "there is such a step");
		fuzz::require(row.reporter.weight >= 0 && row.reporter.weight <= 1000 * one_point, "a weight is bounded");
	}
	const std::string told = spelt(*rows);
	const auto again = parse_alert_rows(told);
	fuzz::require(again && spelt(*again) == told, "it is read back");
	return 0;
}
