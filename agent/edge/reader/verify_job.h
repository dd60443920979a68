// SPDX-License-Identifier: GPL-2.0-or-later
//
// A signed report: which bytes count, what the signature is worth, what they say.
#pragma once

#include "edge/reader/conversation.h"

#include <string>

namespace gate25 {

// Reads one job and answers it. `home` is GnuPG's.
void verify_one(Conversation& agent, const std::string& home);

} // namespace gate25
