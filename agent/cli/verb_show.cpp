// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"
#include "cli/decisions.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "cli/when.h"

#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {
namespace {

using boost::json::object;

void field(const Screen& screen, std::string_view label, const std::string& value) {
	if (value.empty()) return;
	const std::size_t room = screen.table_width() > 20 ? screen.table_width() - 12 : 0;
	screen.out << fmt::format("  {:<10}{}\n", label, wrapped(value, room, 12));
}

void common(const Screen& screen, const object& decision) {
	const auto until = text_at(decision, "until");
	field(screen, "holds", holding(decision));
	const auto left = left_text(number_at(decision, "seconds_left"));
	field(screen, "reason", text_at(decision, "reason"));
	field(screen, "from", moment(text_at(decision, "from")));
	field(screen, "until", until.empty() ? left : fmt::format("{} ({})", moment(until), left));
	field(screen, "by", text_at(decision, "by"));
}

void show_quarantine(const Screen& screen, const object& quarantine) {
	const auto level = text_at(quarantine, "level");
	screen.out << fmt::format("Quarantine {} of {} at level {}\n", text_at(quarantine, "id"),
	                          subject_of(quarantine), screen.paint(color_of_level(level), level));
	if (is_monitored(quarantine)) field(screen, "mode", "monitor: only recorded, nothing is refused");
	common(screen, quarantine);
	field(screen, "ticket", text_at(quarantine, "ticket"));
}

void show_exemption(const Screen& screen, const object& exemption) {
	screen.out << fmt::format("Exemption {} of {}\n", text_at(exemption, "id"), subject_of(exemption));
	common(screen, exemption);
	field(screen, "owner", text_at(exemption, "owner"));
}

} // namespace

int show(const Call& call) {
	const auto target = Target("/v1/quarantines").part(call.words.argument(0));
	return finish(call, call.api.call("GET", target.text(), ""), [&](const object& answer) {
		const auto& quarantines = array_at(answer, "quarantines");
		const auto& exempt = array_at(answer, "exemptions");
		const auto subscriber = text_at(answer, "subscriber");
		if (!subscriber.empty()) call.screen.out << fmt::format("Subscriber {}\n", subscriber);
		for (const auto& value : quarantines) show_quarantine(call.screen, as_object(value));
		for (const auto& value : exempt) show_exemption(call.screen, as_object(value));
		if (quarantines.empty() && exempt.empty()) call.screen.out << "No quarantine, no exemption.\n";
	});
}

} // namespace gate25::cli
