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

// How the rules get into the kernel, and what they are then to be compared with.
struct Way {
	// Returns what went wrong.
	std::function<std::string(const std::string& rules, const Scene& scene)> load;
	Judge judge = {};
};
// As the agent does it: "agent", with the guard beside the table: "guard", with the guard alone, when somebody has
// flushed the table: "guard-alone". As `nft -f` and `nft -j -f` load what `gate25 export` prints: "export", "json".
Way way_of(const std::string& name, const RulesSource& source);
std::string load_by_agent(const std::string& rules, const Scene& scene);

struct Tally {
	std::uint64_t scenes = 0, cases = 0, disagreements = 0;
	std::map<std::string, std::uint64_t> verdicts;
	Moved counters; // over all cases
};

class Comparison {
public:
	Comparison(Lab& lab, Firewall& firewall, RulesSource source, Way way);
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
	Way way_;
	Tally tally_;
	std::set<std::tuple<std::uint8_t, Address, std::uint16_t>> talkers_; // whom connection tracking may know
};

} // namespace gate25::compare
