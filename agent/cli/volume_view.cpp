// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/volume_view.h"

#include "cli/body.h"
#include "cli/table.h"
#include "cli/text.h"
#include "cli/when.h"

#include <algorithm>
#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {
namespace {

using boost::json::array;
using boost::json::object;

double share_at(const object& of, std::string_view key) {
	const auto* value = of.if_contains(key);
	boost::system::error_code error;
	const auto number = value == nullptr ? 0.0 : value->to_number<double>(error);
	return error ? 0.0 : number;
}

// 0.001 -> "0.1 %", and 0.00004 -> "0.004 %": two digits, so that few never look like none.
std::string percent(double share) {
	const double number = share * 100;
	return number >= 10 || number == 0 ? fmt::format("{:.4g} %", number) : fmt::format("{:.2g} %", number);
}

std::string who(const object& one) {
	const auto user = text_at(one, "user");
	return user.empty() ? text_at(one, "subscriber") : user;
}

// "~120": it stands for about so many.
std::string value_text(const object& value) {
	return (is_true_at(value, "is_estimated") ? "~" : "") + grouped(count_at(value, "value"));
}

std::string period_text(const object& answer) {
	return fmt::format("{} to {}", moment(text_at(answer, "from")), moment(text_at(answer, "to")));
}

std::string match_text(const object& limit) {
	std::string text;
	for (const auto& prefix : array_at(limit, "match")) text += (text.empty() ? "" : ", ") + as_text(prefix);
	return text.empty() ? "everybody" : text;
}

void print_values(const Screen& screen, const object& answer) {
	Table table({{"COUNTED"}, {"MINUTE", 0, 0, true}, {"HOUR", 0, 0, true}, {"DAY", 0, 0, true}, {"LAST", 1}});
	bool is_estimated = false;
	for (const auto& value : array_at(answer, "values")) {
		const auto& one = as_object(value);
		const auto last = text_at(one, "last");
		std::vector<Cell> row{text_at(one, "quantity")};
		for (const auto* window : {"minute", "hour", "day"}) {
			row.emplace_back(value_text(object_at(one, window)));
			is_estimated |= is_true_at(object_at(one, window), "is_estimated");
		}
		row.emplace_back(last.empty() ? "" : moment(last));
		table.add(std::move(row));
	}
	screen.out << '\n' << table.text(screen);
	if (is_estimated) screen.out << "~ is an estimate: some destinations stand for all.\n";
}

// How near he is, and what happens at the end.
void print_limits(const Screen& screen, const object& answer) {
	Table table({{"LIMIT"}, {"NOW", 0, 0, true}, {"SHARE", 0, 0, true}, {"THEN"}, {"MODE"}});
	for (const auto& value : array_at(answer, "limits")) {
		const auto& limit = as_object(value);
		const auto most = count_at(limit, "most"), now = count_at(limit, "value");
		const double share = most == 0 ? 0 : static_cast<double>(now) / static_cast<double>(most);
		const Color color = now >= most ? Color::red : share >= 0.8 ? Color::yellow : Color::none;
		table.add({text_at(limit, "limit"), value_text(limit), {fmt::format("{:.0f} %", share * 100), color}, text_at(limit, "then"),
		           text_at(limit, "mode")});
	}
	if (!table.is_empty()) screen.out << '\n' << table.text(screen);
	else screen.out << "\nNo limit is for him.\n";
}

// The first quantity of an activity is what its events are.
void print_hours(const Screen& screen, const array& hours) {
	Table table({{"HOUR"},
	             {"WHAT"},
	             {"COUNT", 0, 0, true},
	             {"REFUSED", 0, 0, true},
	             {"PER MINUTE", 3, 0, true},
	             {"PER HOUR", 0, 0, true},
	             {"PER DAY", 2, 0, true},
	             {"TO, PER HOUR", 1, 0, true}});
	for (const auto& value : hours) {
		const auto& hour = as_object(value);
		const auto& peaks = object_at(hour, "peaks");
		if (peaks.size() < 2) continue;
		const auto& first = as_object(peaks.begin()->value());
		const auto& second = as_object(std::next(peaks.begin())->value());
		const auto refused = count_at(hour, "refused");
		const bool is_mail = text_at(hour, "activity") == "mail";
		table.add({moment(text_at(hour, "hour")).substr(0, 16), std::string(is_mail ? "messages" : text_at(hour, "activity")),
		           grouped(count_at(hour, "events")), {grouped(refused), refused > 0 ? Color::red : Color::none},
		           grouped(count_at(first, "minute")), grouped(count_at(first, "hour")), grouped(count_at(first, "day")),
		           counted(count_at(second, "hour"), is_mail ? "recipient" : "server")});
	}
	if (table.is_empty()) {
		screen.out << "\nNothing of the last days is on record. An hour is recorded when it is over.\n";
		return;
	}
	screen.out << '\n' << screen.paint(Color::bold, "Hours in UTC, with the highest sums within them") << '\n' << table.text(screen);
}

void print_rules(const Screen& screen, const object& rules) {
	Table table({{"LIMIT"}, {"THEN"}, {"MODE"}, {"FOR", 1, 12}});
	for (const auto& value : array_at(rules, "limits")) {
		const auto& limit = as_object(value);
		table.add({text_at(limit, "limit"), text_at(limit, "then"), text_at(limit, "mode"), match_text(limit)});
	}
	if (!table.is_empty()) screen.out << '\n' << table.text(screen);
	else screen.out << "\nThere is no limit yet; \"gate25 volume --spread\" suggests one.\n";
}

std::string at_share(const object& spread, std::string_view share) {
	for (const auto& value : array_at(spread, "percentiles"))
		if (fmt::format("{:g}", share_at(as_object(value), "share")) == share) return grouped(count_at(as_object(value), "value"));
	return "-";
}

void print_activities(const Screen& screen, const object& answer) {
	Table table({{"WITHIN AN HOUR"},
	             {"ACTIVE NOW", 0, 0, true},
	             {"YESTERDAY", 0, 0, true},
	             {"50 %", 0, 0, true},
	             {"90 %", 1, 0, true},
	             {"99 %", 0, 0, true},
	             {"99.9 %", 2, 0, true},
	             {"MOST", 0, 0, true}});
	for (const auto& value : array_at(answer, "activities")) {
		const auto& one = as_object(value);
		const auto& day = object_at(one, "last_day");
		table.add({text_at(day, "quantity"), grouped(count_at(one, "active")), grouped(count_at(day, "active")), at_share(day, "0.5"),
		           at_share(day, "0.9"), at_share(day, "0.99"), at_share(day, "0.999"), at_share(day, "1")});
	}
	screen.out << '\n' << table.text(screen);
}

std::string size_text(unsigned long long bytes) {
	return bytes < 1U << 20U ? fmt::format("{} KiB", grouped(bytes >> 10U)) : fmt::format("{} MiB", grouped(bytes >> 20U));
}

void print_record(const Screen& screen, const object& answer) {
	const auto& record = object_at(answer, "record");
	const auto oldest = text_at(record, "oldest");
	const auto keep = number_at(object_at(answer, "rules"), "keep").value_or(0);
	screen.out << fmt::format("Record: {}, {}, kept for {}.\n", oldest.empty() ? "nothing yet" : "from " + moment(oldest),
	                          size_text(count_at(record, "bytes")), span_text(keep));
	if (const auto forgotten = count_at(record, "forgotten"); forgotten > 0)
		screen.out << screen.paint(Color::yellow, fmt::format("{} had to go for record_mib.", counted(forgotten, "hourly record"))) << '\n';
	for (const auto* key : {"problem", "warning"})
		if (const auto text = text_at(record, key); !text.empty())
			screen.out << screen.paint(*key == 'p' ? Color::red : Color::yellow, text) << '\n';
}

// Notes that make an answer honest.
void print_notes(const Screen& screen, const object& answer) {
	if (const auto restrained = count_at(answer, "restrained"); restrained > 0)
		screen.out << fmt::format("\nA limit that stood then met {} of them. What a limit in force refuses is in no sum: without it they might have gone higher.\n",
		                          grouped(restrained));
	if (const auto left_out = count_at(answer, "left_out"); left_out > 0)
		screen.out << screen.paint(Color::yellow, fmt::format("\n{} did not fit into memory and is left out.", counted(left_out, "hourly record"))) << '\n';
}

// "; 2.5 on a day with any, 9 at most, on 2026-11-20"
std::string days_text(const array& days) {
	if (days.empty()) return "";
	unsigned long long sum = 0, most = 0;
	std::string when;
	for (const auto& value : days) {
		const auto touched = count_at(as_object(value), "touched");
		sum += touched;
		if (touched > most) when = text_at(as_object(value), "day");
		most = std::max(most, touched);
	}
	const auto days_with_any = static_cast<double>(days.size());
	return fmt::format("; {:.3g} on a day with any, {} at most, on {}", static_cast<double>(sum) / days_with_any, grouped(most), when);
}

std::string active_text(unsigned long long active, unsigned long long users) {
	if (users == 0) return counted(active, "active subscriber");
	if (users == active) return counted(active, "active user");
	return fmt::format("{} active subscribers and users", grouped(active));
}

} // namespace

void print_volume(const Screen& screen, const object& answer) {
	const auto user = text_at(answer, "user");
	screen.out << fmt::format("{} {}, {}\n", user.empty() ? "Subscriber" : "User", who(answer), moment(text_at(answer, "at")));
	print_values(screen, answer);
	print_limits(screen, answer);
	print_hours(screen, array_at(answer, "hours"));
}

void print_volume_overview(const Screen& screen, const object& answer) {
	const auto& rules = object_at(answer, "rules");
	const auto& counters = object_at(answer, "counters");
	screen.out << fmt::format("Since {}: {}, {}, {} refused, {} raised.\n", moment(text_at(answer, "since")),
	                          counted(count_at(counters, "attempts"), "attempt"), counted(count_at(counters, "connections"), "connection"),
	                          grouped(count_at(counters, "refused")), counted(count_at(counters, "alerts"), "alert"));
	const auto would = count_at(counters, "would_refuse"), would_alert = count_at(counters, "would_alert");
	if (would + would_alert > 0)
		screen.out << screen.paint(Color::yellow, fmt::format("In monitor mode: {} would have been refused, {} raised.", grouped(would),
		                                                     counted(would_alert, "alert")))
		           << '\n';
	print_activities(screen, answer);
	print_rules(screen, rules);
	screen.out << fmt::format("\nVerdicts by: {} (verdicts = \"{}\"); a connection about which nobody answers is {} (fail = \"{}\").\n",
	                          text_at(answer, "verdicts"), text_at(rules, "verdicts"),
	                          text_at(rules, "fail") == "closed" ? "refused" : "let through", text_at(rules, "fail"));
	print_record(screen, answer);
}

void print_volume_top(const Screen& screen, const object& answer) {
	const auto& top = array_at(answer, "top");
	const auto what = fmt::format("{} per {}", text_at(answer, "quantity"), text_at(answer, "per"));
	screen.out << fmt::format("Most {}, {}\n", what, moment(text_at(answer, "at")));
	if (top.empty()) {
		screen.out << "Nobody has any.\n";
		return;
	}
	Table table({{"", 0, 0, true}, {"SUBSCRIBER OR USER", 0, 16}, {"NOW", 0, 0, true}, {"LAST", 1}});
	std::size_t place = 0;
	for (const auto& value : top) {
		const auto& one = as_object(value);
		table.add({std::to_string(++place), who(one), value_text(one), moment(text_at(one, "last"))});
	}
	screen.out << '\n' << table.text(screen);
	const auto active = count_at(answer, "active");
	if (active > top.size()) screen.out << fmt::format("And {} more with fewer.\n", grouped(active - top.size()));
}

void print_volume_spread(const Screen& screen, const object& answer) {
	const auto active = count_at(answer, "active");
	const auto what = fmt::format("{} per {}", text_at(answer, "quantity"), text_at(answer, "per"));
	if (active == 0) {
		screen.out << fmt::format("Nobody has any {} on record. An hour is recorded when it is over.\n", text_at(answer, "quantity"));
		return;
	}
	screen.out << fmt::format("Highest {} of {}, {}\n\n", what, active_text(active, count_at(answer, "users")), period_text(answer));
	Table table({{"OF THEM", 0, 0, true}, {"NO MORE THAN", 0, 0, true}});
	for (const auto& value : array_at(answer, "percentiles")) {
		const auto& point = as_object(value);
		table.add({percent(share_at(point, "share")), grouped(count_at(point, "value"))});
	}
	screen.out << table.text(screen);
	const auto& suggestion = object_at(answer, "suggestion");
	if (suggestion.empty()) {
		screen.out << "\nMore than one in a thousand go above every limit that there can be.\n";
	} else {
		const auto limit = text_at(suggestion, "limit");
		const auto touched = count_at(suggestion, "touched");
		screen.out << fmt::format("\nA limit of \"{}\" would have touched {} of them ({}).\n  gate25 whatif --limit \"{}\"   says whom\n", limit,
		                          grouped(touched), percent(static_cast<double>(touched) / static_cast<double>(active)), limit);
	}
	print_notes(screen, answer);
}

void print_what_if(const Screen& screen, const object& answer) {
	const auto active = count_at(answer, "active"), touched = count_at(answer, "touched");
	if (text_at(answer, "from").empty()) {
		screen.out << "Nothing is on record for that time. An hour is recorded when it is over.\n";
		return;
	}
	screen.out << fmt::format("\"{}\" for {}, {}\n", text_at(answer, "limit"), match_text(answer), period_text(answer));
	const auto of = active_text(active, count_at(answer, "active_users"));
	if (touched == 0) {
		screen.out << fmt::format("It would have touched none of {}.\n", of);
		print_notes(screen, answer);
		return;
	}
	screen.out << fmt::format("It would have touched {} of {} ({}), in {}{}.\n\n", screen.paint(Color::bold, grouped(touched)), of,
	                          percent(share_at(answer, "share")), counted(count_at(answer, "hours"), "hour"), days_text(array_at(answer, "days")));
	Table table({{"SUBSCRIBER OR USER", 0, 16}, {"HOURS", 0, 0, true}, {"DAYS", 0, 0, true}, {"HIGHEST", 0, 0, true}, {"FIRST", 2}, {"LAST", 1}});
	for (const auto& value : array_at(answer, "most")) {
		const auto& one = as_object(value);
		table.add({who(one), grouped(count_at(one, "hours")), grouped(count_at(one, "days")), grouped(count_at(one, "peak")),
		           moment(text_at(one, "first")).substr(0, 16), moment(text_at(one, "last")).substr(0, 16)});
	}
	screen.out << table.text(screen);
	const auto shown = array_at(answer, "most").size();
	if (touched > shown) screen.out << fmt::format("And {} more, less often.\n", grouped(touched - shown));
	if (is_true_at(answer, "is_in_force")) screen.out << "\nThis limit is in force.\n";
	print_notes(screen, answer);
}

} // namespace gate25::cli
