// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the abuse desk can do, as changes of a transaction: quarantine, release, exempt, take a report. Each
// one checks everything before it changes anything, and writes its line of the audit.
#pragma once

#include "core/assignment_book.h"
#include "core/world.h"
#include "flow/incoming.h"
#include "flow/notice_teller.h"
#include "flow/transaction.h"
#include "wire/requests.h"

namespace gate25 {

class Desk {
public:
	Desk(const Policy& policy, Store& store, const AssignmentBook& assignments, NoticeTeller& teller)
		: policy_(policy), store_(store), assignments_(assignments), teller_(teller) {}

	[[nodiscard]] Result<Quarantine> quarantine(Transaction& transaction, const QuarantineRequest& request,
	                                            const std::string& by) const;
	// Whatever stands for this subject: a number, an address, a prefix. Never empty.
	[[nodiscard]] Result<std::vector<Quarantine>> release(Transaction& transaction, const std::string& subject,
	                                                      const std::string& by, const std::string& reason) const;
	[[nodiscard]] Result<Exemption> exempt(Transaction& transaction, const ExemptionRequest& request,
	                                       const std::string& by) const;
	[[nodiscard]] Result<std::vector<Exemption>> unexempt(Transaction& transaction, const std::string& subject,
	                                                      const std::string& by, const std::string& reason) const;
	// Judges it and writes down what follows. An error: it had to be kept and there is no room for it.
	[[nodiscard]] Result<Taken> take(Transaction& transaction, const Incoming& incoming) const;
	// A person has dealt with a report in the inbox.
	[[nodiscard]] static Result<HeldReport> close_report(Transaction& transaction, std::uint64_t id, const std::string& by,
	                                                     const std::string& reason);
	// One that waited too long for its key is for a person now.
	[[nodiscard]] static Result<bool> give_up(Transaction& transaction, std::uint64_t id);
	// Ends what is over.
	void expire(Transaction& transaction, const Book::Expired& expired) const;
	// Somebody who was let out goes on as before.
	void misbehaves(Transaction& transaction, const Quarantine& ended, std::uint64_t attempts) const;
	// Whom a request means: the subscriber who holds what it names, if anybody is known to; otherwise that prefix.
	Prefix party(const Subject& subject) const;

	// The duration for one who is quarantined now, by how often he was before.
	std::optional<Seconds> duration_for(const Prefix& prefix, UnixTime now) const;

private:
	[[nodiscard]] Result<void> follow(Transaction& transaction, const Incoming& incoming, const Situation& situation,
	                                  Taken& taken) const;
	void write_down(Transaction& transaction, const Incoming& incoming, Taken& taken) const;
	std::uint64_t hear_more(Transaction& transaction, const Incoming& incoming, const Situation& situation) const;
	std::uint64_t quarantine_by(Transaction& transaction, const Incoming& incoming, const Taken& taken) const;
	[[nodiscard]] Result<void> keep(Transaction& transaction, const Incoming& incoming, Taken& taken) const;
	static void close(Transaction& transaction, std::uint64_t id, const Judgement& judgement);
	[[nodiscard]] Result<void> check_level(Level level) const;
	// Under which a subject may stand: itself, all prefixes that contain the address, and who holds it.
	[[nodiscard]] Result<std::vector<Prefix>> prefixes_of(const std::string& subject) const;
	[[nodiscard]] Result<Prefix> may_be(const Transaction& transaction, const Subject& subject, std::string_view what) const;
	// The row that keeps the name that belongs to a key.
	void know(Transaction& transaction, const Prefix& party, const std::string& name = {}) const;
	void tell(Transaction& transaction, NoticeKind kind, const Quarantine& quarantine, const Alert* alert = nullptr) const;
	// What an alert has led to does not outlast [quarantine] max_stay.
	std::optional<Deadline> within_stay(const std::optional<Deadline>& until, UnixTime from, const Now& now) const;
	const Policy& policy_;
	Store& store_;
	const AssignmentBook& assignments_;
	NoticeTeller& teller_;
};

// "42": the number of a decision.
std::optional<std::uint64_t> decision_number(const std::string& subject);

} // namespace gate25
