// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the table of verbs is made of. The parser, the help and the shell completion read nothing else.
#pragma once

#include "cli/value.h"

#include <string_view>
#include <vector>

namespace gate25::cli {

struct Call;

struct Argument {
	std::string_view name; // "ADDR|PREFIX"
	Kind kind = Kind::text;
	bool is_optional = false;
	bool is_repeated = false; // the last one only: any number of them
};

struct Option {
	std::string_view name;  // "level", given as --level
	std::string_view value; // "LEVEL"; empty for a flag
	Kind kind = Kind::nothing;
	std::string_view help;
	bool is_required = false;
};

struct Verb {
	std::string_view name;
	std::vector<Argument> arguments;
	std::vector<Option> options;
	std::string_view help;                  // one line
	int (*run)(const Call& call) = nullptr; // the exit status
	bool is_hidden = false;
	bool needs_agent = true;
};

} // namespace gate25::cli
