// SPDX-License-Identifier: GPL-2.0-or-later
//
// Alerts by the API: one JSON object, or NDJSON for a stream of them. Each line earns its own outcome.
#include "flow/api.h"
#include "wire/answers.h"
#include "wire/requests.h"

#include <boost/json/monotonic_resource.hpp>
#include <fmt/format.h>

namespace gate25 {
namespace {

namespace json = boost::json;

struct AlertOutcome {
	unsigned line = 1;
	std::optional<AlertRow> row;
	Error error;
};

json::object json_of_outcome(const AlertOutcome& outcome, const json::storage_ptr& memory) {
	json::object object(memory);
	object.reserve(5);
	if (!outcome.row) {
		object["line"] = outcome.line;
		object["outcome"] = "refused";
		object["why"] = outcome.error.text;
		object["quarantine"] = nullptr;
		return object;
	}
	object["address"] = outcome.row->alert.address.text();
	object["kind"] = kind_text(outcome.row->alert.kind);
	object["outcome"] = outcome.row->outcome;
	object["why"] = outcome.row->why;
	object["quarantine"] = outcome.row->decision == 0 ? json::value(nullptr) : json::value(outcome.row->decision);
	return object;
}

AlertOutcome outcome_of(Transaction& transaction, const Desk& desk, const Line& line, const std::string& by) {
	AlertOutcome outcome;
	outcome.line = line.number;
	const auto alert = parse_alert(line.text);
	Result<AlertRow> row = alert ? desk.alert(transaction, *alert, by) : fail(alert.error());
	if (row)
		outcome.row = std::move(*row);
	else
		outcome.error = row.error();
	return outcome;
}

bool is_ndjson(const HttpRequest& request, const std::vector<Line>& lines) {
	return request.content_type.starts_with("application/x-ndjson") || lines.size() > 1;
}

} // namespace

void Api::alerts(const HttpRequest& request, const HttpReply& reply) {
	auto body = std::make_shared<const std::string>(request.body);
	auto lines = lines_of(*body);
	const bool is_stream = is_ndjson(request, lines) && !parse_alert(*body);
	if (!is_stream) lines = {{1, *body}};
	using Outcomes = std::vector<AlertOutcome>;
	agent_.change<Outcomes>(
		[body, lines = std::move(lines), by = request.peer.user](Transaction& transaction,
	                                                             const Desk& desk) -> Result<Outcomes> {
			Outcomes outcomes;
			outcomes.reserve(lines.size());
			for (const Line& line : lines) outcomes.push_back(outcome_of(transaction, desk, line, by));
			return outcomes;
		},
		[this, reply, is_stream, by = request.peer.user](Result<Outcomes> outcomes) {
			if (!outcomes) return reply(refusal(outcomes.error()));
			// A single alert that is refused is an error; in a stream it is one line among others.
			if (!is_stream && !outcomes->front().row) return reply(refusal(outcomes->front().error));
			// One piece of memory for the answer, which may have ten thousand lines.
			const json::storage_ptr memory = json::make_shared_resource<json::monotonic_resource>();
			json::array array(memory);
			array.reserve(outcomes->size());
			for (const AlertOutcome& outcome : *outcomes) {
				array.push_back(json_of_outcome(outcome, memory));
				if (!outcome.row || !agent_.events().is_kept(outcomes->size() - array.size())) continue;
				agent_.announce("alert", outcome.row->alert.address.text(),
				                fmt::format("{}: {}", outcome.row->outcome, outcome.row->why));
			}
			json::object answered(memory);
			answered["alerts"] = std::move(array);
			reply(answer(200, std::move(answered)));
		});
}

} // namespace gate25
