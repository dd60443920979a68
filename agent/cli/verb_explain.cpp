// SPDX-License-Identifier: GPL-2.0-or-later
//
// The numbered steps with the one that decided marked. The numbers are those of core/policy.h.
#include "cli/call.h"
#include "cli/text.h"
#include "cli/verbs.h"

#include <array>
#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {
namespace {

using boost::json::object;

constexpr std::array<std::string_view, 6> steps{
    "comes from a subscriber?",  "is the subscriber in quarantine?", "goes to a relay?",
    "is the subscriber exempt?", "a policy for the prefix?",         "the default policy",
};

Color color_of(std::string_view verdict) {
	if (verdict == "accept" || verdict == "not-ours") return Color::green;
	return verdict == "redirect" ? Color::yellow : Color::red;
}

void steps_text(const Screen& screen, std::int64_t decided, const std::string& why) {
	const auto room = screen.table_width() > 20 ? screen.table_width() - 7 : 0;
	for (std::size_t i = 0; i < steps.size(); ++i) {
		const auto number = static_cast<std::int64_t>(i) + 1;
		const auto line = fmt::format("{} {}  {}", number == decided ? '>' : ' ', number, steps[i]);
		const auto color = number == decided ? Color::bold : number < decided ? Color::none : Color::dim;
		screen.out << screen.paint(color, line) << '\n';
		if (number == decided) screen.out << "     " << wrapped(why, room, 5) << '\n';
	}
}

} // namespace

int explain(const Call& call) {
	const auto port = call.words.arguments.size() > 2 ? call.words.argument(2) : "25";
	const auto target = Target("/v1/explain")
	                        .query("src", call.words.argument(0))
	                        .query("dst", call.words.argument(1))
	                        .query("port", port);
	return finish(call, call.api.call("GET", target.text(), ""), [&](const object& answer) {
		const auto verdict = text_at(answer, "verdict");
		const auto to = text_at(answer, "to");
		call.screen.out << fmt::format("TCP from {} to {} port {}: ", call.words.argument(0),
		                               call.words.argument(1), port)
		                << call.screen.paint(color_of(verdict), verdict) << (to.empty() ? "" : " to " + to)
		                << "\n\n";
		steps_text(call.screen, number_at(answer, "step").value_or(0), text_at(answer, "why"));
		const auto chain = text_at(answer, "chain");
		if (!chain.empty()) call.screen.out << fmt::format("\nin the chain {} of the table inet gate25\n", chain);
	});
}

} // namespace gate25::cli
