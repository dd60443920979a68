// SPDX-License-Identifier: GPL-2.0-or-later
//
// Random scenes, sent through the kernel and the model.
#pragma once

#include "oracle.h"
#include "wire/ruleset.h"

#include <functional>

namespace gate25::compare {

RulesSource read_rules(const std::string& directory);
// rules_text(), or an exception with its error.
std::string rules_of(const RulesSource& source, const Config& config);

// How the rules get into the kernel; returns what went wrong. As the agent does it, and as `nft -f` and
// `nft -j -f` load what `gate25 export` prints.
using Loader = std::function<std::string(const std::string& rules, const Scene&)>;
std::string load_by_agent(const std::string& rules, const Scene& scene);
std::string load_export(const std::string& rules, const Scene& scene);
std::string load_export_as_json(const std::string& rules, const Scene& scene);

struct Tally {
	std::uint64_t scenes = 0, cases = 0, disagreements = 0;
	std::map<std::string, std::uint64_t> verdicts;
	Moved counters; // over all cases
};

class Comparison {
public:
	Comparison(Lab& lab, Firewall& firewall, RulesSource source, Loader loader);
	void run(Dice& dice, std::uint64_t cases);
	const Tally& tally() const { return tally_; }
	// False after too many disagreements to be of use.
	bool is_worth_going_on() const { return tally_.disagreements < 5; }

private:
	void run_scene(Dice& dice, const Scene& scene, std::uint64_t cases);
	void send(const Frame& frame, const Scene& scene, Oracle& oracle);
	void make_room_for(const Frame& frame);
	void check_no_tracking(const Scene& scene);
	void disagree(const Scene& scene, const std::string& how);

	Lab& lab_;
	Firewall& firewall_;
	RulesSource source_;
	Loader load_;
	Tally tally_;
	std::set<std::tuple<std::uint8_t, Address, std::uint16_t>> talkers_; // whom connection tracking may know
};

} // namespace gate25::compare
