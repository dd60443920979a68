// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reports that nobody could decide, by the API: the list, one of them, its bytes, and that a person has seen it.
#include "flow/api.h"
#include "wire/answers.h"

#include <fmt/format.h>

namespace gate25 {
namespace {

namespace json = boost::json;

Error not_there(const std::string& subject) {
	return {ErrorKind::not_found, "the inbox has no report " + subject};
}

} // namespace

void Api::inbox(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"state"}); !checked) return reply(refusal(checked.error()));
	const std::string text = query_value(request, "state");
	const auto state = text.empty() ? Result<HeldState>(HeldState::aside) : parse_held(text);
	if (!state) return reply(refusal(state.error()));
	ListAnswer list("reports");
	const auto& held = agent_.memory().inbox.held();
	for (auto one = held.rbegin(); one != held.rend(); ++one) // newest first
		if (text.empty() || one->second.state == *state) list.add(json_of(one->second));
	reply(list.finish());
}

// Also one that is closed.
void Api::show_report(const HttpRequest& request, const HttpReply& reply) {
	const auto number = decision_number(request.path.back());
	if (!number) return reply(refusal(not_there(request.path.back())));
	agent_.store().held_report(*number, [reply](const Result<HeldReport>& held) {
		if (!held) return reply(refusal(held.error()));
		json::object body;
		body["report"] = json_of(*held);
		reply(answer(200, std::move(body)));
	});
}

void Api::report_bytes(const HttpRequest& request, const HttpReply& reply) {
	const std::string& subject = request.path[request.path.size() - 2];
	const auto number = decision_number(subject);
	if (!number) return reply(refusal(not_there(subject)));
	agent_.store().held_report(*number, [reply](Result<HeldReport> held) {
		if (!held) return reply(refusal(held.error()));
		HttpResponse response;
		response.content_type = "application/octet-stream";
		response.body = std::move(held->bytes);
		reply(std::move(response));
	});
}

void Api::close_report(const HttpRequest& request, const HttpReply& reply) {
	if (auto checked = check_query(request, {"reason"}); !checked) return reply(refusal(checked.error()));
	const auto number = decision_number(request.path.back());
	if (!number) return reply(refusal(not_there(request.path.back())));
	agent_.change<HeldReport>(
		[number = *number, by = request.peer.user, reason = query_value(request, "reason")](Transaction& transaction, const Desk&) {
			return Desk::close_report(transaction, number, by, reason);
		},
		[this, reply, by = request.peer.user](const Result<HeldReport>& closed) {
			if (!closed) return reply(refusal(closed.error()));
			agent_.announce("inbox", closed->address ? closed->address->text() : "", fmt::format("report {} closed by {}", closed->id, by));
			json::object body;
			body["report"] = json_of(*closed);
			reply(answer(200, std::move(body)));
		});
}

} // namespace gate25
