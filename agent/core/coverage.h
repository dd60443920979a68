// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is in force for a prefix: what was decided of the prefix itself, and what was decided of the subscriber who holds
// it now. Both stand; where they are of one kind the stricter one counts until it is ended.
// The book knows decisions, the other book who holds what; here the two meet, and whoever asks the first one what
// to enforce asks here instead.
#pragma once

#include "core/assignment_book.h"
#include "core/book.h"

namespace gate25 {

class Coverage : public DecisionIndex {
public:
	Coverage(const Book& book, const AssignmentBook& assignments) : book_(book), assignments_(assignments) {}

	// DecisionIndex: what is in force, for prefixes only.
	std::optional<Found> quarantine(const Prefix& exact) const override;
	std::optional<std::uint64_t> exemption(const Prefix& exact) const override;

	// Of prefixes only, a subscriber's key is expanded to what he holds.
	void each_standing(const std::function<void(const Standing&)>& visit) const;
	std::optional<Standing> quarantine_standing(const Prefix& prefix) const;
	std::optional<Standing> exemption_standing(const Prefix& prefix) const;
	// The prefixes for which a decision about this one is enforced: itself, or all that the subscriber holds by himself.
	std::vector<Prefix> places(const Prefix& subject) const;
	// Whether, of one kind, the other of the two has a say at this place too: the prefix itself, or its holder.
	bool is_shared(const Prefix& subject, const Prefix& place, bool is_exemption) const;
	// Whether anything is decided of this subscriber.
	bool is_decided(const Prefix& subscriber) const;

	const Book& book() const { return book_; }
	const AssignmentBook& assignments() const { return assignments_; }

private:
	std::optional<Standing> of_holder(const Prefix& prefix, bool is_exemption) const;
	std::optional<Standing> own(const Prefix& prefix, bool is_exemption) const;
	std::optional<Standing> standing(const Prefix& prefix, bool is_exemption) const;
	const Book& book_;
	const AssignmentBook& assignments_;
};

// Of two decisions of one kind about one prefix the one that counts.
Standing stricter(const Standing& one, const Standing& other);

} // namespace gate25
