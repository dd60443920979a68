// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a verb gets, and how it ends: the exit statuses of gate25(1) stand here.
#pragma once

#include "cli/api.h"
#include "cli/body.h"
#include "cli/screen.h"
#include "cli/target.h"
#include "cli/words.h"
#include "core/time.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gate25::cli {

enum Exit : int { done = 0, failed = 1, usage = 2, not_reachable = 3, not_found = 4, config_invalid = 5 };

struct Call {
	const Words& words;
	Api& api;
	Screen& screen;
	bool json = false;
	// The alert socket, for a user who may not open the control socket; none when --socket was given.
	Api* alert_api = nullptr;
	UnixTime now{}; // when it began
};

// Why a verb did not do what it was asked for.
struct Failure {
	Exit exit = failed;
	std::string code; // as in the API, and "usage", "unavailable"
	std::string message;
	std::vector<std::string> details; // errors of a configuration, FILE:LINE:COLUMN: ...
};
Failure failure_of(const Error& error);
// No value: the answer is one of 2xx.
std::optional<Failure> failure_of(const Answer& answer);

// To `err` as "gate25: MESSAGE"; with --json to `out` as {"schema":1,"error":{...}}. Returns the exit status.
int report(Screen& screen, bool json, const Failure& failure);
inline int report(const Call& call, const Failure& failure) {
	return report(call.screen, call.json, failure);
}

// The usual end of a verb: a failure is reported, with --json the body is printed as it came, otherwise
// `render` shows it.
using Render = std::function<void(const boost::json::object& body)>;
int finish(const Call& call, const Result<Answer>& answer, const Render& render);

// A JSON text and a newline, escaped where the terminal would act on it.
void print_json(Screen& screen, std::string_view json);

} // namespace gate25::cli
