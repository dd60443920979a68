// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/call.h"
#include "cli/completion.h"
#include "cli/verbs.h"

#include <ostream>

namespace gate25::cli {

int completion(const Call& call) {
	const auto shell = call.words.argument(0);
	call.screen.out << (shell == "bash"  ? bash_completion()
	                    : shell == "zsh" ? zsh_completion()
	                                     : fish_completion());
	return done;
}

} // namespace gate25::cli
