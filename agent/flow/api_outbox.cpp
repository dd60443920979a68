// SPDX-License-Identifier: GPL-2.0-or-later
//
// Notices by the API: what couriers fetch and report, and what the desk asks about.
#include "flow/api.h"
#include "flow/outbox.h"
#include "wire/answers.h"
#include "wire/subscriber_answers.h"
#include "wire/fields.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace gate25 {
namespace {

namespace json = boost::json;

constexpr std::uint64_t usual_notices = 100, most_notices = 1000;
constexpr std::size_t longest_why = 1000;

std::string subscriber_id(const Agent& agent, const Notice& notice) {
	const Subscriber* subscriber = agent.memory().subscribers.find(notice.subject);
	return subscriber == nullptr ? std::string() : subscriber->id;
}

Result<DeliveryReport> parse_delivery(std::string_view body) {
	auto fields = Fields::read(body);
	if (!fields) return fail(fields.error());
	DeliveryReport delivery;
	const auto outcome = fields->text("outcome", longest_why, true);
	if (outcome && *outcome != "sent" && *outcome != "failed" && *outcome != "refused")
		fields->refuse("outcome", "must be \"sent\", \"failed\" (to be tried again) or \"refused\" (for good)");
	delivery.is_sent = outcome && *outcome == "sent";
	delivery.is_final = outcome && *outcome == "refused";
	delivery.why = fields->text("why", longest_why).value_or("");
	if (auto finished = fields->finish(); !finished) return fail(finished.error());
	return delivery;
}

// Whom a person means: the id of somebody we know, an address or prefix, or an id all the same.
Prefix subject_of(const Agent& agent, const std::string& text) {
	const Prefix key = subscriber_key(text);
	if (agent.memory().subscribers.find(key) != nullptr) return key;
	const auto prefix = parse_subject(agent.policy().config().network, text);
	return prefix ? *prefix : key;
}

} // namespace

void Api::outbox(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"limit", "channel"}); !checked) return reply(refusal(checked.error()));
	const auto limit = number_in(request, "limit", usual_notices, most_notices);
	if (!limit) return reply(refusal(limit.error()));
	agent_.outbox().hand_out(query_value(request, "channel"), *limit, [this, reply](const Result<std::vector<Notice>>& notices) {
		if (!notices) return reply(refusal(notices.error()));
		ListAnswer list("notices");
		for (const Notice& notice : *notices) {
			json::object object = json_of(notice, subscriber_id(agent_, notice));
			json::error_code error;
			json::value facts = json::parse(notice.body, error);
			object["facts"] = error ? json::value(nullptr) : std::move(facts);
			list.add(object);
		}
		reply(list.finish());
	});
}

void Api::report_delivery(const HttpRequest& request, const HttpReply& reply) {
	const std::string& subject = request.path.back();
	const auto number = decision_number(subject);
	if (!number) return reply(refusal({ErrorKind::not_found, "the outbox has no notice " + subject}));
	const auto delivery = parse_delivery(request.body);
	if (!delivery) return reply(refusal(delivery.error()));
	agent_.outbox().report(*number, *delivery, [this, reply](const Result<Notice>& notice) {
		if (!notice) return reply(refusal(notice.error()));
		json::object body;
		body["notice"] = json_of(*notice, subscriber_id(agent_, *notice));
		reply(answer(200, std::move(body)));
	});
}

void Api::list_notices(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"subscriber", "decision", "code", "state", "limit"}); !checked)
		return reply(refusal(checked.error()));
	const auto limit = number_in(request, "limit", usual_notices, most_notices);
	if (!limit) return reply(refusal(limit.error()));
	NoticeQuery query;
	query.limit = static_cast<unsigned>(*limit);
	query.code = query_value(request, "code");
	if (const std::string subscriber = query_value(request, "subscriber"); !subscriber.empty())
		query.subject = subject_of(agent_, subscriber);
	if (const std::string decision = query_value(request, "decision"); !decision.empty()) {
		query.decision = decision_number(decision);
		if (!query.decision) return reply(refusal({ErrorKind::bad_input, "decision must be a number, got \"" + decision + "\""}));
	}
	if (const std::string word = query_value(request, "state"); !word.empty()) {
		const auto state = parse_notice_state(word);
		if (!state) return reply(refusal({ErrorKind::bad_input, "state: " + state.error().text}));
		query.state = *state;
	}
	agent_.store().notices(std::move(query), [this, reply](const Result<std::vector<Notice>>& notices) {
		if (!notices) return reply(refusal(notices.error()));
		ListAnswer list("notices");
		for (const Notice& notice : *notices) list.add(json_of(notice, subscriber_id(agent_, notice)));
		reply(list.finish());
	});
}

} // namespace gate25
