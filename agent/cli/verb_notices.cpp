// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"
#include "cli/notice_view.h"
#include "cli/verbs.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {
namespace {

using boost::json::array;
using boost::json::object;

constexpr std::string_view most = "1000"; // the agent hands out no more at once

// The agent's answer, without those that are not waiting.
Result<Answer> only_waiting(Result<Answer> answer) {
	if (!answer || failure_of(*answer)) return answer;
	auto body = read_body(answer->body);
	if (!body) return answer;
	array waiting;
	for (const auto& notice : array_at(*body, "notices"))
		if (text_at(as_object(notice), "state") == "waiting") waiting.push_back(notice);
	(*body)["notices"] = std::move(waiting);
	return Answer{answer->status, boost::json::serialize(*body)};
}

void print(const Call& call, const array& notices) {
	if (notices.empty()) {
		call.screen.out << (call.words.has("waiting") ? "No notice waits.\n" : "Nobody was told anything.\n");
		return;
	}
	call.screen.out << notice_table(call.screen, notices);
}

} // namespace

int notices(const Call& call) {
	Target target("/v1/notices");
	const auto id = call.words.argument(0);
	const bool waiting = call.words.has("waiting");
	if (!id.empty()) target.query("subscriber", subscriber_id(id));
	if (waiting) target.query("limit", most);
	auto answer = call.api.call("GET", target.text(), "");
	if (waiting) answer = only_waiting(std::move(answer));
	return finish(call, answer, [&](const object& told) { print(call, array_at(told, "notices")); });
}

} // namespace gate25::cli
