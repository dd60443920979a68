// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/assignment_view.h"
#include "cli/call.h"
#include "cli/table.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "cli/when.h"

#include <array>
#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {
namespace {

using boost::json::array;
using boost::json::object;

constexpr std::array troubles{"conflicts", "stale", "outside", "uncovered", "forged", "malformed", "repeated", "odd_times"};

Cell heard(const object& source, UnixTime now) {
	const auto ago = ago_text(text_at(source, "heard"), now);
	if (is_true_at(source, "silent")) return {(ago.empty() ? "never" : ago) + ", SILENT", Color::red};
	return {ago.empty() ? "never" : ago, ago.empty() ? Color::yellow : Color::none};
}

// On a terminal only those that are there, so that they stand out.
std::string trouble(const Screen& screen, const object& source, std::string_view key) {
	const auto number = count_at(source, key);
	return number == 0 && screen.out_is_terminal ? "" : grouped(number);
}

std::string table_of(const Screen& screen, const array& sources, UnixTime now) {
	Table table({{"SOURCE"}, {"KIND", 9}, {"HEARD"}, {"ASSIGNMENTS", 0, 0, true}, {"CONFLICTS", 1, 0, true}, {"STALE", 2, 0, true},
	             {"OUTSIDE", 3, 0, true}, {"UNCOVERED", 4, 0, true}, {"FORGED", 5, 0, true}, {"MALFORMED", 6, 0, true},
	             {"REPEATED", 7, 0, true}, {"ODD TIMES", 8, 0, true}});
	for (const auto& value : sources) {
		const auto& source = as_object(value);
		std::vector<Cell> row{text_at(source, "name"), text_at(source, "kind"), heard(source, now),
		                      grouped(count_at(source, "assignments"))};
		for (const auto* key : troubles) row.emplace_back(trouble(screen, source, key));
		table.add(std::move(row));
	}
	return table.text(screen);
}

void complaints(const Screen& screen, const array& sources) {
	for (const auto& value : sources) {
		const auto& source = as_object(value);
		const auto name = text_at(source, "name"), problem = text_at(source, "problem"), since = text_at(source, "heard");
		if (is_true_at(source, "silent"))
			screen.out << screen.paint(Color::red, fmt::format("{} is silent{}.", name, since.empty() ? "" : " since " + moment(since)))
			           << " What it said stands and ages; no quarantine ends by that.\n";
		if (!problem.empty()) screen.out << screen.paint(Color::red, fmt::format("{}: {}", name, problem)) << '\n';
	}
}

void record(const Screen& screen, const object& answer) {
	const auto& file = object_at(answer, "file");
	const auto oldest = text_at(file, "oldest");
	screen.out << fmt::format("{} of {} stand", counted(count_at(answer, "assignments"), "assignment"),
	                          counted(count_at(answer, "subscribers"), "subscriber"))
	           << (oldest.empty() ? "" : fmt::format("; the record begins {}", moment(oldest))) << ".\n";
	for (const auto& text : {text_at(answer, "problem"), text_at(file, "problem"), text_at(file, "warning")})
		if (!text.empty()) screen.out << screen.paint(Color::red, text) << '\n';
}

} // namespace

int sources(const Call& call) {
	return finish(call, call.api.call("GET", "/v1/sources", ""), [&](const object& answer) {
		const auto& all = array_at(answer, "sources");
		if (all.empty()) {
			call.screen.out << "There is no source: an address stands for itself. gate25-subscribers(7) tells how to connect one.\n";
			return;
		}
		call.screen.out << table_of(call.screen, all, call.now) << '\n';
		complaints(call.screen, all);
		record(call.screen, answer);
	});
}

} // namespace gate25::cli
