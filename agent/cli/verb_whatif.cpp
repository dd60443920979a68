// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whom a limit would have touched, before anybody meets it.
#include "cli/call.h"
#include "cli/verbs.h"
#include "cli/volume_view.h"

namespace gate25::cli {

int what_if(const Call& call) {
	Target target("/v1/whatif");
	for (const auto* option : {"limit", "since", "match"})
		if (const auto value = call.words.option(option)) target.query(option, *value);
	return finish(call, call.api.call("GET", target.text(), ""),
	              [&](const boost::json::object& answer) { print_what_if(call.screen, answer); });
}

} // namespace gate25::cli
