// SPDX-License-Identifier: GPL-2.0-or-later
//
// From the files in rules/ and a configuration to the text that nftables runs. No rule is composed here:
// the values of `define` lines are replaced, parts that the configuration needs are joined, a further
// prefix length gets length4.nft or length6.nft with its number in the names, a limit on volume that the kernel
// holds gets meter.nft with its numbers, and the sets that change with the configuration are filled.
#pragma once

#include "core/element.h"
#include "core/plan.h"
#include "core/policy.h"
#include "wire/ruleset_parts.h"

#include <map>
#include <string>
#include <vector>

namespace gate25 {

// File name -> text: "gate25.nft", "redirect.nft", ...
using RulesSource = std::map<std::string, std::string>;

// Definitions and rules with the sets of the configuration filled, the sets of decisions empty. Errors name
// a missing file or define.
[[nodiscard]] Result<std::string> rules_text(const RulesSource& source, const Policy& policy, KernelAbilities kernel = {});

// The same rules as a table of their own that the agent's socket owns (rules/guard.nft): no redirection, no
// volume, the sets of decisions empty. For a fresh socket: the table goes with the socket that owned it.
[[nodiscard]] Result<std::string> guard_text(const RulesSource& source, const Policy& policy, KernelAbilities kernel = {});

// Those of a router without an agent (without_agent()), for standalone_text().
[[nodiscard]] Result<std::string> standalone_rules(const RulesSource& source, const Policy& policy);

// The text that makes a live table equal to `rules`, in one transaction: chains are emptied and refilled,
// decision sets and counters keep what they have, sets and chains that are no longer wanted go.
std::string replacement_text(const std::string& rules, const TableShape& live);

// For a router without an agent: replaces the whole table and holds the decisions with their remaining time.
std::string standalone_text(const std::string& rules, const Network& network, const std::vector<Standing>& standings,
                            const Now& now);

// "add element inet gate25 quarantine4_port25 { 203.0.113.7 timeout 3599s }" lines, many to a line.
std::string elements_text(const Network& network, const std::vector<Standing>& standings, const Now& now);

} // namespace gate25
