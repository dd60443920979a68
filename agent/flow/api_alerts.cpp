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
	std::optional<Alert> alert;
	std::optional<Taken> taken;
	Error error;
};

json::object json_of_outcome(const AlertOutcome& outcome, const json::storage_ptr& memory) {
	json::object object(memory);
	object.reserve(8);
	if (!outcome.taken) {
		object["line"] = outcome.line;
		object["outcome"] = "refused";
		object["why"] = outcome.error.text;
		object["quarantine"] = nullptr;
		return object;
	}
	const Judgement& judgement = outcome.taken->judgement;
	object["address"] = outcome.alert->address.text();
	object["kind"] = kind_text(outcome.alert->kind);
	object["outcome"] = outcome_text(judgement.outcome);
	object["step"] = judgement.step;
	object["why"] = judgement.why;
	object["quarantine"] = outcome.taken->decision == 0 ? json::value(nullptr) : json::value(outcome.taken->decision);
	object["inbox"] = outcome.taken->held == 0 ? json::value(nullptr) : json::value(outcome.taken->held);
	return object;
}

// An alert of our own API that is forged or about nobody is an error of the one who sent it.
std::optional<Error> error_of(const Judgement& judgement) {
	if (judgement.outcome == Outcome::refused) return Error{ErrorKind::denied, judgement.why};
	if (judgement.outcome == Outcome::ignored) return Error{ErrorKind::bad_input, judgement.why};
	return std::nullopt;
}

// A line as it was read, and who held the address that it names.
struct ReadLine {
	Line line;
	Result<Alert> alert;
	Assignments::Answer holder{};
};

AlertOutcome outcome_of(Transaction& transaction, const Desk& desk, const ReadLine& read, const Voucher& voucher) {
	AlertOutcome outcome;
	outcome.line = read.line.number;
	if (!read.alert) {
		outcome.error = read.alert.error();
		return outcome;
	}
	Incoming incoming;
	incoming.alert = *read.alert;
	incoming.holder = read.holder.holder;
	incoming.unknown_holder = read.holder.unknown;
	incoming.voucher = voucher;
	incoming.bytes = read.line.text;
	auto taken = desk.take(transaction, incoming);
	const std::optional<Error> error = taken ? error_of(taken->judgement) : std::optional(taken.error());
	if (error)
		outcome.error = *error;
	else
		outcome.taken = std::move(*taken);
	outcome.alert = std::move(incoming.alert);
	return outcome;
}

// Who held each address is asked before anything is decided, and only where anybody assigns anything.
void find_holders(Agent& agent, std::shared_ptr<std::vector<ReadLine>> lines, std::function<void()> done) {
	if (!agent.assignments().is_used()) return done();
	std::vector<HolderQuestion> questions;
	const UnixTime now = agent.now().wall;
	for (const ReadLine& read : *lines)
		questions.push_back(read.alert ? HolderQuestion{read.alert->address, read.alert->port, read.alert->at.value_or(now)}
		                               : HolderQuestion{{}, {}, now});
	agent.assignments().holders(std::move(questions), [lines, done = std::move(done)](std::vector<Assignments::Answer> answers) {
		for (std::size_t i = 0; i < answers.size(); ++i) (*lines)[i].holder = std::move(answers[i]);
		done();
	});
}

bool is_ndjson(const HttpRequest& request, const std::vector<Line>& lines) {
	return request.content_type.starts_with("application/x-ndjson") || lines.size() > 1;
}

void answer_alerts(Agent& agent, const std::vector<AlertOutcome>& outcomes, bool is_stream, const HttpReply& reply) {
	// A single alert that is refused is an error; in a stream it is one line among others.
	if (!is_stream && !outcomes.front().taken) return reply(refusal(outcomes.front().error));
	// One piece of memory for the answer, which may have ten thousand lines.
	const json::storage_ptr memory = json::make_shared_resource<json::monotonic_resource>();
	json::array array(memory);
	array.reserve(outcomes.size());
	for (const AlertOutcome& outcome : outcomes) {
		array.push_back(json_of_outcome(outcome, memory));
		if (outcome.taken) agent.count(outcome.taken->judgement);
		if (!outcome.taken || !agent.events().is_kept(outcomes.size() - array.size())) continue;
		agent.announce("alert", outcome.alert->address.text(),
		               fmt::format("{}: {}", outcome_text(outcome.taken->judgement.outcome), outcome.taken->judgement.why));
	}
	json::object answered(memory);
	answered["alerts"] = std::move(array);
	reply(answer(200, std::move(answered)));
}

} // namespace

// For `gate25 replay`: what was received, page by page.
void Api::list_alerts(const HttpRequest& request, const HttpReply& reply) {
	constexpr unsigned most_rows = 10'000;
	if (auto checked = check_query(request, {"since", "after", "limit"}); !checked) return reply(refusal(checked.error()));
	const std::string since_text = query_value(request, "since");
	const auto since = since_text.empty() ? Result<UnixTime>(UnixTime()) : parse_time(since_text);
	const auto after = number_in(request, "after", 0, UINT64_MAX);
	const auto limit = number_in(request, "limit", most_rows, most_rows);
	if (!since) return reply(refusal({ErrorKind::bad_input, "since: " + since.error().text}));
	if (!after) return reply(refusal(after.error()));
	if (!limit) return reply(refusal(limit.error()));
	agent_.store().alerts(*since, *after, static_cast<unsigned>(*limit), [reply](const Result<std::vector<AlertRow>>& rows) {
		if (!rows) return reply(refusal(rows.error()));
		ListAnswer list("alerts");
		for (const AlertRow& row : *rows) list.add(json_of(row));
		reply(list.finish());
	});
}

void Api::alerts(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_lines(request.body); !checked) return reply(refusal(checked.error()));
	auto body = std::make_shared<const std::string>(request.body);
	auto lines = lines_of(*body);
	const bool is_stream = is_ndjson(request, lines) && !parse_alert(*body);
	if (!is_stream) lines = {{1, *body}};
	auto read = std::make_shared<std::vector<ReadLine>>();
	read->reserve(lines.size());
	for (const Line& line : lines) read->push_back({line, parse_alert(line.text)});
	find_holders(agent_, read, [this, body, read, reply, is_stream, voucher = voucher_of(request.peer, agent_.access_rules())] {
		using Outcomes = std::vector<AlertOutcome>;
		agent_.change<Outcomes>(
			[body, read, voucher](Transaction& transaction, const Desk& desk) -> Result<Outcomes> {
				Outcomes outcomes;
				outcomes.reserve(read->size());
				transaction.expect(read->size());
				for (const ReadLine& line : *read) outcomes.push_back(outcome_of(transaction, desk, line, voucher));
				return outcomes;
			},
			[this, reply, is_stream](Result<Outcomes> outcomes) {
				if (!outcomes) return reply(refusal(outcomes.error()));
				answer_alerts(agent_, *outcomes, is_stream, reply);
			});
	});
}

} // namespace gate25
