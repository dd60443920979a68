// SPDX-License-Identifier: GPL-2.0-or-later
//
// Takes claims as flow/assignments would, as simply as possible: one holder for each prefix and range.
#pragma once

#include "core/assignment_world.h"

#include <deque>
#include <map>

namespace gate25::test {

class FakeClaimTaker : public ClaimTaker {
public:
	void take(std::vector<AssignmentClaim> some, std::function<void(Result<void>)> done) override {
		++batches;
		for (const AssignmentClaim& claim : some) apply(claim);
		if (is_slow)
			undone.push_back(std::move(done));
		else
			done({});
	}
	void heard(SourceRank) override { ++heard_count; }
	SourceCounters& counters(SourceRank) override { return own; }
	void each_of(SourceRank source, const std::function<void(const Assignment&)>& visit) const override {
		for (const auto& [key, assignment] : stands)
			if (assignment.source == source) visit(assignment);
	}
	// "203.0.113.7=anna 2001:db8::1=bert": all that stands.
	std::string text() const {
		std::string out;
		for (const auto& [key, assignment] : stands) {
			if (!out.empty()) out += ' ';
			out += assignment.prefix.text();
			if (!assignment.ports.is_whole()) out += '#' + assignment.ports.text();
			out += '=' + assignment.subscriber;
		}
		return out;
	}

	std::map<std::pair<Prefix, PortRange>, Assignment> stands;
	std::vector<AssignmentClaim> claims;
	std::deque<std::function<void(Result<void>)>> undone;
	SourceCounters own;
	unsigned batches = 0, heard_count = 0, conflicts = 0;
	bool is_slow = false;
	bool is_recording = true;

private:
	void apply(const AssignmentClaim& claim) {
		if (is_recording) claims.push_back(claim);
		for (const Prefix& prefix : claim.prefixes) {
			const std::pair key{prefix, claim.ports};
			if (claim.kind == AssignmentClaim::Kind::end) {
				stands.erase(key);
				continue;
			}
			Assignment& stood = stands[key];
			if (!stood.subscriber.empty() && stood.subscriber != claim.subscriber) ++conflicts;
			if (stood.subscriber != claim.subscriber) stood.from = claim.at;
			stood = {prefix, claim.ports, claim.subscriber, stood.from, claim.at, claim.until, claim.source, claim.session, claim.server};
		}
	}
};

} // namespace gate25::test
