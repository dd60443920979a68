// SPDX-License-Identifier: GPL-2.0-or-later
//
// Why the score is what it is: the sums, and every alert in them.
#include "cli/call.h"
#include "cli/table.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "cli/when.h"

#include <cmath>
#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {
namespace {

using boost::json::array;
using boost::json::object;

double points_at(const object& of, std::string_view key) {
	const auto* value = of.if_contains(key);
	boost::system::error_code error;
	const auto number = value == nullptr ? 0.0 : value->to_number<double>(error);
	return error ? 0.0 : number;
}

// -2.5, 3, 0.25: hundredths are the smallest that there are.
std::string points_text(double points) {
	auto text = fmt::format("{:.2f}", points);
	while (text.ends_with('0')) text.pop_back();
	if (text.ends_with('.')) text.pop_back();
	return text == "-0" ? "0" : text;
}

const object& sum_of(const array& sums, std::string_view kind) {
	static const object none;
	for (const auto& sum : sums)
		if (text_at(as_object(sum), "kind") == kind) return as_object(sum);
	return none;
}

bool is_ham(const object& item) {
	const auto kind = text_at(item, "kind");
	return kind == "ham" || kind == "not-spam";
}

// The items are told without the cap, the sum with it.
bool is_ham_capped(const object& answer) {
	double items = points_at(sum_of(array_at(answer, "earlier"), "ham"), "points");
	for (const auto& item : array_at(answer, "items"))
		if (is_ham(as_object(item))) items += points_at(as_object(item), "points");
	return items > points_at(sum_of(array_at(answer, "sums"), "ham"), "points") + 0.005;
}

void head(const Screen& screen, const object& answer) {
	const bool is_below = is_true_at(answer, "is_below");
	const auto score = points_text(points_at(answer, "score"));
	screen.out << fmt::format("Subscriber {}\n", text_at(answer, "subscriber")) << "Score "
	           << screen.paint(is_below ? Color::red : Color::green, score)
	           << fmt::format(", {} the threshold {}\n", is_below ? "below" : "not below",
	                          points_text(points_at(answer, "threshold")));
}

void sums(const Screen& screen, const object& answer) {
	Table table({{"KIND"}, {"ALERTS", 0, 0, true}, {"POINTS", 0, 0, true}, {"", 1}});
	for (const auto& value : array_at(answer, "sums")) {
		const auto& sum = as_object(value);
		if (points_at(sum, "alerts") == 0) continue;
		const bool is_capped = text_at(sum, "kind") == "ham" && is_ham_capped(answer);
		table.add({text_at(sum, "kind"), points_text(points_at(sum, "alerts")),
		           points_text(points_at(sum, "points")),
		           std::string(is_capped ? "no more, however much ham" : "")});
	}
	if (!table.is_empty()) screen.out << '\n' << table.text(screen);
}

void items(const Screen& screen, const array& items) {
	Table table({{"RECEIVED", 5},
	             {"KIND"},
	             {"COUNT", 4, 0, true},
	             {"REPORTER", 3, 8},
	             {"PROOF", 6},
	             {"POINTS", 0, 0, true},
	             {"STEP", 2, 0, true},
	             {"WHY", 1, 16}});
	for (const auto& value : items) {
		const auto& item = as_object(value);
		const auto taken_for = text_at(item, "taken_for");
		table.add({moment(text_at(item, "received")), text_at(item, "kind"), text_at(item, "count"),
		           taken_for.empty() ? text_at(item, "reporter") : taken_for, text_at(item, "proof"),
		           points_text(points_at(item, "points")), text_at(item, "step"), text_at(item, "why")});
	}
	if (!table.is_empty()) screen.out << '\n' << table.text(screen);
}

// "And of alerts that are kept no more: 3 spam, 1 ham."
void earlier(const Screen& screen, const array& earlier) {
	std::string text;
	for (const auto& value : earlier) {
		const auto& sum = as_object(value);
		const auto alerts = points_at(sum, "alerts");
		if (alerts > 0)
			text += fmt::format("{}{} {}", text.empty() ? "" : ", ", points_text(alerts), text_at(sum, "kind"));
	}
	if (!text.empty()) screen.out << fmt::format("\nAlerts that are not shown any more: {}.\n", text);
}

} // namespace

int score(const Call& call) {
	const auto target = Target("/v1/score").part(call.words.argument(0));
	return finish(call, call.api.call("GET", target.text(), ""), [&](const object& answer) {
		head(call.screen, answer);
		sums(call.screen, answer);
		items(call.screen, array_at(answer, "items"));
		earlier(call.screen, array_at(answer, "earlier"));
		if (array_at(answer, "items").empty()) call.screen.out << "No alert about him is kept.\n";
	});
}

} // namespace gate25::cli
