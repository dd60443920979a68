// SPDX-License-Identifier: GPL-2.0-or-later
//
// The configuration file: TOML to core/config.h and back. What may stand in it: gate25.toml(5).
#pragma once

#include "core/config.h"

#include <string>
#include <string_view>
#include <vector>

namespace gate25 {

// Lines and columns count from 1; a column is one character, a tab too.
struct ConfigError {
	unsigned line = 1;
	unsigned column = 1;
	std::string message;
};

struct ConfigResult {
	Config config; // not to be used when there are errors
	std::vector<ConfigError> errors;
};

// Everything that is wrong, in the order of the file; after a syntax error nothing else can be said.
ConfigResult read_config(std::string_view text);

// "FILE:LINE:COLUMN: message"
std::string error_text(std::string_view file, const ConfigError& error);

// With every key, also those that have their default; read_config() gives the same configuration again.
std::string config_text(const Config& config);

} // namespace gate25
