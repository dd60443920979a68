// SPDX-License-Identifier: GPL-2.0-or-later
//
// Between a mail server and the agent: a mail is taken, or it is to come again. There is no third way, since a
// bounce would tell a stranger what became of his report.
#pragma once

#include "cli/call.h"

namespace gate25::cli {

inline constexpr int try_again = 75; // EX_TEMPFAIL of sysexits(3): the mail stays in the queue

// The exit status. Nothing is written unless the mail has to come again: mail servers log that.
int take_from_mta(const Call& call, std::string_view mail);
// A mistake of whoever wrote the line that starts this: nothing is lost until he has put it right.
int put_off(const Call& call, std::string_view why);

} // namespace gate25::cli
