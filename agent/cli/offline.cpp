// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/offline.h"

#include "cli/text.h"
#include "edge/files.h"
#include "wire/config.h"
#include "wire/ruleset.h"

#include <fmt/format.h>

namespace gate25::cli {

tl::expected<Config, Failure> read_configuration(const std::string& file) {
	const auto text = read_file(file);
	if (!text) return tl::unexpected(failure_of(text.error()));
	auto read = read_config(*text);
	if (read.errors.empty()) return std::move(read.config);
	Failure failure{config_invalid,
	                "config_invalid",
	                fmt::format("{} has {}", clean(file), counted(read.errors.size(), "error")),
	                {}};
	for (const auto& error : read.errors) failure.details.push_back(clean(error_text(file, error)));
	return tl::unexpected(std::move(failure));
}

tl::expected<std::string, Failure> ruleset_of(const std::string& config_file) {
	const auto config = read_configuration(config_file);
	if (!config) return tl::unexpected(config.error());
	const auto source = read_rules(rules_directory(config->agent.rules));
	if (!source) return tl::unexpected(failure_of(source.error()));
	const auto rules = standalone_rules(*source, Policy(*config));
	if (!rules) return tl::unexpected(failure_of(rules.error()));
	return standalone_text(*rules, config->network, {}, Now{});
}

} // namespace gate25::cli
