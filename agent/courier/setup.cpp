// SPDX-License-Identifier: GPL-2.0-or-later
#include "courier/setup.h"

#include "edge/files.h"
#include "wire/config.h"
#include "wire/config_kinds.h"

#include <array>
#include <unistd.h>

namespace gate25 {
namespace {

// What this machine calls itself, if a mail server can hear that (RFC 5321 4.1.1.1).
std::string own_name() {
	std::array<char, 256> name{};
	if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
	return config_file::is_mail_address(std::string("x@") + name.data()) ? name.data() : "localhost";
}

void read_secrets(const NoticeRules& rules, LoadedSetup& out) {
	for (const Hook& hook : rules.hooks) {
		const auto text = read_file(hook.secret_file);
		std::string secret = text ? text->substr(0, text->find_first_of("\r\n")) : std::string();
		if (!text)
			out.problems.push_back(text.error().text);
		else if (secret.empty())
			out.problems.push_back(hook.secret_file + ":1:1: expected the key of the hook \"" + hook.name + "\", the first line is empty");
		else
			out.setup.secrets.emplace(hook.name, std::move(secret));
	}
}

} // namespace

LoadedSetup load_setup(const CourierOptions& options, Log log) {
	LoadedSetup loaded;
	loaded.setup.log = std::move(log);
	const auto text = read_file(options.config_file);
	if (!text) {
		loaded.errors.push_back(text.error().text);
		return loaded;
	}
	ConfigResult read = read_config(*text);
	for (const ConfigError& error : read.errors) loaded.errors.push_back(error_text(options.config_file, error));
	if (!loaded.errors.empty()) return loaded;
	loaded.setup.rules = std::move(read.config.notices);
	loaded.setup.socket = options.socket.empty() ? read.config.agent.control_socket : options.socket;
	loaded.setup.own_name = own_name();
	if (!loaded.setup.rules.relay.empty()) loaded.setup.templates = TemplateSet::read(loaded.setup.rules, loaded.problems);
	read_secrets(loaded.setup.rules, loaded);
	return loaded;
}

} // namespace gate25
