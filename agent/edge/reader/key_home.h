// SPDX-License-Identifier: GPL-2.0-or-later
//
// The home that GnuPG gets for one signature: a copy of the provider's public keys and of his trust in them, and
// settings of ours. His own settings, secret keys, and agents are left where they are.
#pragma once

#include "core/result.h"

#include <string>

namespace gate25 {

// Copied with the agent's rights, for the user that the reader becomes. A home that is not there holds no keys.
[[nodiscard]] Result<void> copy_key_home(const std::string& from, const std::string& to);
// From within the sandbox: gpg would take a home that it cannot reach for one without keys.
[[nodiscard]] Result<void> check_key_home(const std::string& home);

} // namespace gate25
