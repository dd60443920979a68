// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reporters are no operators: they may open the alert socket only. Without --socket the command tries
// the control socket first and then the other one.
#include "cli/call.h"
#include "cli/request.h"
#include "cli/verbs.h"

#include <algorithm>
#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {
namespace {

boost::json::object body_of(const Words& words) {
	boost::json::object body{{"address", words.argument(0)}};
	put_text(body, words, "kind");
	put_text(body, words, "reporter");
	put_time(body, words, "at");
	put_number(body, words, "port");
	put_number(body, words, "count");
	return body;
}

bool is_denied(const Result<Answer>& answer) {
	return answer ? answer->status == 403 : answer.error().kind == ErrorKind::denied;
}

std::string sentence(const boost::json::object& alert) {
	const auto why = text_at(alert, "why");
	const auto step = text_at(alert, "step");
	const auto numbered = [&](std::string_view key) {
		const auto number = text_at(alert, key);
		return number.empty() ? "" : fmt::format(" ({} {})", key, number);
	};
	return fmt::format("{} {}: {}{}{}{}{}{}\n", text_at(alert, "kind"), text_at(alert, "address"),
	                   text_at(alert, "outcome"), step.empty() ? "" : " at step " + step, why.empty() ? "" : ", ",
	                   why, numbered("quarantine"), numbered("inbox"));
}

bool is_refused(const boost::json::value& alert) {
	return text_at(as_object(alert), "outcome") == "refused";
}

} // namespace

int alert(const Call& call) {
	const auto body = spelt(body_of(call.words));
	auto answer = call.api.call("POST", "/v1/alerts", body);
	if (is_denied(answer) && call.alert_api != nullptr) answer = call.alert_api->call("POST", "/v1/alerts", body);
	bool any_refused = false;
	const auto status = finish(call, answer, [&](const boost::json::object& reply) {
		for (const auto& value : array_at(reply, "alerts")) call.screen.out << sentence(as_object(value));
	});
	if (status == done) {
		const auto reply = read_body(answer->body);
		const auto& alerts = reply ? array_at(*reply, "alerts") : boost::json::array{};
		any_refused = std::any_of(alerts.begin(), alerts.end(), is_refused);
	}
	return any_refused ? failed : status;
}

} // namespace gate25::cli
