// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/replay_view.h"

#include "cli/decisions.h"
#include "cli/table.h"
#include "cli/text.h"
#include "cli/when.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ostream>

namespace gate25::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view all_words[]{"new", "gone", "stricter", "milder", "longer", "shorter"};

std::string held_text(const Course& course) {
	return course.is_open ? "until released" : span_text(course.held.count());
}

// "1d 0h", or "1d 0h -> 3d 0h" where it changes.
std::string both(const Difference& one, std::string (*text_of)(const Course&)) {
	if (!one.today) return text_of(*one.then);
	if (!one.then) return text_of(*one.today);
	const std::string today = text_of(*one.today);
	const std::string then = text_of(*one.then);
	return today == then ? today : today + " -> " + then;
}

Color color_of(const Difference& one) {
	if (one.words.front() == "new" || one.words.front() == "stricter") return Color::red;
	return one.words.front() == "gone" ? Color::green : Color::none;
}

void print_totals(Screen& screen, const Replayed& replayed) {
	Table table({{"CONFIGURATION"},
	             {"QUARANTINES", 0, 0, true},
	             {"SUBSCRIBERS", 0, 0, true},
	             {"HOURS", 0, 0, true},
	             {"UNTIL RELEASED", 1, 0, true},
	             {"ONLY RECORDED", 2, 0, true}});
	const auto add = [&](const std::string& name, const ReplayTotals& totals) {
		table.add({name, grouped(totals.quarantines), grouped(totals.subscribers),
		           grouped(static_cast<unsigned long long>(totals.held.count() / 3600)), grouped(totals.open),
		           grouped(totals.monitored)});
	};
	add("today", replayed.today.totals());
	add(clean(replayed.file), replayed.then.totals());
	screen.out << table.text(screen);
}

void print_steps(Screen& screen, const Replayed& replayed) {
	Table table({{"STEP", 0, 0, true}, {"ALERTS THAT END AT IT", 0, 16}, {"TODAY", 0, 0, true}, {"THEN", 0, 0, true}});
	for (unsigned step = 1; step <= last_judge_step; ++step) {
		const auto today = replayed.today.totals().steps[step];
		const auto then = replayed.then.totals().steps[step];
		if (today == 0 && then == 0) continue;
		const Color color = today == then ? Color::none : Color::yellow;
		table.add({std::to_string(step), std::string(step_text(step)), grouped(today), {grouped(then), color}});
	}
	screen.out << '\n' << table.text(screen);
}

std::uint64_t count_of(const Replayed& replayed, std::string_view word) {
	return static_cast<std::uint64_t>(std::count_if(
		replayed.differences.begin(), replayed.differences.end(),
		[&](const Difference& one) { return std::find(one.words.begin(), one.words.end(), word) != one.words.end(); }));
}

void print_sentence(Screen& screen, const Replayed& replayed) {
	if (replayed.differences.empty()) {
		screen.out << "\nNo subscriber would fare differently.\n";
		return;
	}
	std::vector<std::string> parts;
	for (const std::string_view word : all_words)
		if (const auto count = count_of(replayed, word); count > 0) parts.push_back(fmt::format("{} {}", grouped(count), word));
	screen.out << fmt::format("\n{} would fare differently: {}.\n", counted(replayed.differences.size(), "subscriber"),
	                          fmt::join(parts, ", "));
}

constexpr std::size_t most_rows = 1000; // in one table; the next begins with its titles again

void print_differences(Screen& screen, const Replayed& replayed) {
	const auto& all = replayed.differences;
	for (std::size_t begin = 0; begin < all.size(); begin += most_rows) {
		Table table({{"SUBSCRIBER"}, {"CHANGE"}, {"FIRST", 2}, {"LEVEL"}, {"FOR"}, {"STEP", 3, 0, true}, {"WHY", 1, 16}});
		for (std::size_t i = begin; i < std::min(all.size(), begin + most_rows); ++i) {
			const Difference& one = all[i];
			const Course& shown = one.then ? *one.then : *one.today;
			table.add({one.subscriber.text(), {fmt::format("{}", fmt::join(one.words, ", ")), color_of(one)},
			           moment(time_text(shown.first)),
			           {both(one, [](const Course& course) { return std::string(level_text(course.level)); }),
			            color_of_level(level_text(shown.level))},
			           both(one, held_text), std::to_string(shown.step), clean(*shown.why)});
		}
		screen.out << '\n' << table.text(screen);
	}
}

json::object totals_object(const ReplayTotals& totals) {
	json::object steps;
	for (unsigned step = 1; step <= last_judge_step; ++step)
		if (totals.steps[step] > 0) steps[std::to_string(step)] = totals.steps[step];
	return {{"quarantines", totals.quarantines}, {"subscribers", totals.subscribers}, {"seconds", totals.held.count()},
	        {"until_released", totals.open},     {"monitored", totals.monitored},     {"steps", std::move(steps)}};
}

json::value course_value(const std::optional<Course>& course) {
	if (!course) return nullptr;
	return json::object{{"first", time_text(course->first)},
	                    {"level", level_text(course->level)},
	                    {"quarantines", course->quarantines},
	                    {"seconds", course->held.count()},
	                    {"until_released", course->is_open},
	                    {"step", course->step},
	                    {"why", *course->why}};
}

} // namespace

void print_replayed(Screen& screen, const Replayed& replayed) {
	const auto alerts = replayed.today.totals().alerts;
	screen.out << fmt::format("{} recorded{}.\n\n", counted(alerts, "alert"),
	                          replayed.since ? " since " + moment(time_text(*replayed.since)) : "");
	print_totals(screen, replayed);
	if (alerts > 0) print_steps(screen, replayed);
	print_sentence(screen, replayed);
	print_differences(screen, replayed);
}

void print_replayed_json(Screen& screen, const Replayed& replayed) {
	json::object head{{"schema", 1},
	                  {"alerts", replayed.today.totals().alerts},
	                  {"since", replayed.since ? json::value(time_text(*replayed.since)) : json::value(nullptr)},
	                  {"today", totals_object(replayed.today.totals())},
	                  {"then", totals_object(replayed.then.totals())}};
	std::string text = json::serialize(head);
	text.back() = ',';
	screen.out << text << R"("changes":[)";
	std::string_view comma;
	for (const Difference& one : replayed.differences) {
		const json::object change{{"subscriber", one.subscriber.text()},
		                          {"change", json::array(one.words.begin(), one.words.end())},
		                          {"today", course_value(one.today)},
		                          {"then", course_value(one.then)}};
		screen.out << comma << clean_json(json::serialize(change));
		comma = ",";
	}
	screen.out << "]}\n";
}

} // namespace gate25::cli
