// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/ruleset_parts.h"

#include "wire/ruleset_text.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>

namespace gate25 {
namespace {

void add_volume_parts(const VolumeRules& volume, KernelAbilities kernel, std::vector<std::string>& parts) {
	if (!volume.enabled) return;
	parts.push_back("attempts.nft");
	const auto by = verdicts_by(volume, kernel);
	// Before the log, which holds what is let through.
	if (by == Verdicts::meters) parts.push_back("meters.nft");
	if (!by || *by == Verdicts::meters) parts.push_back("connections_log.nft");
	if (by == Verdicts::queue) parts.push_back("connections_queue.nft");
	if (by == Verdicts::queue || by == Verdicts::external) parts.push_back("volume_mark.nft");
}

} // namespace

std::optional<Verdicts> verdicts_by(const VolumeRules& volume, KernelAbilities kernel) {
	// The operator's rules queue whether or not a limit is enforced, and wait for an answer then.
	if (volume.enabled && volume.verdicts == Verdicts::external) return Verdicts::external;
	if (!needs_verdicts(volume)) return std::nullopt;
	if (volume.verdicts != Verdicts::automatic) return volume.verdicts;
	return kernel.can_queue ? Verdicts::queue : Verdicts::meters;
}

std::vector<std::string> needed_parts(const Config& config, KernelAbilities kernel) {
	std::vector<std::string> parts{"gate25.nft"};
	if (uses_redirect(config)) parts.push_back("redirect.nft");
	if (config.port25.deny == Deny::notice) parts.push_back("notice.nft");
	if (config.garden.enabled) parts.push_back("garden.nft");
	if (config.garden.portal_ipv4 || config.garden.portal_ipv6) parts.push_back("portal.nft");
	if (config.port25.tunnels == Tunnels::drop) parts.push_back("tunnels.nft");
	add_volume_parts(config.volume, kernel, parts);
	return parts;
}

std::vector<std::string> guarded_parts(std::vector<std::string> parts) {
	constexpr std::array<std::string_view, 7> only_once{"redirect.nft", "portal.nft",          "notice.nft",           "attempts.nft",
	                                                    "meters.nft",   "connections_log.nft", "connections_queue.nft"};
	std::erase_if(parts, [&](const std::string& part) {
		return std::find(only_once.begin(), only_once.end(), part) != only_once.end();
	});
	return parts;
}

std::vector<Meter> needed_meters(const Config& config, KernelAbilities kernel) {
	std::vector<Meter> meters;
	if (verdicts_by(config.volume, kernel) != Verdicts::meters) return meters;
	std::map<std::string, unsigned> written;
	for (const VolumeLimit& each : config.volume.limits) {
		if (!is_refusing_connections(config.volume, each)) continue;
		const std::string text = fmt::format("{}_{}_{}", quantity_text(each.limit.quantity), each.limit.most, window_text(each.limit.per));
		// Numbered among its equals only: a limit that is added before it must not cost it what it has counted.
		meters.push_back({is_second(each.limit.quantity) ? "meter_destinations.nft" : "meter.nft",
		                  fmt::format("{}_{}", text, ++written[text]), each.limit,
		                  each.match.empty() ? config.network.subscribers : each.match});
	}
	return meters;
}

// The files speak of 30 an hour, of the first limit that does.
std::string for_meter(std::string text, const Meter& meter) {
	const std::string most = std::to_string(meter.limit.most);
	const std::string_view written = is_second(meter.limit.quantity) ? "destinations_30_hour_1" : "connections_30_hour_1";
	replace_all(text, written, meter.name);
	replace_all(text, "30/hour", fmt::format("{}/{}", most, window_text(meter.limit.per)));
	replace_all(text, "burst 30 packets", fmt::format("burst {} packets", most));
	replace_all(text, "timeout 1h;", fmt::format("timeout {}s;", window_length(meter.limit.per).count()));
	return text;
}

Config without_agent(Config config) {
	if (config.port25.deny == Deny::notice) config.port25.deny = Deny::reset;
	config.volume.verdicts = Verdicts::meters;
	config.volume.enabled = needs_verdicts(config.volume);
	return config;
}

} // namespace gate25
