// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/notice_view.h"

#include "cli/body.h"
#include "cli/table.h"
#include "cli/text.h"
#include "cli/when.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace gate25::cli {
namespace {

using boost::json::object;

// What happened, as the subscriber was told it.
std::string event(std::string_view kind) {
	struct Words {
		std::string_view kind, words;
	};
	constexpr std::array known{Words{"quarantined", "quarantine"}, Words{"changed", "quarantine changed"},
	                           Words{"digest", "further alerts"}, Words{"released", "out again"},
	                           Words{"misbehaving", "it goes on"}};
	const auto* found = std::find_if(known.begin(), known.end(), [kind](const Words& w) { return w.kind == kind; });
	return std::string(found == known.end() ? kind : found->words);
}

std::string whom(const object& notice) {
	const auto subscriber = text_at(notice, "subscriber");
	return subscriber.empty() ? text_at(notice, "prefix") : subscriber;
}

Color color_of(std::string_view state) {
	if (state == "given-up") return Color::red;
	return state == "waiting" ? Color::yellow : Color::none;
}

} // namespace

std::string notice_state(const object& notice) {
	const auto state = text_at(notice, "state"), ended = text_at(notice, "ended");
	const auto tries = number_at(notice, "tries").value_or(0);
	if (state == "sent") return "sent " + moment(ended);
	if (state == "given-up") return "given up " + moment(ended);
	if (state != "waiting" || tries <= 0) return state == "waiting" ? "waits" : state;
	return fmt::format("waits, after {} {}", tries, tries == 1 ? "try" : "tries");
}

std::string notice_way(const object& notice) {
	const auto channel = text_at(notice, "channel"), to = text_at(notice, "to");
	if (channel == "mail") return to.empty() ? "by mail" : "by mail to " + to;
	return "to the hook " + channel;
}

std::string notice_table(const Screen& screen, const boost::json::array& notices) {
	const bool with_names =
	    std::any_of(notices.begin(), notices.end(), [](const auto& n) { return !whom(as_object(n)).empty(); });
	std::vector<Column> columns{{"MADE", 3}};
	if (with_names) columns.push_back({"SUBSCRIBER", 0, 8});
	for (const auto& column : {Column{"ABOUT"}, Column{"HOW", 2, 16}, Column{"STATE"}, Column{"CODE", 4}, Column{"PROBLEM", 1, 16}})
		columns.push_back(column);
	Table table(std::move(columns));
	for (const auto& value : notices) {
		const auto& notice = as_object(value);
		std::vector<Cell> row{moment(text_at(notice, "made"))};
		if (with_names) row.emplace_back(whom(notice));
		row.insert(row.end(), {event(text_at(notice, "kind")), notice_way(notice),
		                       Cell(notice_state(notice), color_of(text_at(notice, "state"))), text_at(notice, "code"),
		                       text_at(notice, "state") == "sent" ? "" : text_at(notice, "problem")});
		table.add(std::move(row));
	}
	return table.text(screen);
}

} // namespace gate25::cli
