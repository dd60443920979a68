// SPDX-License-Identifier: GPL-2.0-or-later
//
// A kernel in memory for tests: sets with keys, and the last rules that it was given.
#pragma once

#include "core/world.h"
#include "wire/rule_sets.h"

#include <cerrno>
#include <cstdint>
#include <map>
#include <string>

namespace gate25 {

class FakeKernel : public Kernel {
public:
	using Elements = std::map<std::string, std::optional<Milliseconds>>; // address -> timeout
	std::map<std::string, Elements> sets;
	std::string rules;
	unsigned installs = 0, guards = 0, replacements = 0;
	std::string install_error, guard_error, take_back_error;
	std::vector<LiveFlow> offloaded;
	std::vector<FlowQuery> queries;
	bool is_table_present = false;
	std::size_t rule_count = 100; // whatever the rules say
	std::size_t room = SIZE_MAX; // elements that each set takes

	// What `nft flush ruleset` does.
	void flush() {
		sets.clear();
		rules.clear();
		is_table_present = false;
	}
	Result<void> install(const std::string& ruleset) override {
		if (!install_error.empty()) return fail(ErrorKind::kernel, install_error);
		rules = ruleset;
		is_table_present = true;
		++installs;
		return {};
	}
	Result<void> install_guard(const std::string&, const std::vector<DecisionSet>&, const ElementSource&) override {
		++guards;
		if (!guard_error.empty()) return fail(ErrorKind::kernel, guard_error);
		return {};
	}
	std::vector<ElementFailure> apply(const std::vector<ElementChange>& changes) override {
		std::vector<ElementFailure> failures;
		for (const ElementChange& change : changes) {
			if (!is_table_present)
				failures.push_back({change, {ErrorKind::kernel, "the set " + change.set.name() + " is missing", 2}});
			else if (change.op == ElementChange::Op::remove)
				sets[change.set.name()].erase(change.key.text());
			else if (!sets[change.set.name()].contains(change.key.text()) && sets[change.set.name()].size() >= room)
				failures.push_back({change, {ErrorKind::kernel, "the set " + change.set.name() + " is full", ENFILE}});
			else
				sets[change.set.name()][change.key.text()] = change.timeout;
		}
		return failures;
	}
	Result<void> replace(const std::vector<DecisionSet>& emptied, const ElementSource& elements) override {
		++replacements;
		const auto before = sets;
		for (const DecisionSet& set : emptied) sets[set.name()].clear();
		std::vector<ElementFailure> failures;
		elements([&](const ElementChange& change) {
			for (ElementFailure& failure : apply({change})) failures.push_back(std::move(failure));
		});
		if (failures.empty()) return {};
		sets = before;
		return fail(failures.front().error);
	}
	Result<std::vector<FoundElement>> elements(const std::vector<DecisionSet>& wanted) override {
		std::vector<FoundElement> found;
		for (const DecisionSet& set : wanted)
			for (const auto& [key, left] : sets[set.name()]) found.push_back({set, *Address::parse(key), left});
		return found;
	}
	Result<TableShape> shape() override {
		TableShape shape;
		shape.exists = is_table_present;
		shape.rules = rule_count;
		const Declared declared = declared_in(rules);
		shape.chains.assign(declared.chains.begin(), declared.chains.end());
		shape.sets.assign(declared.sets.begin(), declared.sets.end());
		return shape;
	}
	// Every connection is in a flowtable until it is taken back.
	Result<std::size_t> take_back(const FlowQuery& query,
	                              const std::function<bool(const LiveFlow&)>& is_wanted) override {
		queries.push_back(query);
		if (!take_back_error.empty()) return fail(ErrorKind::kernel, take_back_error);
		return std::erase_if(offloaded, [&](const LiveFlow& one) {
			const bool matches = one.from.family() == query.family && (!query.from || *query.from == one.from) &&
			                     (!query.reached || *query.reached == one.reached) &&
			                     (!query.to_port || *query.to_port == one.to_port);
			return matches && is_wanted(one);
		});
	}
	Result<std::map<std::string, Counter>> counters() override { return std::map<std::string, Counter>(); }
	Result<void> remove_table() override {
		flush();
		return {};
	}
	bool holds(const std::string& set, const std::string& key) { return sets[set].contains(key); }
};

} // namespace gate25
