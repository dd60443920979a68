// SPDX-License-Identifier: GPL-2.0-or-later
//
// The command line of gate25d.
#pragma once

#include "core/result.h"

#include <string>

namespace gate25 {

struct Options {
	enum class Action { serve, check, load, help, version };
	Action action = Action::serve;
	std::string config_file = "/etc/gate25/gate25.toml";
};

inline constexpr const char* usage_text =
	"usage: gate25d [--config FILE] [--check | --load]\n"
	"  --config FILE  the configuration, /etc/gate25/gate25.toml by default\n"
	"  --check        say what is wrong with the configuration, or that it is valid, and exit\n"
	"  --load         put the rules and the stored decisions in place and exit (before the network starts)\n"
	"  --version, --help\n";

[[nodiscard]] inline Result<Options> parse_options(int argc, const char* const* argv) {
	Options options;
	for (int i = 1; i < argc; ++i) {
		const std::string word = argv[i];
		if (word == "--config" && i + 1 < argc)
			options.config_file = argv[++i];
		else if (word.starts_with("--config="))
			options.config_file = word.substr(word.find('=') + 1);
		else if (word == "--config")
			return fail(ErrorKind::bad_input, "--config needs the name of a file");
		else if (word == "--check")
			options.action = Options::Action::check;
		else if (word == "--load")
			options.action = Options::Action::load;
		else if (word == "--version")
			options.action = Options::Action::version;
		else if (word == "--help" || word == "-h")
			options.action = Options::Action::help;
		else
			return fail(ErrorKind::bad_input, "unknown argument \"" + word + "\"");
	}
	return options;
}

} // namespace gate25
