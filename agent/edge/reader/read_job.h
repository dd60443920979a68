// SPDX-License-Identifier: GPL-2.0-or-later
//
// What gate25-reader does with one job.
#pragma once

#include "edge/reader/conversation.h"
#include "wire/reading.h"
#include "wire/report.h"

#include <optional>
#include <string>
#include <string_view>

namespace gate25 {

// Gathers the reports of a text of any format, up to most_reports.
class ReportCollector {
public:
	ReportCollector();
	void feed(std::string_view bytes) { reader_.feed(bytes); }
	// nullopt: there are too many.
	std::optional<Reading> end();

private:
	Reading reading_;
	bool is_too_many_ = false;
	ReportReader reader_;
};
inline constexpr std::string_view too_many_reports = "more than 10000 reports in one piece; hand them over in several";

// What libraries do the first time, while they still may.
void warm_up();
// Jobs of one text, until the agent wants no more of them.
void serve_jobs(Conversation& agent);

} // namespace gate25
