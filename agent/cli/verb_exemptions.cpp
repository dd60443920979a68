// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"
#include "cli/decisions.h"
#include "cli/text.h"
#include "cli/verbs.h"

#include <ostream>

namespace gate25::cli {

int exemptions(const Call& call) {
	return finish(call, call.api.call("GET", "/v1/exemptions", ""), [&](const boost::json::object& answer) {
		const auto& standing = array_at(answer, "exemptions");
		if (standing.empty()) {
			call.screen.out << "No exemptions.\n";
			return;
		}
		call.screen.out << exemption_table(call.screen, standing);
		if (call.screen.out_is_terminal) call.screen.out << counted(standing.size(), "exemption") << ".\n";
	});
}

} // namespace gate25::cli
