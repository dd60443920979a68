// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/assignment_view.h"

#include <algorithm>

namespace gate25 {

AssignmentView::AssignmentView(Agent& agent) : agent_(agent) {
	for (const SourceHealth& health : agent.assignments().health()) {
		const auto rank = agent.assignments().rank(health.name);
		if (!rank || !health.is_silent) continue;
		silent_.resize(std::max<std::size_t>(silent_.size(), *rank + std::size_t{1}));
		silent_[*rank] = true;
	}
}

boost::json::object AssignmentView::object(const AssignmentRow& row) const {
	const Assignment& assignment = row.assignment;
	AssignmentState state;
	state.source = agent_.assignments().source_name(assignment.source);
	state.stands = !row.has_ended;
	const bool is_silent = assignment.source < silent_.size() && silent_[assignment.source];
	state.is_aged = state.stands && (is_silent || (assignment.until && *assignment.until < agent_.now().wall));
	state.is_enforced = state.stands && agent_.assignments().is_enforced(assignment.prefix, assignment.ports);
	return json_of(assignment, state);
}

Error no_assignment_history(Agent& agent) {
	const std::string problem = agent.assignments().problem();
	return {ErrorKind::unavailable, "there is no history of assignments: " + (problem.empty() ? "its file is not open" : problem)};
}

void end_assignments(Agent& agent, const std::vector<Assignment>& standing, std::function<void(Result<void>)> done) {
	std::vector<AssignmentClaim> claims;
	for (const Assignment& one : standing) {
		AssignmentClaim claim;
		claim.kind = AssignmentClaim::Kind::end;
		claim.source = one.source;
		claim.subscriber = one.subscriber;
		claim.prefixes = {one.prefix};
		claim.ports = one.ports;
		claim.at = std::max({agent.now().wall, one.from, one.seen}); // a source's clock may be ahead
		claims.push_back(std::move(claim));
	}
	agent.assignments().take(std::move(claims), std::move(done));
}

} // namespace gate25
