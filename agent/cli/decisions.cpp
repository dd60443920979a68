// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/decisions.h"

#include "cli/body.h"
#include "cli/table.h"
#include "cli/when.h"

#include <algorithm>
#include <fmt/format.h>
#include <ostream>
#include <vector>

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

bool has_subscriber(const json::array& decisions) {
	return std::any_of(decisions.begin(), decisions.end(),
	                   [](const json::value& d) { return !text_at(as_object(d), "subscriber").empty(); });
}

// ID, who, and the prefix; whose column it is only where somebody has a name.
std::vector<Column> columns(bool with_names, std::vector<Column> more) {
	std::vector<Column> all{{"ID", 4, 0, true}};
	if (with_names) all.push_back({"SUBSCRIBER", 0, 12});
	all.push_back({"PREFIX"});
	all.insert(all.end(), more.begin(), more.end());
	return all;
}

// "100.64.1.2 +1": one of those that he holds, and how many more; "-": he holds none.
std::string prefix_text(const json::object& decision) {
	const auto more = array_at(decision, "prefixes").size();
	auto text = text_at(decision, "prefix");
	if (text.empty()) text = "-";
	return more > 1 ? fmt::format("{} +{}", text, more - 1) : text;
}

std::vector<Cell> first_cells(const json::object& decision, bool with_names) {
	std::vector<Cell> cells{text_at(decision, "id")};
	if (with_names) cells.emplace_back(text_at(decision, "subscriber"));
	cells.emplace_back(prefix_text(decision));
	return cells;
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
	const bool with_names = has_subscriber(quarantines);
	Table table(columns(with_names, {{"LEVEL"}, {"ENDS"}, {"FROM", 6}, {"BY", 5, 8}, {"TICKET", 3, 8}, {"REASON", 2, 16}}));
	for (const auto& value : quarantines) {
		const auto& q = as_object(value);
		const auto level = text_at(q, "level");
		const bool is_dim = has_ended(q) || is_monitored(q);
		auto row = first_cells(q, with_names);
		row.insert(row.end(),
		           {Cell(level + (is_monitored(q) ? " (monitor)" : ""), is_dim ? Color::dim : color_of_level(level)), ends(q),
		            moment(text_at(q, "from")), text_at(q, "by"), text_at(q, "ticket"), why(q)});
		table.add(std::move(row));
	}
	return table.text(screen);
}

std::string exemption_table(const Screen& screen, const json::array& exemptions) {
	const bool with_names = has_subscriber(exemptions);
	Table table(columns(with_names, {{"ENDS"}, {"FROM", 6}, {"BY", 5, 8}, {"OWNER", 3, 8}, {"REASON", 2, 16}}));
	for (const auto& value : exemptions) {
		const auto& e = as_object(value);
		auto row = first_cells(e, with_names);
		row.insert(row.end(), {ends(e), moment(text_at(e, "from")), text_at(e, "by"), text_at(e, "owner"), why(e)});
		table.add(std::move(row));
	}
	return table.text(screen);
}

std::string subject_of(const json::object& decision) {
	const auto subscriber = text_at(decision, "subscriber");
	return subscriber.empty() ? text_at(decision, "prefix") : subscriber;
}

std::string holding(const json::object& decision) {
	if (text_at(decision, "subscriber").empty()) return "";
	const auto& prefixes = array_at(decision, "prefixes");
	std::string text;
	for (std::size_t i = 0; i < prefixes.size(); ++i) {
		if (i > 0) text += i + 1 == prefixes.size() ? " and " : ", ";
		text += as_text(prefixes[i]);
	}
	return text.empty() ? "no address now" : text;
}

std::string named(const json::object& decision) {
	return fmt::format("{} (id {})", subject_of(decision), text_at(decision, "id"));
}

void print_holding(const Screen& screen, const json::object& decision) {
	const auto text = holding(decision);
	if (!text.empty()) screen.out << fmt::format("He holds {}; it goes with him to any other.\n", text);
}

std::string term(const json::object& decision) {
	const auto seconds = number_at(decision, "seconds_left");
	if (!seconds) return "until released";
	return fmt::format("for {}, until {}", span_text(*seconds), moment(text_at(decision, "until")));
}

} // namespace gate25::cli
