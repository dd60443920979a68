// SPDX-License-Identifier: GPL-2.0-or-later
//
// A set with a limit (`size` in the rules) that is full: what it had no room for stays stored, is said in the
// status, and is tried again until it is in.
#include "flow/enforcer.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>

namespace gate25 {
namespace {

// A batch that a full set refuses is halved until the guilty stand alone, so a small one is tried at a time.
constexpr std::size_t most_retried = 100;

} // namespace

// Each set alone, so that a full one costs the others nothing, and as much of it as goes in at once.
Result<void> Enforcer::fill_what_fits(const ElementSource& elements) {
	for (const DecisionSet& set : decision_sets(policy_->config().network)) {
		std::vector<ElementChange> own;
		elements([&](const ElementChange& change) {
			if (change.set == set) own.push_back(change);
		});
		const ElementSource what_fits = [&own](const auto& visit) {
			for (const ElementChange& change : own) visit(change);
		};
		auto done = kernel_.replace({set}, what_fits);
		std::vector<ElementFailure> left_out;
		while (!done && done.error().saved_errno == ENFILE && !own.empty()) {
			const auto kept = static_cast<std::ptrdiff_t>(own.size() / 2);
			for (auto it = own.begin() + kept; it != own.end(); ++it) left_out.push_back({*it, done.error()});
			own.resize(static_cast<std::size_t>(kept));
			done = kernel_.replace({set}, what_fits);
		}
		if (!done) {
			health_.problem = "the kernel does not hold all decisions: " + done.error().text;
			return done;
		}
		remember(left_out);
	}
	(void)retry();
	return {};
}

void Enforcer::remember(const std::vector<ElementFailure>& failures) {
	if (failures.empty()) return;
	for (const ElementFailure& failure : failures) {
		missing_.insert(prefix_of(policy_->config().network, failure.change.set, failure.change.key));
		if (failure.change.op == ElementChange::Op::add && health_.elements > 0) --health_.elements;
	}
	health_.problem = fmt::format("{}: {} stored decisions are not in force", failures.front().error.text, missing_.size());
}

// In turn, so that those of a full set do not keep back those of another.
std::vector<Prefix> Enforcer::next_missing() {
	std::vector<Prefix> next;
	auto at = missing_.upper_bound(last_retried_);
	while (next.size() < std::min(most_retried, missing_.size())) {
		if (at == missing_.end()) at = missing_.begin();
		next.push_back(*at++);
	}
	last_retried_ = next.back();
	return next;
}

std::string Enforcer::retry() {
	if (is_removed_ || !policy_ || missing_.empty()) return {};
	while (!missing_.empty()) {
		std::vector<ElementChange> changes;
		const auto plan = [&](const std::optional<Standing>& standing) {
			for (const ElementChange& change : plan_change(policy_->config().network, std::nullopt, standing, clock_.now()))
				changes.push_back(change);
		};
		for (const Prefix& prefix : next_missing()) {
			plan(coverage_.quarantine_standing(prefix));
			plan(coverage_.exemption_standing(prefix));
			missing_.erase(prefix);
		}
		health_.elements += changes.size();
		const auto failures = kernel_.apply(changes);
		remember(failures);
		if (!failures.empty()) return {};
	}
	health_.problem.clear();
	return "there is room again: all stored decisions are in force";
}

} // namespace gate25
