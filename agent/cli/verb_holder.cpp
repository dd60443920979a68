// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who held it: what an abuse report or an authority asks. One line, and below it what each source says.
#include "cli/assignment_view.h"
#include "cli/call.h"
#include "cli/request.h"
#include "cli/verbs.h"
#include "cli/when.h"

#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {
namespace {

using boost::json::object;

std::string place(const object& answer) {
	const auto port = text_at(answer, "port");
	return text_at(answer, "address") + (port.empty() ? "" : " port " + port);
}

// "since 2026-11-22 10:00:00 UTC", and of the past both ends.
std::string time_of(const object& holder) {
	const auto from = moment(text_at(holder, "from"));
	if (is_true_at(holder, "stands")) return "since " + from;
	return fmt::format("from {} to {}", from, moment(text_at(holder, "until")));
}

std::string sentence(const object& answer, bool is_past) {
	const auto& holder = object_at(answer, "holder");
	const auto when = is_past ? fmt::format(" at {}", moment(text_at(answer, "at"))) : "";
	const auto verb = is_past ? "was held" : "is held";
	if (!holder.empty())
		return fmt::format("{} {} by {}{}: {}, says {}.\n", place(answer), verb, text_at(holder, "subscriber"), when, time_of(holder),
		                   text_at(holder, "source"));
	if (!array_at(answer, "claims").empty() && text_at(answer, "port").empty())
		return fmt::format("{} {} by several{}: --port tells whom.\n", place(answer), verb, when);
	return fmt::format("Nobody is known who {} {}{}.\n", is_past ? "held" : "holds", place(answer), when);
}

} // namespace

int holder(const Call& call) {
	const auto& words = call.words;
	auto target = Target("/v1/subscribers").query("address", words.argument(0));
	if (const auto port = words.option("port")) target.query("port", *port);
	if (const auto at = words.option("at")) target.query("at", spelt_time(*at));
	const auto answer = call.api.call("GET", target.text(), "");
	const auto status = finish(call, answer, [&](const object& reply) {
		const auto& claims = array_at(reply, "claims");
		call.screen.out << sentence(reply, words.has("at"));
		if (!claims.empty())
			call.screen.out << '\n' << claims_table(call.screen, claims, !object_at(reply, "holder").empty(), call.now);
	});
	if (status != done) return status;
	const auto reply = read_body(answer->body);
	return reply && object_at(*reply, "holder").empty() ? not_found : done;
}

} // namespace gate25::cli
