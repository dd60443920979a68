// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"

#include "cli/text.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <ostream>

namespace json = boost::json;

namespace gate25::cli {
namespace {

struct Meaning {
	std::string_view code;
	Exit exit;
};

Meaning meaning_of(ErrorKind kind) {
	switch (kind) {
	case ErrorKind::bad_input:
		return {"bad_input", failed};
	case ErrorKind::denied:
		return {"denied", failed};
	case ErrorKind::not_found:
		return {"not_found", not_found};
	case ErrorKind::conflict:
		return {"conflict", failed};
	case ErrorKind::busy:
		return {"busy", failed};
	case ErrorKind::storage:
		return {"storage", failed};
	case ErrorKind::kernel:
		return {"kernel", failed};
	case ErrorKind::unavailable:
		return {"unavailable", not_reachable};
	}
	return {"bad_input", failed};
}

Exit exit_of(unsigned status, std::string_view code) {
	if (code == "config_invalid") return config_invalid;
	return status == 404 ? not_found : failed;
}

// The errors stand beside the error or inside of it.
const json::array& config_errors(const json::object& body) {
	const auto& inside = array_at(object_at(body, "error"), "errors");
	return inside.empty() ? array_at(body, "errors") : inside;
}

// A look is enough: a list may have hundreds of megabytes, and what prints it need not parse it.
bool is_object(std::string_view text) {
	return text.starts_with('{');
}

} // namespace

Failure failure_of(const Error& error) {
	const auto meaning = meaning_of(error.kind);
	return {meaning.exit, std::string(meaning.code), error.text, {}};
}

std::optional<Failure> failure_of(const Answer& answer) {
	if (answer.status >= 200 && answer.status <= 299) return std::nullopt;
	const auto body = read_body(answer.body).value_or(json::object{});
	const auto& error = object_at(body, "error");
	Failure failure{
	    exit_of(answer.status, text_at(error, "code")), text_at(error, "code"), text_at(error, "message"), {}};
	if (failure.code.empty()) failure.code = "refused";
	if (failure.message.empty())
		failure.message = fmt::format("the agent answered with HTTP status {}", answer.status);
	for (const auto& line : config_errors(body)) failure.details.push_back(as_text(line));
	return failure;
}

void print_json(Screen& screen, std::string_view text) {
	while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
	if (screen.out_is_terminal) {
		screen.out << clean_json(text) << '\n';
	} else {
		screen.out << text << '\n';
	}
}

int report(Screen& screen, bool as_json, const Failure& failure) {
	if (as_json) {
		json::object body{{"schema", 1}, {"error", {{"code", failure.code}, {"message", failure.message}}}};
		if (!failure.details.empty()) body["errors"] = json::array(failure.details.begin(), failure.details.end());
		print_json(screen, json::serialize(body));
		return failure.exit;
	}
	screen.err << fmt::format("gate25: {}\n", failure.message);
	for (const auto& line : failure.details) screen.err << line << '\n';
	return failure.exit;
}

int finish(const Call& call, const Result<Answer>& answer, const Render& render) {
	if (!answer) return report(call, failure_of(answer.error()));
	const auto failure = failure_of(*answer);
	if (call.json && is_object(answer->body)) {
		print_json(call.screen, answer->body);
		return failure ? failure->exit : done;
	}
	if (failure) return report(call, *failure);
	const auto body = read_body(answer->body);
	if (!body) return report(call, failure_of(body.error()));
	render(*body);
	return done;
}

} // namespace gate25::cli
