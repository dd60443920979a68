// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/server_restarts.h"

#include <algorithm>

namespace gate25 {
namespace {

constexpr std::size_t ended_at_once = 1000; // less than a millisecond

bool is_restart(const AssignmentClaim& claim) {
	return claim.kind == AssignmentClaim::Kind::end_server;
}

} // namespace

std::vector<AssignmentClaim> ServerRestarts::hold_back(std::vector<AssignmentClaim>& claims) {
	std::vector<AssignmentClaim> held;
	const auto must_wait = [&](const AssignmentClaim& claim) {
		if (claim.server == 0) return false;
		return servers_.contains(key_of(claim)) || (is_restart(claim) && book_.count(claim.server, claim.source) > ended_at_once);
	};
	std::erase_if(claims, [&](AssignmentClaim& claim) {
		const bool is_held = must_wait(claim);
		if (is_held) {
			++servers_[key_of(claim)];
			held.push_back(std::move(claim));
		}
		return is_held;
	});
	return held;
}

void ServerRestarts::wait(std::vector<AssignmentClaim> claims, Done done) {
	for (AssignmentClaim& claim : claims) waiting_.push_back({std::move(claim), {}});
	waiting_.back().done = std::move(done);
}

ServerRestarts::Part ServerRestarts::next() {
	Waiting& first = waiting_.front();
	Part part{first.claim, {}, true, {}};
	if (is_restart(first.claim)) {
		part.outcome = book_.take_part(first.claim, first.place);
		part.is_last = first.place == 0;
	}
	if (!part.is_last) return part;
	part.done = std::move(first.done);
	const auto server = servers_.find(key_of(first.claim));
	if (--server->second == 0) servers_.erase(server);
	waiting_.pop_front();
	return part;
}

} // namespace gate25
