// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/assignment_view.h"

#include "cli/body.h"
#include "cli/table.h"
#include "cli/when.h"

#include <fmt/format.h>

namespace gate25::cli {
namespace {

using boost::json::array;
using boost::json::object;

Cell confirmed(const object& assignment, UnixTime now) {
	const auto ago = ago_text(text_at(assignment, "seen"), now);
	if (!is_true_at(assignment, "aged")) return {ago};
	return {ago + ", aged", Color::yellow};
}

// A lease's end is a promise, not an end.
std::string until(const object& assignment) {
	return is_true_at(assignment, "stands") ? "still" : moment(text_at(assignment, "until"));
}

// At a length without decisions it only tells who he is.
std::string shown_place(const object& assignment) {
	const bool is_idle = is_true_at(assignment, "stands") && !is_true_at(assignment, "enforced") && text_at(assignment, "ports").empty();
	return held_at(assignment) + (is_idle ? " (not enforced)" : "");
}

} // namespace

std::string ago_text(std::string_view rfc3339, UnixTime now) {
	const auto time = parse_time(rfc3339);
	if (!time) return "";
	return span_text((now - *time).count()) + " ago";
}

std::string held_at(const object& assignment) {
	const auto ports = text_at(assignment, "ports");
	return text_at(assignment, "prefix") + (ports.empty() ? "" : " ports " + ports);
}

std::string holdings_table(const Screen& screen, const array& assignments, UnixTime now) {
	Table table({{"HOLDS"}, {"SINCE", 1}, {"CONFIRMED"}, {"BY", 2}});
	for (const auto& value : assignments) {
		const auto& one = as_object(value);
		table.add({shown_place(one), moment(text_at(one, "from")), confirmed(one, now), text_at(one, "source")});
	}
	return table.text(screen);
}

std::string claims_table(const Screen& screen, const array& assignments, bool is_first_believed, UnixTime now) {
	Table table({{""}, {"SUBSCRIBER", 0, 8}, {"HELD"}, {"FROM"}, {"UNTIL"}, {"CONFIRMED", 2}, {"SAYS", 1}});
	bool is_believed = is_first_believed;
	for (const auto& value : assignments) {
		const auto& one = as_object(value);
		table.add({std::string(is_believed ? ">" : ""), text_at(one, "subscriber"), shown_place(one), moment(text_at(one, "from")), until(one),
		           confirmed(one, now), text_at(one, "source")});
		is_believed = false;
	}
	return table.text(screen);
}

} // namespace gate25::cli
