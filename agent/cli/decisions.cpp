// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/decisions.h"

#include "cli/body.h"
#include "cli/table.h"
#include "cli/when.h"

#include <fmt/format.h>

namespace json = boost::json;

namespace gate25::cli {
namespace {

std::string why(const json::object& decision) {
	const auto ended_by = text_at(decision, "ended_by");
	if (ended_by.empty()) return text_at(decision, "reason");
	const auto ended_reason = text_at(decision, "ended_reason");
	return fmt::format("{} [ended by {}{}{}]", text_at(decision, "reason"), ended_by,
	                   ended_reason.empty() ? "" : ": ", ended_reason);
}

Cell ends(const json::object& decision) {
	const auto ended = text_at(decision, "ended");
	if (!ended.empty()) return {"ended " + moment(ended), Color::dim};
	return {left_text(number_at(decision, "seconds_left"))};
}

bool has_ended(const json::object& decision) {
	return !text_at(decision, "ended").empty();
}

} // namespace

Color color_of_level(std::string_view level) {
	if (level == "mail" || level == "garden") return Color::red;
	return level == "port25" || level == "limit" ? Color::yellow : Color::none;
}

bool is_monitored(const json::object& quarantine) {
	return text_at(quarantine, "mode") == "monitor";
}

std::string quarantine_table(const Screen& screen, const json::array& quarantines) {
	Table table({{"ID", 4, 0, true},
	             {"PREFIX"},
	             {"LEVEL"},
	             {"ENDS"},
	             {"FROM", 6},
	             {"BY", 5, 8},
	             {"TICKET", 3, 8},
	             {"REASON", 2, 16}});
	for (const auto& value : quarantines) {
		const auto& q = as_object(value);
		const auto level = text_at(q, "level");
		const bool is_dim = has_ended(q) || is_monitored(q);
		table.add({text_at(q, "id"), text_at(q, "prefix"),
		           Cell(level + (is_monitored(q) ? " (monitor)" : ""), is_dim ? Color::dim : color_of_level(level)),
		           ends(q), moment(text_at(q, "from")), text_at(q, "by"), text_at(q, "ticket"), why(q)});
	}
	return table.text(screen);
}

std::string exemption_table(const Screen& screen, const json::array& exemptions) {
	Table table(
	    {{"ID", 4, 0, true}, {"PREFIX"}, {"ENDS"}, {"FROM", 6}, {"BY", 5, 8}, {"OWNER", 3, 8}, {"REASON", 2, 16}});
	for (const auto& value : exemptions) {
		const auto& e = as_object(value);
		table.add({text_at(e, "id"), text_at(e, "prefix"), ends(e), moment(text_at(e, "from")), text_at(e, "by"),
		           text_at(e, "owner"), why(e)});
	}
	return table.text(screen);
}

std::string named(const json::object& decision) {
	return fmt::format("{} (id {})", text_at(decision, "prefix"), text_at(decision, "id"));
}

std::string term(const json::object& decision) {
	const auto seconds = number_at(decision, "seconds_left");
	if (!seconds) return "until released";
	return fmt::format("for {}, until {}", span_text(*seconds), moment(text_at(decision, "until")));
}

} // namespace gate25::cli
