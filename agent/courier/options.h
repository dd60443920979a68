// SPDX-License-Identifier: GPL-2.0-or-later
//
// The command line of gate25-courier.
#pragma once

#include "core/result.h"

#include <string>

namespace gate25 {

struct CourierOptions {
	enum class Action { serve, once, check, help, version };
	Action action = Action::serve;
	std::string config_file = "/etc/gate25/gate25.toml";
	std::string socket; // empty: as the configuration says
};

inline constexpr const char* courier_usage =
	"usage: gate25-courier [--config FILE] [--socket PATH] [--once | --check]\n"
	"  --config FILE  the agent's configuration, /etc/gate25/gate25.toml by default\n"
	"  --socket PATH  the agent's control socket, if it is not the one of the configuration\n"
	"  --once         send what is due now, and exit\n"
	"  --check        say what is wrong with the configuration and the texts, or that they are valid, and exit\n"
	"  --version, --help\n";

[[nodiscard]] inline Result<CourierOptions> parse_courier_options(int argc, const char* const* argv) {
	CourierOptions options;
	using Action = CourierOptions::Action;
	for (int i = 1; i < argc; ++i) {
		const std::string word = argv[i];
		if ((word == "--config" || word == "--socket") && i + 1 < argc)
			(word == "--config" ? options.config_file : options.socket) = argv[++i];
		else if (word.starts_with("--config="))
			options.config_file = word.substr(word.find('=') + 1);
		else if (word.starts_with("--socket="))
			options.socket = word.substr(word.find('=') + 1);
		else if (word == "--config" || word == "--socket")
			return fail(ErrorKind::bad_input, word + " needs the name of a file");
		else if (word == "--once")
			options.action = Action::once;
		else if (word == "--check")
			options.action = Action::check;
		else if (word == "--version")
			options.action = Action::version;
		else if (word == "--help" || word == "-h")
			options.action = Action::help;
		else
			return fail(ErrorKind::bad_input, "unknown argument \"" + word + "\"");
	}
	return options;
}

} // namespace gate25
