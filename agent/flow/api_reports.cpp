// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reports by the API: one mail, one JSON object or NDJSON, as it came.
#include "flow/api.h"
#include "wire/answers.h"
#include "wire/report_answer.h"

namespace gate25 {
namespace {

namespace json = boost::json;

json::value number_or_null(std::uint64_t number) {
	return number == 0 ? json::value(nullptr) : json::value(number);
}

json::object json_of(const TakenReport& report) {
	json::object object = report_object(report.read.report);
	object["line"] = report.read.line;
	object["signature"] = signature_text(report.read.signature.state);
	if (!report.taken) {
		object["outcome"] = outcome_text(Outcome::refused);
		object["why"] = report.taken.error().text;
		return object;
	}
	const Taken& taken = *report.taken;
	object["outcome"] = outcome_text(taken.judgement.outcome);
	object["step"] = taken.judgement.step;
	object["why"] = taken.judgement.why;
	object["taken_for"] = taken.reporter.name.empty() ? json::value(nullptr) : json::value(taken.reporter.name);
	object["proof"] = proof_text(taken.reporter.proof);
	object["alert"] = number_or_null(taken.alert);
	object["quarantine"] = number_or_null(taken.decision);
	object["inbox"] = number_or_null(taken.held);
	return object;
}

HttpResponse response_of(const Result<IntakeAnswer>& taken) {
	if (!taken) return refusal(taken.error());
	json::array reports;
	for (const TakenReport& report : taken->reports) reports.push_back(json_of(report));
	json::object body;
	body["reports"] = std::move(reports);
	body["passed_over"] = taken->passed_over;
	return answer(200, std::move(body));
}

} // namespace

void Api::reports(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"signature"}); !checked) return reply(refusal(checked.error()));
	if (request.body.empty()) return reply(refusal({ErrorKind::bad_input, "the body is empty; expected a mail, JSON or NDJSON"}));
	Delivery delivery;
	delivery.bytes = std::make_shared<const std::string>(request.body);
	delivery.signature = query_value(request, "signature");
	delivery.voucher = voucher_of(request.peer, agent_.access_rules());
	agent_.intake().take(std::move(delivery), [reply](const Result<IntakeAnswer>& taken) { reply(response_of(taken)); });
}

// A kept report once more, by the configuration and the keys of now.
void Api::read_again(const HttpRequest& request, const HttpReply& reply) {
	const auto number = decision_number(request.path.back());
	if (!number || agent_.memory().inbox.find(*number) == nullptr)
		return reply(refusal({ErrorKind::not_found, "the inbox has no report " + request.path.back()}));
	agent_.intake().take_again(*number, [reply](const Result<IntakeAnswer>& taken) { reply(response_of(taken)); });
}

} // namespace gate25
