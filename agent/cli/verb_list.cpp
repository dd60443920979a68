// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"
#include "cli/decisions.h"
#include "cli/text.h"
#include "cli/verbs.h"

#include <ostream>

namespace gate25::cli {

int list(const Call& call) {
	Target target("/v1/quarantines");
	if (const auto level = call.words.option("level")) target.query("level", *level);
	if (call.words.has("all")) target.query("all", "1");
	return finish(call, call.api.call("GET", target.text(), ""), [&](const boost::json::object& answer) {
		const auto& quarantines = array_at(answer, "quarantines");
		if (quarantines.empty()) {
			call.screen.out << "No quarantines.\n";
			return;
		}
		call.screen.out << quarantine_table(call.screen, quarantines);
		// Only for a person: who counts lines of a pipe wants none that is no quarantine.
		if (call.screen.out_is_terminal) call.screen.out << counted(quarantines.size(), "quarantine") << ".\n";
	});
}

} // namespace gate25::cli
