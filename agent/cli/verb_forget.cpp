// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"
#include "cli/text.h"
#include "cli/verbs.h"

#include <fmt/format.h>
#include <istream>
#include <ostream>

namespace gate25::cli {
namespace {

using boost::json::object;

bool agrees(Screen& screen, std::string_view id, bool is_forced) {
	const auto name = clean(id);
	screen.err << fmt::format("This erases all that is known of {}: decisions, alerts, score, notices, address of mail, and which\n"
	                          "addresses he held. Whose address was in a complaint of last week cannot be told any more.\n",
	                          name);
	if (is_forced) screen.err << "A quarantine, an exemption and assignments that stand are ended first.\n";
	screen.err << "Not erased: the system's log, backups, what was sent already, reports in the inbox.\n"
	           << "Type \"yes\" to go on: " << std::flush;
	std::string answer;
	return std::getline(screen.in, answer) && answer == "yes";
}

void print(const Screen& screen, const object& forgotten) {
	std::string ended;
	for (const auto& [key, noun] : {std::pair{"quarantines", "quarantine"}, {"exemptions", "exemption"}, {"assignments", "assignment"}}) {
		const auto number = count_at(forgotten, key);
		if (number > 0) ended += (ended.empty() ? "" : ", ") + counted(number, noun);
	}
	screen.out << fmt::format("{} is forgotten: {} of decisions, alerts and notices, {} of addresses.\n", text_at(forgotten, "subscriber"),
	                          counted(count_at(forgotten, "rows"), "row"), counted(count_at(forgotten, "assignment_rows"), "row"));
	if (!ended.empty()) screen.out << fmt::format("Ended for it: {}.\n", ended);
}

} // namespace

int forget(const Call& call) {
	const auto id = subscriber_id(call.words.argument(0));
	const bool is_forced = call.words.has("force");
	if (!call.words.has("yes")) {
		if (!call.screen.in_is_terminal)
			return report(call, {usage, "usage", "forget asks first; without a terminal it wants --yes", {}});
		if (!agrees(call.screen, id, is_forced)) return report(call, {failed, "denied", "nothing was forgotten", {}});
	}
	auto target = Target("/v1/subscribers").part(id);
	if (is_forced) target.query("force", "true");
	return finish(call, call.api.call("DELETE", target.text(), ""),
	              [&](const object& answer) { print(call.screen, object_at(answer, "forgotten")); });
}

} // namespace gate25::cli
