// SPDX-License-Identifier: GPL-2.0-or-later
//
// A key from a key server (HKP: draft-gallagher-openpgp-hkp). The server proves nothing: what the key is worth, the
// provider's own trust says.
#pragma once

#include "core/result.h"
#include "edge/reader/conversation.h"

#include <optional>
#include <string>

namespace gate25 {

// nullopt: the server has none.
[[nodiscard]] Result<std::optional<std::string>> fetch_key(const std::string& server, const std::string& key);
// Reads one job, the server and the key, and answers it.
void fetch_one(Conversation& agent);

} // namespace gate25
