// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/mta.h"

#include "cli/report_sender.h"
#include "wire/report.h"

#include <algorithm>
#include <ostream>

namespace gate25::cli {
namespace {

bool is_judged(const boost::json::value& report) {
	return number_at(as_object(report), "step").has_value();
}

// Empty: it was judged, and whatever came of that is durable.
std::string why_not_taken(const Result<Answer>& answer) {
	if (!answer) return answer.error().text;
	if (const auto failure = failure_of(*answer)) return failure->message;
	const auto body = read_body(answer->body);
	if (!body) return body.error().text;
	const auto& reports = array_at(*body, "reports");
	const auto wrong = std::find_if_not(reports.begin(), reports.end(), is_judged);
	if (wrong != reports.end()) return text_at(as_object(*wrong), "why");
	const bool is_nothing = reports.empty() && number_at(*body, "passed_over").value_or(0) == 0;
	return is_nothing ? "the agent answered, but of no report" : "";
}

} // namespace

int put_off(const Call& call, std::string_view why) {
	call.screen.err << "gate25: " << why << '\n';
	return try_again;
}

// Never split as an mbox: Postfix puts a line "From ..." before the mail and does not quote such lines in it, so
// its sender could write a second report, in anybody's name, into the first.
int take_from_mta(const Call& call, std::string_view mail) {
	// The reader takes none of these; kept in the queue, it would only bounce later.
	if (mail.size() > largest_report || mail.find_first_not_of(" \t\r\n") == mail.npos) return done;
	const auto why = why_not_taken(ReportDesk(call).post("/v1/reports", mail_body(mail)));
	return why.empty() ? done : put_off(call, why);
}

} // namespace gate25::cli
