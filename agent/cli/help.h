// SPDX-License-Identifier: GPL-2.0-or-later
//
// The help, made from the table of verbs.
#pragma once

#include "cli/verb.h"

#include <string>

namespace gate25::cli {

// "gate25 quarantine ADDR|PREFIX [--level LEVEL] ..."
std::string synopsis(const Verb& verb);
std::string help_text();
std::string help_text(const Verb& verb);

} // namespace gate25::cli
