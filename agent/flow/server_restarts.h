// SPDX-License-Identifier: GPL-2.0-or-later
//
// Access servers that begin anew (Accounting-On, Accounting-Off: RFC 2866 5.1). One may have had half a million sessions, and to
// end them takes long enough that others' packets and mails would wait: so they end in parts, and between two parts all else
// goes on. Only what the server itself says meanwhile waits, or its new sessions could be taken for the old ones.
#pragma once

#include "core/assignment_book.h"

#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gate25 {

class ServerRestarts {
public:
	using Done = std::function<void(Result<void>)>;
	explicit ServerRestarts(AssignmentBook& book) : book_(book) {}

	// Takes those out of `claims`, in their order, that must wait here.
	std::vector<AssignmentClaim> hold_back(std::vector<AssignmentClaim>& claims);
	// They wait, behind those that do already. `done` when they are durable.
	void wait(std::vector<AssignmentClaim> claims, Done done);
	bool is_empty() const { return waiting_.empty(); }

	// What comes next: a part of what a restart ends, or a claim that has only waited and is to be taken now.
	struct Part {
		AssignmentClaim claim;
		std::optional<ClaimOutcome> outcome; // of a part; nullopt: of a claim to be taken
		bool is_last = true;                 // of this claim
		Done done;                           // empty: nobody is to be answered yet
	};
	Part next();

private:
	struct Waiting {
		AssignmentClaim claim;
		Done done; // empty: a later one of the same call answers
		std::uint32_t place = 0;
	};

	static std::uint64_t key_of(const AssignmentClaim& claim) { return std::uint64_t{claim.server} << 8U | claim.source; }

	AssignmentBook& book_;
	std::deque<Waiting> waiting_;
	std::unordered_map<std::uint64_t, std::size_t> servers_; // how many of each wait
};

} // namespace gate25
