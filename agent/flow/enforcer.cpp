// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/enforcer.h"

#include "wire/rule_sets.h"

#include <algorithm>
#include <cerrno>

namespace gate25 {
namespace {

// All that stands, as it is when it is asked for.
ElementSource additions(const Network& network, const Coverage& coverage, const Now& now) {
	return [&network, &coverage, now](const auto& visit) {
		coverage.each_standing([&](const Standing& standing) {
			for (const ElementChange& change : plan_change(network, std::nullopt, standing, now)) visit(change);
		});
	};
}

// Names that are in one list and not in the other, for the log.
std::string difference(const TableShape& live, const Declared& wanted, std::size_t rule_count) {
	if (!live.exists) return "the table inet gate25 is gone";
	for (const std::string& chain : wanted.chains)
		if (std::find(live.chains.begin(), live.chains.end(), chain) == live.chains.end())
			return "chain " + chain + " is gone";
	for (const std::string& set : wanted.sets)
		if (std::find(live.sets.begin(), live.sets.end(), set) == live.sets.end()) return "set " + set + " is gone";
	for (const std::string& chain : live.chains)
		if (!wanted.chains.contains(chain)) return "foreign chain " + chain;
	for (const std::string& set : live.sets)
		if (!wanted.sets.contains(set)) return "foreign set " + set;
	if (live.rules != rule_count)
		return "it has " + std::to_string(live.rules) + " rules instead of " + std::to_string(rule_count);
	return {};
}

bool is_full(const ElementFailure& failure) { return failure.error.saved_errno == ENFILE; }

} // namespace

Result<void> Enforcer::install(std::shared_ptr<const Policy> policy, const RulesSource& source) {
	auto rules = rules_text(source, *policy, abilities_);
	if (!rules) return fail(rules.error());
	auto standalone = gate25::standalone_rules(source, *policy);
	if (!standalone) return fail(standalone.error());
	const auto live = kernel_.shape();
	if (!live) return fail(live.error());
	const bool sets_hold = policy_ && live->exists && !is_removed_ &&
	                       policy_->config().network == policy->config().network;
	// At a start the decision sets are emptied and filled: the guard holds by then. (Even in one transaction a packet
	// whose lookup began before it may find an empty set.)
	if (policy_ == nullptr) {
		policy_ = policy;
		put_guard(source);
	}
	if (auto installed = put_rules(*rules, policy->config().network, *live); !installed) return fail(installed.error());
	policy_ = std::move(policy);
	rules_ = std::move(*rules);
	standalone_rules_ = std::move(*standalone);
	is_removed_ = false;
	health_.is_table_present = true;
	if (auto converged = sets_hold ? Result<void>() : converge(); !converged) return converged;
	put_guard(source);
	bypass_.suspect_all(policy_->config());
	look_through_bypass();
	return {};
}

void Enforcer::put_guard(const RulesSource& source) {
	const auto text = guard_text(source, *policy_, abilities_);
	if (text && *text == guard_ && health_.guard_problem.empty()) return;
	const auto elements = additions(policy_->config().network, coverage_, clock_.now());
	const Result<void> installed = text ? kernel_.install_guard(*text, decision_sets(policy_->config().network), elements) : fail(text.error());
	health_.guard_problem = installed ? "" : installed.error().text;
	guard_ = text.value_or("");
}

// In place where that is possible. A table of another version or another author may not take it (a set of the
// same name with other flags): then all of it is replaced in one transaction, decisions included.
Result<void> Enforcer::put_rules(const std::string& rules, const Network& network, const TableShape& live) {
	auto installed = kernel_.install(replacement_text(rules, live));
	if (!installed && live.exists) {
		std::vector<Standing> standings;
		coverage_.each_standing([&](const Standing& standing) { standings.push_back(standing); });
		if (kernel_.install(standalone_text(rules, network, standings, clock_.now()))) installed = {};
	}
	if (!installed) return installed;
	if (const auto shape = kernel_.shape()) rule_count_ = shape->rules;
	return {};
}

Result<void> Enforcer::converge() {
	const auto elements = additions(policy_->config().network, coverage_, clock_.now());
	missing_.clear();
	health_.problem.clear();
	health_.elements = 0;
	elements([this](const ElementChange&) { ++health_.elements; });
	filled_ = clock_.now().boot;
	auto done = kernel_.replace(decision_sets(policy_->config().network), elements);
	if (!done && done.error().saved_errno == ENFILE) return fill_what_fits(elements);
	if (!done) health_.problem = "the kernel does not hold all decisions: " + done.error().text;
	return done;
}

void Enforcer::book_went_back(Milliseconds since) {
	if (!is_removed_ && policy_ && filled_ >= since) (void)converge();
}

std::vector<ElementChange> Enforcer::changes_of(const Transaction::Moved& move, std::vector<Transaction::Moved>& places,
                                                const Now& now) {
	const Network& network = policy_->config().network;
	const Standing& known = move.after ? *move.after : *move.before;
	const bool is_plain = coverage_.assignments().size() == 0 && !is_subscriber_key(known.prefix);
	if (is_plain) {
		places.push_back(move);
		return counted(plan_change(network, move.before, move.after, now));
	}
	std::vector<ElementChange> changes;
	for (const Prefix& place : coverage_.places(known.prefix)) {
		Transaction::Moved there = move;
		if (there.before) there.before->prefix = place;
		if (there.after) there.after->prefix = place;
		const bool is_shared = coverage_.is_shared(known.prefix, place, !known.level);
		if (is_shared) there.after = known.level ? coverage_.quarantine_standing(place) : coverage_.exemption_standing(place);
		// The book may be ahead of the store here: should that refuse, the kernel is made equal to the book again.
		if (is_shared) filled_ = now.boot;
		auto planned = is_shared ? plan_settled(network, place, !known.level, there.after, now)
		                         : counted(plan_change(network, there.before, there.after, now));
		changes.insert(changes.end(), planned.begin(), planned.end());
		places.push_back(std::move(there));
	}
	return changes;
}

// What is settled is not counted: most of what it removes was not there, and what moves is as many as before.
std::vector<ElementChange> Enforcer::counted(std::vector<ElementChange> changes) {
	for (const ElementChange& change : changes) {
		if (change.op == ElementChange::Op::add) ++health_.elements;
		if (change.op == ElementChange::Op::remove && health_.elements > 0) --health_.elements;
	}
	return changes;
}

std::vector<ElementFailure> Enforcer::apply(const std::vector<ElementChange>& changes,
                                            const std::vector<Transaction::Moved>& moved) {
	auto left_out = put_right(kernel_.apply(changes));
	// Not before: a packet in between would still pass, and go into the flowtable again.
	bypass_.suspect(moved, policy_->config());
	look_through_bypass();
	return left_out;
}

std::vector<ElementFailure> Enforcer::enforce(const std::vector<Transaction::Moved>& moved) {
	if (is_removed_ || !policy_) return {};
	const Now now = clock_.now();
	std::vector<ElementChange> changes;
	std::vector<Transaction::Moved> places;
	for (const Transaction::Moved& move : moved) {
		if (!move.before && !move.after) continue;
		auto planned = changes_of(move, places, now);
		changes.insert(changes.end(), std::make_move_iterator(planned.begin()), std::make_move_iterator(planned.end()));
	}
	auto failures = apply(changes, places);
	for (ElementFailure& failure : failures)
		failure.holder = coverage_.assignments().holder(prefix_of(policy_->config().network, failure.change.set, failure.change.key));
	return failures;
}

void Enforcer::settle(const std::vector<Prefix>& prefixes) {
	if (is_removed_ || !policy_) return;
	const Now now = clock_.now();
	const Network& network = policy_->config().network;
	std::vector<ElementChange> changes;
	std::vector<Transaction::Moved> places;
	for (const Prefix& prefix : prefixes)
		for (const bool is_exemption : {false, true}) {
			auto stands = is_exemption ? coverage_.exemption_standing(prefix) : coverage_.quarantine_standing(prefix);
			auto planned = plan_settled(network, prefix, is_exemption, stands, now);
			changes.insert(changes.end(), planned.begin(), planned.end());
			if (stands) places.push_back({std::nullopt, std::move(stands)});
		}
	filled_ = now.boot; // as in changes_of()
	(void)apply(changes, places);
}

std::vector<ElementFailure> Enforcer::put_right(std::vector<ElementFailure> failures) {
	if (failures.empty()) return {};
	if (std::all_of(failures.begin(), failures.end(), is_full)) {
		remember(failures);
		return failures;
	}
	health_.problem = failures.front().error.text;
	// The decision is stored, so it will hold: a missing set means a missing table, which is rebuilt from the book.
	if (verify().empty()) (void)converge();
	if (health_.problem.empty()) failures.clear();
	return failures;
}

void Enforcer::look_through_bypass() {
	bypass_.take_back(*policy_);
	health_.flows_cut = bypass_.taken_back();
}

std::string Enforcer::take_back() {
	if (is_removed_ || !policy_) return {};
	look_through_bypass();
	if (bypass_.problem() == health_.flows_problem) return {};
	health_.flows_problem = bypass_.problem();
	return health_.flows_problem;
}

std::string Enforcer::verify() {
	if (is_removed_ || !policy_) return {};
	// A net below the net: what was on its way into a flowtable while a decision was made.
	bypass_.suspect_mail();
	const auto live = kernel_.shape();
	if (!live) return {};
	const std::string wrong = difference(*live, declared_in(rules_), rule_count_);
	if (wrong.empty()) return {};
	(void)repair(wrong);
	return wrong;
}

Result<void> Enforcer::repair(const std::string& why) {
	if (is_removed_ || !policy_) return {};
	++health_.repairs;
	return put_back(why);
}

Result<void> Enforcer::resync() {
	if (is_removed_ || !policy_) return {};
	++health_.resyncs;
	return put_back("notifications were lost");
}

Result<void> Enforcer::put_back(const std::string& why) {
	const auto live = kernel_.shape();
	if (!live) return fail(live.error());
	health_.is_table_present = live->exists;
	health_.last_repair = clock_.now().wall;
	health_.last_repair_why = why;
	if (auto installed = put_rules(rules_, policy_->config().network, *live); !installed) {
		health_.problem = why + ", and " + installed.error().text;
		return installed;
	}
	health_.is_table_present = true;
	return converge();
}

Result<void> Enforcer::remove() {
	if (auto removed = kernel_.remove_table(); !removed) return removed;
	is_removed_ = true;
	guard_.clear();
	health_.is_table_present = false;
	health_.elements = 0;
	return {};
}

} // namespace gate25
