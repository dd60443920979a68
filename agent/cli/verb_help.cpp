// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"
#include "cli/help.h"
#include "cli/verbs.h"

#include <ostream>

namespace gate25::cli {

int help(const Call& call) {
	const auto* verb = find_verb(call.words.argument(0));
	call.screen.out << (verb == nullptr ? help_text() : help_text(*verb));
	return done;
}

} // namespace gate25::cli
