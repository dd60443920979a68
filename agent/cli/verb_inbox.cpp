// SPDX-License-Identifier: GPL-2.0-or-later
//
// The abuse desk's pile: what nobody could decide. A list, one of them, or what to do with some.
#include "cli/call.h"
#include "cli/held_view.h"
#include "cli/sent_view.h"
#include "cli/text.h"
#include "cli/verbs.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <ostream>

namespace json = boost::json;

namespace gate25::cli {
namespace {

Failure wrong(std::string message) {
	return {usage, "usage", "inbox: " + std::move(message), {}};
}

int list_held(const Call& call) {
	Target target("/v1/inbox");
	if (const auto state = call.words.option("state")) target.query("state", *state);
	return finish(call, call.api.call("GET", target.text(), ""), [&](const json::object& answer) {
		const auto& reports = array_at(answer, "reports");
		if (reports.empty()) {
			call.screen.out << "Nothing waits.\n";
			return;
		}
		call.screen.out << held_table(call.screen, reports, call.now);
		if (!call.screen.out_is_terminal) return;
		const auto waiting = std::count_if(reports.begin(), reports.end(), [](const json::value& report) {
			return text_at(as_object(report), "state") == "waiting";
		});
		call.screen.out << fmt::format("{} for a person",
		                               counted(reports.size() - static_cast<std::size_t>(waiting), "report"));
		call.screen.out << (waiting > 0 ? fmt::format(", {} for a key.\n",
		                                              grouped(static_cast<unsigned long long>(waiting)))
		                                : ".\n");
	});
}

Target bytes_of(const std::string& id) {
	return std::move(Target("/v1/inbox").part(id).part("bytes"));
}

int show_held(const Call& call, const std::string& id) {
	const auto answer = call.api.call("GET", Target("/v1/inbox").part(id).text(), "");
	if (call.json || !answer || failure_of(*answer)) return finish(call, answer, [](const json::object&) {});
	const auto bytes = call.api.call("GET", bytes_of(id).text(), "");
	return finish(call, answer, [&](const json::object& body) {
		call.screen.out << held_facts(call.screen, object_at(body, "report"), call.now) << '\n';
		if (bytes && !failure_of(*bytes))
			call.screen.out << held_text_of(call.screen, bytes->body, id);
		else
			call.screen.out << "Its text could not be had; try again.\n";
	});
}

// A stranger's bytes would steer the terminal.
int raw(const Call& call, const std::string& id) {
	if (call.screen.out_is_terminal)
		return report(call, wrong(fmt::format("--raw is what a stranger wrote, and not for a terminal: "
		                                      "\"gate25 inbox {0} --raw > FILE\"; \"gate25 inbox {0}\" shows it",
		                                      id)));
	const auto answer = call.api.call("GET", bytes_of(id).text(), "");
	if (!answer) return report(call, failure_of(answer.error()));
	if (const auto failure = failure_of(*answer)) return report(call, *failure);
	call.screen.out << answer->body;
	return done;
}

bool ends_all(const Failure& failure) {
	return failure.exit == not_reachable || failure.code == "denied" || failure.code == "storage";
}

// Each of the reports is asked for in turn. One that is not there any more hinders no other.
template <class Ask, class Use> std::optional<Failure> for_each_id(const Call& call, Ask ask, Use use) {
	std::optional<Failure> first;
	for (const auto& id : call.words.arguments) {
		const Result<Answer> answer = ask(id);
		auto failure = answer ? failure_of(*answer) : failure_of(answer.error());
		const auto body = failure ? Result<json::object>() : read_body(answer->body);
		if (!body) failure = failure_of(body.error());
		if (!failure) use(id, *body);
		if (!failure) continue;
		if (!call.json) report(call, *failure);
		if (!first) first = failure;
		if (ends_all(*failure)) break;
	}
	return first;
}

int close(const Call& call) {
	const auto ask = [&](const std::string& id) {
		auto target = Target("/v1/inbox").part(id);
		if (const auto reason = call.words.option("reason")) target.query("reason", *reason);
		return call.api.call("DELETE", target.text(), "");
	};
	json::array closed;
	const auto failure = for_each_id(call, ask, [&](const std::string& id, const json::object& body) {
		if (call.json)
			closed.push_back(object_at(body, "report"));
		else
			call.screen.out << fmt::format("Report {} is closed.\n", id);
	});
	if (call.json) {
		json::object body{{"schema", 1}, {"closed", closed}};
		if (failure) body["error"] = {{"code", failure->code}, {"message", failure->message}};
		print_json(call.screen, json::serialize(body));
	}
	return failure ? failure->exit : done;
}

int again(const Call& call) {
	SentView view(call);
	const auto ask = [&](const std::string& id) {
		return call.api.call("POST", Target("/v1/inbox").part(id).text(), "");
	};
	const auto failure = for_each_id(call, ask, [&](const std::string& id, const json::object& body) {
		for (const auto& value : array_at(body, "reports")) view.add("inbox " + id, 1, as_object(value));
	});
	const auto status = view.end(failure);
	return failure ? failure->exit : status;
}

} // namespace

int inbox(const Call& call) {
	const auto& words = call.words;
	const auto& ids = words.arguments;
	const auto actions = words.has("raw") + words.has("close") + words.has("again");
	if (actions > 1) return report(call, wrong("--raw, --close and --again exclude each other"));
	if (words.has("reason") && !words.has("close")) return report(call, wrong("--reason goes with --close"));
	if (words.has("state") && !ids.empty()) return report(call, wrong("--state is for the list"));
	if (actions > 0 && ids.empty())
		return report(call, wrong("which reports? \"gate25 inbox\" shows their numbers"));
	if (words.has("raw") && call.json) return report(call, wrong("--raw is no JSON"));
	if (words.has("close")) return close(call);
	if (words.has("again")) return again(call);
	if (ids.empty()) return list_held(call);
	if (ids.size() > 1) return report(call, wrong("one report at a time, except with --close and --again"));
	return words.has("raw") ? raw(call, ids.front()) : show_held(call, ids.front());
}

} // namespace gate25::cli
