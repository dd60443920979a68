// SPDX-License-Identifier: GPL-2.0-or-later
//
// The kernel is a copy of the store. Everything that writes to it goes through here: single changes after a
// commit, the rules at start and reload, and the repair after anybody else touched the table.
#pragma once

#include "core/coverage.h"
#include "flow/bypass.h"
#include "flow/transaction.h"
#include "wire/ruleset.h"

#include <memory>
#include <set>
#include <string>

namespace gate25 {

struct EnforcerHealth {
	bool is_table_present = false;
	std::size_t elements = 0;
	std::uint64_t repairs = 0; // after foreign changes
	std::uint64_t resyncs = 0; // after lost notifications
	std::optional<UnixTime> last_repair;
	std::string last_repair_why;
	std::string guard_problem; // empty: the guard holds; why a flush by others may leak for a moment
	std::uint64_t flows_cut = 0; // taken out of other tables' flowtables since a decision refused them
	std::string flows_problem;   // why some may live on there
	std::string problem; // empty: the kernel equals the store as far as known
};

class Enforcer {
public:
	Enforcer(Kernel& kernel, const Coverage& coverage, const Clock& clock, KernelAbilities abilities = {})
		: kernel_(kernel), coverage_(coverage), clock_(clock), abilities_(abilities), bypass_(kernel, coverage, clock) {}

	// Puts the rules of a policy in place and makes the decision sets equal to the book when they may not be:
	// at start, when the network changed, when the table was missing. An error leaves the old rules.
	[[nodiscard]] Result<void> install(std::shared_ptr<const Policy> policy, const RulesSource& source);
	// Returns what the kernel did not take: it is remembered, and retry() brings it in.
	std::vector<ElementFailure> enforce(const std::vector<Transaction::Moved>& moved);
	// These prefixes have changed hands: what was decided of their holders holds there now, and nothing of those before.
	void settle(const std::vector<Prefix>& prefixes);
	// The store refused what the book held since then. It is in the kernel only if that was filled meanwhile.
	void book_went_back(Milliseconds since);
	// What a full set had no room for is tried again. Says so when the last of it is in; empty: nothing to say.
	std::string retry();
	// Compares what the table consists of with what it should; repairs. Returns what was wrong, empty: nothing.
	std::string verify();
	// Reinstalls everything, whatever the table looks like.
	[[nodiscard]] Result<void> repair(const std::string& why);
	// The same after notifications were lost.
	[[nodiscard]] Result<void> resync();
	// Connections that go past the rules and that were not looked at yet. Returns what is wrong, once; empty: nothing.
	std::string take_back();
	[[nodiscard]] Result<void> remove();
	const EnforcerHealth& health() const { return health_; }
	bool is_removed() const { return is_removed_; }
	const Policy& policy() const { return *policy_; }
	const std::string& rules() const { return rules_; }
	// The same for a router without an agent, which nobody logs to or asks.
	const std::string& standalone_rules() const { return standalone_rules_; }
	KernelAbilities abilities() const { return abilities_; }

private:
	[[nodiscard]] Result<void> put_rules(const std::string& rules, const Network& network, const TableShape& live);
	std::vector<ElementChange> changes_of(const Transaction::Moved& move, std::vector<Transaction::Moved>& places, const Now& now);
	std::vector<ElementChange> counted(std::vector<ElementChange> changes);
	std::vector<ElementFailure> apply(const std::vector<ElementChange>& changes, const std::vector<Transaction::Moved>& moved);
	void put_guard(const RulesSource& source);
	[[nodiscard]] Result<void> put_back(const std::string& why);
	[[nodiscard]] Result<void> converge();
	[[nodiscard]] Result<void> fill_what_fits(const ElementSource& elements);
	// What is still missing after all that can be done at once.
	std::vector<ElementFailure> put_right(std::vector<ElementFailure> failures);
	void remember(const std::vector<ElementFailure>& failures);
	std::vector<Prefix> next_missing();
	void look_through_bypass();
	Kernel& kernel_;
	const Coverage& coverage_;
	const Clock& clock_;
	KernelAbilities abilities_;
	Bypass bypass_;
	std::shared_ptr<const Policy> policy_;
	std::string rules_, standalone_rules_;
	std::size_t rule_count_ = 0; // in the kernel, after they were put there
	std::string guard_; // the text that the guard was made from
	EnforcerHealth health_;
	Milliseconds filled_{}; // when the kernel was last made equal to the book
	std::set<Prefix> missing_; // stored, and refused by a full set
	Prefix last_retried_;
	bool is_removed_ = false;
};

} // namespace gate25
