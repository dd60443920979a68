// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the command can do with a configuration and no agent.
#pragma once

#include "cli/call.h"
#include "core/config.h"

#include <string>

namespace gate25::cli {

// A failure holds every error of the configuration, located.
[[nodiscard]] tl::expected<Config, Failure> read_configuration(const std::string& file);
// The ruleset of `export --config`: no decisions, they are with an agent.
[[nodiscard]] tl::expected<std::string, Failure> ruleset_of(const std::string& config_file);

} // namespace gate25::cli
