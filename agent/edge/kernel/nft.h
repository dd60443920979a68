// SPDX-License-Identifier: GPL-2.0-or-later
//
// libnftables: for whole rulesets, never for single elements (it re-reads every table at each command and
// dumps interval sets: 50 us to seconds, against 4 us by netlink). The only file with its header is nft.cpp.
#pragma once

#include "core/result.h"

#include <string>

namespace gate25 {

// Runs the text as one transaction. The error holds the first lines that nft says, not the whole command.
[[nodiscard]] Result<void> run_nft(const std::string& text);
// The same, and what it prints; with `as_json` for `list` commands in JSON.
[[nodiscard]] Result<std::string> query_nft(const std::string& text, bool as_json);
// Checks the text against the kernel without changing anything.
[[nodiscard]] Result<void> check_nft(const std::string& text);

} // namespace gate25
