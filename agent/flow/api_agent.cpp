// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the API does about the agent itself: ruleset, events, reload, remove.
#include "flow/api.h"
#include "wire/answers.h"
#include "wire/ruleset.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace gate25 {

namespace json = boost::json;

void Api::ruleset(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"state"}); !checked) return reply(refusal(checked.error()));
	std::vector<Standing> standings;
	if (query_value(request, "state") != "0")
		agent_.coverage().each_standing([&](const Standing& standing) { standings.push_back(standing); });
	HttpResponse response;
	response.content_type = "text/plain; charset=utf-8";
	response.body = standalone_text(agent_.enforcer().standalone_rules(), agent_.policy().config().network, standings, agent_.now());
	reply(std::move(response));
}

void Api::events(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"follow"}); !checked) return reply(refusal(checked.error()));
	if (query_value(request, "follow") == "1") {
		HttpResponse response;
		response.follow = [this](std::shared_ptr<EventClient> client) { agent_.events().follow(std::move(client)); };
		return reply(std::move(response));
	}
	json::array array;
	for (const Event& event : agent_.events().recent()) array.push_back(json::parse(event_json(event)));
	json::object body;
	body["events"] = std::move(array);
	reply(answer(200, std::move(body)));
}

void Api::reload(const HttpRequest& request, const HttpReply& reply) {
	const Agent::Reloaded reloaded = agent_.reload(request.peer.user);
	json::object body;
	if (!reloaded.errors.empty()) {
		body["error"] = json::object{{"code", "config_invalid"},
		                             {"message", "the configuration was not taken, the old one stays in force"}};
		body["errors"] = json::array(reloaded.errors.begin(), reloaded.errors.end());
		return reply(answer(400, std::move(body)));
	}
	body["generation"] = agent_.generation();
	body["changes"] = json::array(reloaded.changes.begin(), reloaded.changes.end());
	reply(answer(200, std::move(body)));
}

void Api::remove(const HttpRequest& request, const HttpReply& reply) {
	if (auto removed = agent_.enforcer().remove(); !removed) return reply(refusal(removed.error()));
	agent_.log(LogLevel::warning, "the table inet gate25 was removed by " + request.peer.user + ": nothing is enforced");
	agent_.announce("remove", "", "the table was removed by " + request.peer.user);
	reply(answer(200, json::object{{"removed", true}}));
}

} // namespace gate25
