// SPDX-License-Identifier: GPL-2.0-or-later
//
// Connections that go past the rules, in a flowtable of another table: after a decision those that the policy now
// refuses are taken back, so that their next packet meets the rules, and ends them. docs/design.md, "Live sessions".
#pragma once

#include "core/coverage.h"
#include "flow/transaction.h"

#include <array>
#include <set>

namespace gate25 {

class Bypass {
public:
	Bypass(Kernel& kernel, const Coverage& coverage, const Clock& clock)
		: kernel_(kernel), coverage_(coverage), book_(coverage.book()), clock_(clock) {}

	// What is to be looked through after these decisions; nothing when they only let somebody out.
	void suspect(const std::vector<Transaction::Moved>& moved, const Config& config);
	void suspect_all(const Config& config);
	void suspect_mail(); // of everybody
	// Looks through it and takes back what is refused. Each look is a walk of the kernel through all its connections
	// and holds up the loop, so they get a share of the time and the rest waits for the next call: one alert
	// is followed by its look at once, a storm of them by a few in common.
	void take_back(const Policy& policy);

	std::uint64_t taken_back() const { return taken_back_; }
	const std::string& problem() const { return problem_; } // of the last look

private:
	struct Suspects {
		bool is_empty = true;
		std::optional<Prefix> only; // nullopt: more than one subscriber
		bool any_port = false;
		std::set<std::uint16_t> ports;
	};
	Suspects& widen(Family family, const std::optional<Prefix>& only);
	// What to ask for next; taken out of the suspects.
	static std::vector<FlowQuery> next(Suspects& suspects, Family family);
	bool has_time();
	void look(const std::vector<FlowQuery>& queries, const Policy& policy, std::string& problem);
	Kernel& kernel_;
	const Coverage& coverage_;
	const Book& book_;
	const Clock& clock_;
	std::array<Suspects, 2> suspects_; // by family
	bool is_ipv4_next_ = true;
	Milliseconds turn_began_{-1};
	Milliseconds spent_{0}; // since then
	std::uint64_t taken_back_ = 0;
	std::string problem_;
};

} // namespace gate25
