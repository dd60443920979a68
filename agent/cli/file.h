// SPDX-License-Identifier: GPL-2.0-or-later
//
// Small files, read whole.
#pragma once

#include "core/result.h"
#include "wire/ruleset.h"

#include <string>

namespace gate25::cli {

// At most 16 MiB; "-" is standard input. ErrorKind::not_found when there is none.
[[nodiscard]] Result<std::string> read_file(const std::string& path);
// The *.nft files of a directory.
[[nodiscard]] Result<RulesSource> read_rules(const std::string& directory);

} // namespace gate25::cli
