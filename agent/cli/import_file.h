// SPDX-License-Identifier: GPL-2.0-or-later
//
// A file in bulk to the agent: in pieces, one after the other, each one durable before the next is sent. A refused line
// stops nothing: it is named with its number in the file, and the exit status tells.
#pragma once

#include "cli/call.h"
#include "cli/import_format.h"

#include <string>

namespace gate25::cli {

// "-": standard input. The exit status.
int import_file(const Call& call, const ImportKind& kind, const std::string& file);

} // namespace gate25::cli
