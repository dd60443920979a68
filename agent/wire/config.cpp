// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/config.h"
#include "core/text.h"
#include "wire/config_sections.h"

namespace gate25 {

ConfigResult read_config(std::string_view text) {
	const auto root = config_file::parse_toml(text);
	ConfigResult result;
	if (!root) {
		result.errors.push_back(root.error());
		return result;
	}
	config_file::Reader reader(*root);
	Config& config = result.config;
	const Network* network = read_network(reader, config.network) ? &config.network : nullptr;
	read_port25(reader, network, config.port25);
	read_prefixes(reader, network, config);
	read_garden(reader, config.garden);
	read_quarantine(reader, network, config.garden, config.quarantine);
	read_alerts(reader, config.garden, config.quarantine, config.alerts);
	read_score(reader, config.score);
	read_reporters(reader, config.reporters);
	read_openpgp(reader, config.reporters, config.openpgp);
	read_agent(reader, config.quarantine, config.alerts, config.agent);
	read_volume(reader, config.agent, config.volume);
	read_limits(reader, network, config.volume);
	read_radius(reader, config.assignments.radius);
	read_sources(reader, config.assignments.sources);
	read_notices(reader, config.notices);
	read_assignments(reader, network, config.assignments);
	read_release(reader, config.volume, config.release);
	reader.complain_of_unknown();
	result.errors = std::move(reader.errors()).sorted();
	return result;
}

std::string error_text(std::string_view file, const ConfigError& error) {
	return printable(file) + ':' + std::to_string(error.line) + ':' + std::to_string(error.column) + ": " +
	       error.message;
}

} // namespace gate25
