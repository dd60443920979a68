// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reading files of the operator: the configuration, the rules.
#pragma once

#include "core/result.h"
#include "wire/ruleset.h"

#include <string>

namespace gate25 {

// At most 16 MiB: nobody writes a longer configuration by hand.
[[nodiscard]] Result<std::string> read_file(const std::string& path);
// All *.nft files of a directory.
[[nodiscard]] Result<RulesSource> read_rules(const std::string& directory);
// Where the rules are: what the configuration says, $GATE25_RULES, where they were installed.
std::string rules_directory(const std::string& configured);
// Makes the directory that a file will be in, when only the last part of its path is missing.
[[nodiscard]] Result<void> make_parent(const std::string& path);

} // namespace gate25
