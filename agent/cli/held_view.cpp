// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/held_view.h"

#include "cli/body.h"
#include "cli/table.h"
#include "cli/text.h"
#include "cli/when.h"

#include <algorithm>
#include <fmt/format.h>

namespace json = boost::json;

namespace gate25::cli {
namespace {

constexpr std::size_t most_lines = 60;     // on a terminal: two screens
constexpr std::size_t longest_line = 1000; // base64 in one line is no reading

std::string age_text(const json::object& report, UnixTime now) {
	const auto received = parse_time(text_at(report, "received"));
	return received ? span_text((now - *received).count()) : "";
}

Color color_of(std::string_view state) {
	return state == "aside" ? Color::yellow : Color::dim;
}

std::string why(const json::object& report) {
	const auto key = text_at(report, "key");
	return key.empty() ? text_at(report, "why") : fmt::format("{} [key {}]", text_at(report, "why"), key);
}

std::string fact(const Screen& screen, std::string_view label, const std::string& value) {
	if (value.empty()) return "";
	const std::size_t room = screen.table_width() > 20 ? screen.table_width() - 12 : 0;
	return fmt::format("  {:<10}{}\n", label, wrapped(value, room, 12));
}

std::string ended(const json::object& report) {
	const auto at = text_at(report, "ended");
	if (at.empty()) return "";
	const auto reason = text_at(report, "ended_reason");
	return fmt::format("{} by {}{}{}", moment(at), text_at(report, "ended_by"), reason.empty() ? "" : ": ", reason);
}

std::string_view cut_line(std::string_view& rest) {
	const auto end = rest.find('\n');
	auto line = rest.substr(0, end);
	rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
	if (line.ends_with('\r')) line.remove_suffix(1);
	return line;
}

// A tab is harmless, and mails are full of them.
std::string harmless(std::string_view line) {
	std::string text(line);
	std::replace(text.begin(), text.end(), '\t', ' ');
	return clean(text);
}

} // namespace

std::string held_table(const Screen& screen, const json::array& reports, UnixTime now) {
	Table table(
	    {{"ID", 0, 0, true}, {"AGE", 2}, {"STATE"}, {"FORMAT", 5}, {"ADDRESS", 3}, {"BY", 4, 8}, {"WHY", 1, 16}});
	for (const auto& value : reports) {
		const auto& report = as_object(value);
		const auto state = text_at(report, "state");
		table.add({text_at(report, "id"), age_text(report, now), Cell(state, color_of(state)),
		           text_at(report, "format"), text_at(report, "address"), text_at(report, "by"), why(report)});
	}
	return table.text(screen);
}

std::string held_facts(const Screen& screen, const json::object& report, UnixTime now) {
	const auto state = text_at(report, "state");
	const auto step = text_at(report, "step");
	auto text = fmt::format("Report {}: {}\n", text_at(report, "id"), screen.paint(color_of(state), state));
	text += fact(screen, "why", why(report) + (step.empty() ? "" : fmt::format(" (step {})", step)));
	text += fact(screen, "received",
	             fmt::format("{} ({} ago)", moment(text_at(report, "received")), age_text(report, now)));
	text += fact(screen, "by", text_at(report, "by"));
	text += fact(screen, "format", text_at(report, "format"));
	text += fact(screen, "address", text_at(report, "address"));
	text += fact(screen, "size",
	             counted(static_cast<unsigned long long>(number_at(report, "size").value_or(0)), "byte"));
	return text + fact(screen, "closed", ended(report));
}

std::string held_text_of(const Screen& screen, std::string_view bytes, std::string_view id) {
	std::string text;
	std::size_t lines = 0;
	while (!bytes.empty() && (!screen.out_is_terminal || lines < most_lines)) {
		const auto line = cut_line(bytes);
		const bool is_cut = screen.out_is_terminal && line.size() > longest_line;
		text += harmless(is_cut ? line.substr(0, longest_line) : line);
		text += fmt::format("{}\n", is_cut ? screen.ellipsis : "");
		++lines;
	}
	if (bytes.empty()) return text;
	const auto left =
	    static_cast<unsigned long long>(std::count(bytes.begin(), bytes.end(), '\n')) + !bytes.ends_with('\n');
	return text +
	       screen.paint(Color::dim, fmt::format("{} more; \"gate25 inbox {} | less\" shows all of it",
	                                            counted(left, "line"), id)) +
	       '\n';
}

} // namespace gate25::cli
