// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which files of rules/ a configuration needs on which kernel.
#pragma once

#include "core/config.h"

#include <optional>
#include <string>
#include <vector>

namespace gate25 {

struct KernelAbilities {
	bool can_queue = false; // it knows `queue` in nftables
};

// Who refuses what is above an enforced limit on connections; nullopt: nobody has to. Rules of the operator's own are
// answered even if nothing is to be refused.
std::optional<Verdicts> verdicts_by(const VolumeRules& volume, KernelAbilities kernel);

// Which files, in the order of loading. Those that are loaded more than once are not among them: meters, lengths.
std::vector<std::string> needed_parts(const Config& config, KernelAbilities kernel = {});

// Of these what the guard holds too: no address is translated twice, nothing is counted twice.
std::vector<std::string> guarded_parts(std::vector<std::string> parts);

// A limit that the kernel holds by itself: a template with other numbers in it.
struct Meter {
	std::string file; // "meter.nft"
	std::string name; // "connections_30_hour_1", in the names of its sets and chains
	Limit limit;
	std::vector<Prefix> match; // whom it is for, never empty
};
std::vector<Meter> needed_meters(const Config& config, KernelAbilities kernel);
// The text of the file for this meter.
std::string for_meter(std::string text, const Meter& meter);

// The same policy where no agent answers, logs or judges: limits that are enforced are held by the kernel.
Config without_agent(Config config);

} // namespace gate25
