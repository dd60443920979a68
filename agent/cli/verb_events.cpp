// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"
#include "cli/verbs.h"
#include "cli/when.h"

#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {
namespace {

std::string line_of(const boost::json::object& event) {
	const auto subject = text_at(event, "subject");
	const auto text = text_at(event, "text");
	return fmt::format("{}  {:<12}{}{}{}{}\n", moment(text_at(event, "at")), text_at(event, "event"),
	                   subject.empty() ? "" : "  ", subject, text.empty() ? "" : "  ", text);
}

int follow(const Call& call) {
	const auto answer = call.api.stream("/v1/events?follow=1", [&](std::string_view event) {
		if (call.json) {
			print_json(call.screen, event);
		} else if (const auto body = read_body(event)) {
			call.screen.out << line_of(*body);
		}
		// Somebody watches: a line that waits in a buffer is no news. A closed pipe ends the stream.
		return bool(call.screen.out.flush());
	});
	if (!answer) return report(call, failure_of(answer.error()));
	if (const auto failure = failure_of(*answer)) return report(call, *failure);
	if (!call.screen.out) return failed;
	return report(call, failure_of({ErrorKind::unavailable, "the agent ended the stream", 0}));
}

} // namespace

int events(const Call& call) {
	if (call.words.has("follow")) return follow(call);
	return finish(call, call.api.call("GET", "/v1/events", ""), [&](const boost::json::object& answer) {
		for (const auto& event : array_at(answer, "events")) call.screen.out << line_of(as_object(event));
	});
}

} // namespace gate25::cli
