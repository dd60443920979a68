// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/run.h"

#include "cli/call.h"
#include "cli/help.h"
#include "cli/mta.h"
#include "cli/verbs.h"
#include "cli/words.h"
#include "core/config.h"
#include "wire/version.h"

#include <algorithm>
#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {
namespace {

// Wherever it stands, also after the word that was wrong.
bool has(std::span<const std::string_view> line, std::string_view word) {
	return std::find(line.begin(), line.end(), word) != line.end();
}

int complain(std::span<const std::string_view> line, Screen& screen, const Usage& wrong) {
	const auto* verb = wrong.words.verb;
	const auto prefix = verb == nullptr ? "" : fmt::format("{}: ", verb->name);
	const auto status = report(screen, has(line, "--json"), {usage, "usage", prefix + wrong.error.text, {}});
	// The mail that a mail server hands over stays in its queue until the line is put right.
	if (has(line, "--mta")) return try_again;
	if (has(line, "--json")) return status;
	if (verb != nullptr) {
		screen.err << "Usage: " << synopsis(*verb) << '\n';
	} else {
		screen.err << (line.empty() ? "\n" + help_text() : "\"gate25 help\" lists the verbs.\n");
	}
	return status;
}

int run_verb(const Words& words, Screen& screen, const Setup& setup) {
	const AgentSettings defaults;
	auto given = words.option("socket");
	if (!given && setup.socket_in_environment) given = *setup.socket_in_environment;
	const auto api = setup.connect(std::string(given.value_or(defaults.control_socket)));
	const auto alert_api = given ? nullptr : setup.connect(defaults.alert_socket);
	const Call call{words, *api, screen, words.has("json"), alert_api.get(), setup.now};
	const auto status = words.verb->run(call);
	// A full disk under a redirected output would otherwise pass for success.
	if (!screen.out.flush() && status == done)
		return report(screen, false, {failed, "storage", "cannot write the output", {}});
	return status;
}

} // namespace

int run(std::span<const std::string_view> line, Screen& screen, const Setup& setup) {
	const auto words = read_words(line);
	if (!words) return complain(line, screen, words.error());
	if (words->has("no-color")) screen.is_colored = false;
	if (words->has("version")) {
		screen.out << fmt::format("gate25 {}\n", version_text);
		return done;
	}
	if (words->has("help")) {
		screen.out << (words->verb == nullptr ? help_text() : help_text(*words->verb));
		return done;
	}
	return run_verb(*words, screen, setup);
}

} // namespace gate25::cli
