// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who holds what, by the word of the desk or of a program of the provider: one, or a file of any size.
#include "cli/call.h"
#include "cli/import_file.h"
#include "cli/request.h"
#include "cli/verbs.h"
#include "cli/when.h"

#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {
namespace {

using boost::json::object;

Failure refused(std::string message) {
	return {usage, "usage", "assign: " + std::move(message), {}};
}

// What is asked for, or why it makes no sense.
std::optional<Failure> objection_to(const Words& words) {
	if (!words.has("file")) {
		if (words.argument(0).empty()) return refused("PREFIX and SUBSCRIBER are missing (or --file FILE)");
		if (words.argument(1).empty()) return refused("SUBSCRIBER is missing: who holds it?");
		return std::nullopt;
	}
	if (!words.argument(0).empty()) return refused("PREFIX and SUBSCRIBER, or --file, not both");
	for (const auto* option : {"ports", "from", "until"})
		if (words.has(option)) return refused(fmt::format("--{} belongs to one assignment; a file has a column for it", option));
	return std::nullopt;
}

std::string what_of(const object& told) {
	const auto ports = text_at(told, "ports");
	return text_at(told, "prefix") + (ports.empty() ? "" : " ports " + ports);
}

void print(const Screen& screen, const object& told) {
	const auto subscriber = text_at(told, "subscriber"), outcome = text_at(told, "outcome");
	const auto why = text_at(told, "why"), holder = text_at(told, "holder");
	const bool is_taken = outcome == "began" || outcome == "known";
	if (!is_taken) {
		screen.out << fmt::format("{}: {}{}.\n", what_of(told), outcome, why.empty() ? "" : ", " + why);
		return;
	}
	screen.out << fmt::format("{} {} {}{}.\n", subscriber, outcome == "began" ? "holds" : "held already", what_of(told),
	                          why.empty() ? "" : ": " + why);
	if (!holder.empty() && holder != subscriber)
		screen.out << fmt::format("{} is believed to hold it; \"gate25 holder {}\" tells who says so.\n", holder,
		                          text_at(told, "prefix").substr(0, text_at(told, "prefix").find('/')));
}

} // namespace

int assign(const Call& call) {
	const auto& words = call.words;
	if (const auto failure = objection_to(words)) return report(call, *failure);
	if (const auto file = words.option("file")) return import_file(call, assignment_import(), std::string(*file));
	object body{{"prefix", words.argument(0)}, {"subscriber", subscriber_id(words.argument(1))}};
	put_text(body, words, "ports");
	put_time(body, words, "from");
	put_time(body, words, "until");
	bool is_taken = true;
	const auto status = finish(call, call.api.call("POST", "/v1/assignments", spelt(body)), [&](const object& answer) {
		for (const auto& value : array_at(answer, "assignments")) {
			print(call.screen, as_object(value));
			const auto outcome = text_at(as_object(value), "outcome");
			is_taken = is_taken && outcome != "stale" && outcome != "refused";
		}
	});
	return status == done && !is_taken ? failed : status;
}

} // namespace gate25::cli
