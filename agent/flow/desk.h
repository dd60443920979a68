// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the abuse desk can do, as changes of a transaction: quarantine, release, exempt, take an alert. Each
// one checks everything before it changes anything, and writes its line of the audit.
#pragma once

#include "core/world.h"
#include "flow/transaction.h"
#include "wire/requests.h"

namespace gate25 {

class Desk {
public:
	Desk(const Policy& policy, Store& store) : policy_(policy), store_(store) {}

	[[nodiscard]] Result<Quarantine> quarantine(Transaction& transaction, const QuarantineRequest& request,
	                                            const std::string& by) const;
	// Whatever stands for this subject: a number, an address, a prefix. Never empty.
	[[nodiscard]] Result<std::vector<Quarantine>> release(Transaction& transaction, const std::string& subject,
	                                                      const std::string& by, const std::string& reason) const;
	[[nodiscard]] Result<Exemption> exempt(Transaction& transaction, const ExemptionRequest& request,
	                                       const std::string& by) const;
	[[nodiscard]] Result<std::vector<Exemption>> unexempt(Transaction& transaction, const std::string& subject,
	                                                      const std::string& by, const std::string& reason) const;
	// An accusation quarantines the subscriber unless he is quarantined already; anything else is recorded.
	[[nodiscard]] Result<AlertRow> alert(Transaction& transaction, const Alert& alert, const std::string& by) const;
	// Ends what is over.
	static void expire(Transaction& transaction, const Book::Expired& expired);

	// The duration for one who is quarantined now, by how often he was before.
	std::optional<Seconds> duration_for(const Prefix& prefix, UnixTime now) const;

private:
	[[nodiscard]] Result<void> check_level(Level level) const;
	// Prefixes at decision lengths that a subject names: itself, or all that contain the address.
	[[nodiscard]] Result<std::vector<Prefix>> prefixes_of(const std::string& subject) const;
	const Policy& policy_;
	Store& store_;
};

// "42": the number of a decision.
std::optional<std::uint64_t> decision_number(const std::string& subject);
// All prefixes of decision lengths that contain this address.
std::vector<Prefix> decision_prefixes(const Network& network, const Address& address);

} // namespace gate25
