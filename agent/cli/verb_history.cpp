// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"
#include "cli/decisions.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/when.h"

#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {
namespace {

using boost::json::array;

// Who is believed to have said it; otherwise who it says that it is from.
std::string who(const boost::json::object& alert) {
	const auto name = text_at(object_at(alert, "attribution"), "name");
	return name.empty() ? text_at(alert, "reporter") : name;
}

std::string alert_table(const Screen& screen, const array& alerts) {
	Table table({{"RECEIVED"},
	             {"ADDRESS", 3},
	             {"KIND"},
	             {"COUNT", 4, 0, true},
	             {"PORT", 5, 0, true},
	             {"HAPPENED", 6},
	             {"REPORTER", 2, 8},
	             {"OUTCOME"},
	             {"STEP", 4, 0, true},
	             {"WHY", 1, 16}});
	for (const auto& value : alerts) {
		const auto& a = as_object(value);
		table.add({moment(text_at(a, "received")), text_at(a, "address"), text_at(a, "kind"), text_at(a, "count"),
		           text_at(a, "port"), moment(text_at(a, "at")), who(a), text_at(a, "outcome"),
		           text_at(a, "step"), text_at(a, "why")});
	}
	return table.text(screen);
}

std::string audit_table(const Screen& screen, const array& audit) {
	Table table({{"AT"}, {"WHAT"}, {"SUBJECT", 2}, {"WHO", 3, 8}, {"WHY", 1, 16}});
	for (const auto& value : audit) {
		const auto& row = as_object(value);
		table.add({moment(text_at(row, "at")), text_at(row, "what"), text_at(row, "subject"), text_at(row, "who"),
		           text_at(row, "why")});
	}
	return table.text(screen);
}

using TableOf = std::string (*)(const Screen&, const array&);

// Whether there was anything.
bool section(const Screen& screen, std::string_view title, const array& rows, TableOf table_of, bool is_first) {
	if (rows.empty()) return false;
	screen.out << (is_first ? "" : "\n") << screen.paint(Color::bold, title) << '\n' << table_of(screen, rows);
	return true;
}

} // namespace

int history(const Call& call) {
	auto target = Target("/v1/history").query("address", call.words.argument(0));
	if (const auto limit = call.words.option("limit")) target.query("limit", *limit);
	return finish(call, call.api.call("GET", target.text(), ""), [&](const boost::json::object& answer) {
		bool any = section(call.screen, "Quarantines", array_at(answer, "quarantines"), quarantine_table, true);
		any |= section(call.screen, "Exemptions", array_at(answer, "exemptions"), exemption_table, !any);
		any |= section(call.screen, "Alerts", array_at(answer, "alerts"), alert_table, !any);
		any |= section(call.screen, "Audit", array_at(answer, "audit"), audit_table, !any);
		if (!any) call.screen.out << fmt::format("Nothing is known of {}.\n", call.words.argument(0));
	});
}

} // namespace gate25::cli
