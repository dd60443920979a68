// SPDX-License-Identifier: GPL-2.0-or-later
//
// A ruleset as the JSON that `nft -j -f` loads. nftables itself translates: a child process loads the text
// into a network namespace of its own and lists it, so nothing that runs is touched.
#pragma once

#include "core/result.h"

#include <string>

namespace gate25 {

[[nodiscard]] Result<std::string> ruleset_as_json(const std::string& ruleset);

// What a listing needs to be loadable: the table is replaced and not added to, chains stand before the maps
// that jump to them, handles are gone, and so are elements with less than a second left: a listing rounds
// "expires" down, and zero would give them their whole time again.
[[nodiscard]] Result<std::string> loadable(const std::string& listing);

} // namespace gate25
