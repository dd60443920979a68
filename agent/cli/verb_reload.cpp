// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"
#include "cli/verbs.h"

#include <fmt/format.h>
#include <ostream>

namespace gate25::cli {

int reload(const Call& call) {
	return finish(call, call.api.call("POST", "/v1/reload", ""), [&](const boost::json::object& answer) {
		const auto& changes = array_at(answer, "changes");
		call.screen.out << fmt::format("The configuration is loaded, generation {}{}\n",
		                               text_at(answer, "generation"), changes.empty() ? "; nothing changed." : ":");
		for (const auto& change : changes) call.screen.out << "  " << as_text(change) << '\n';
	});
}

} // namespace gate25::cli
