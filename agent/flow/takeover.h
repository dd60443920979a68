// SPDX-License-Identifier: GPL-2.0-or-later
//
// When the store lost decisions, the kernel may still hold them: it is then the truth, and what it holds that
// the book does not is taken over, so that nobody gets out by an accident of the disk.
#pragma once

#include "core/book.h"
#include "flow/transaction.h"

namespace gate25 {

struct Takeover {
	std::vector<Quarantine> quarantines;
	std::vector<Exemption> exemptions;
	std::size_t size() const { return quarantines.size() + exemptions.size(); }
	// Into a transaction, each with its line of the audit.
	void record(Transaction& transaction) const;
};

Takeover take_over(const Network& network, const Book& book, const std::vector<FoundElement>& elements, const Now& now,
                   std::uint64_t& next_id);

} // namespace gate25
