// SPDX-License-Identifier: GPL-2.0-or-later
//
// From an alert to a decision: gather what the decision looks at, judge (core/judge.h), write down what follows.
#include "core/situation.h"
#include "flow/desk.h"

#include <utility>

namespace gate25 {
namespace {

class BookStandings : public Standings {
public:
	BookStandings(const Book& book, Store& store) : book_(book), store_(store) {}
	std::optional<Situation::Held> held(const Prefix& prefix) override {
		const auto found = book_.find_quarantine(prefix);
		if (!found) return std::nullopt;
		return Situation::Held{found->id, prefix, found->level, found->is_monitored};
	}
	std::uint64_t exemption(const Prefix& prefix) override { return book_.exemption(prefix).value_or(0); }
	unsigned begun_since(const Prefix& prefix, UnixTime since) override { return store_.count_since(prefix, since); }

private:
	const Book& book_;
	Store& store_;
};

} // namespace

Result<Taken> Desk::take(Transaction& transaction, const Incoming& incoming) const {
	const Config& config = policy_.config();
	Situation situation;
	Taken taken;
	if (incoming.alert) {
		taken.reporter = attribute(config, *incoming.alert, incoming.voucher);
		taken.key = report_key(*incoming.alert, taken.reporter);
		BookStandings standings(transaction.book(), store_);
		situation = situation_of(config, *incoming.alert, taken.reporter, taken.key, transaction.now().wall,
		                         transaction.memory(), standings, incoming.holder);
		situation.unknown_holder = incoming.unknown_holder;
		if (incoming.holder && !config.quarantine.never.empty())
			for (const Assignment& one : assignments_.of(incoming.holder->key))
				if (one.ports.is_whole()) situation.holds.push_back(one.prefix);
	}
	situation.unread = incoming.unread;
	situation.signature = incoming.signature.state;
	situation.signature_why = incoming.signature.why;
	situation.can_wait = incoming.can_wait;
	taken.judgement = judge(config, situation);
	taken.subscriber = situation.subscriber;
	if (auto followed = follow(transaction, incoming, situation, taken); !followed) return fail(followed.error());
	return taken;
}

// What the judgement says is done.
Result<void> Desk::follow(Transaction& transaction, const Incoming& incoming, const Situation& situation, Taken& taken) const {
	const Outcome outcome = taken.judgement.outcome;
	if ((outcome == Outcome::aside || outcome == Outcome::waiting) && incoming.is_kept) {
		if (auto kept = keep(transaction, incoming, taken); !kept) return fail(kept.error());
	} else if (incoming.held != 0) {
		close(transaction, incoming.held, taken.judgement);
	}
	if (outcome == Outcome::refused)
		transaction.audit(incoming.voucher.user, "report refused",
		                  incoming.alert ? incoming.alert->address.text() : "", taken.judgement.why, 0);
	if (outcome == Outcome::duplicate) {
		taken.alert = situation.seen;
		transaction.add(Repeat{situation.seen});
	}
	if (outcome == Outcome::decided)
		taken.decision = quarantine_by(transaction, incoming, taken);
	else if (taken.judgement.step == 11)
		taken.decision = hear_more(transaction, incoming, situation);
	const bool is_new_aside = outcome == Outcome::aside && incoming.held == 0;
	const bool has_row = outcome == Outcome::decided || outcome == Outcome::recorded || is_new_aside;
	if (incoming.alert && has_row) write_down(transaction, incoming, taken);
	return {};
}

// Of what stands already: the subscriber hears of it in a digest.
std::uint64_t Desk::hear_more(Transaction& transaction, const Incoming& incoming, const Situation& situation) const {
	if (const auto held = transaction.book().find_quarantine(situation.held->prefix))
		tell(transaction, NoticeKind::digest, *held, &*incoming.alert);
	return situation.held->id;
}

void Desk::write_down(Transaction& transaction, const Incoming& incoming, Taken& taken) const {
	AlertRow row;
	row.id = taken.alert = transaction.new_id();
	row.received = transaction.now().wall;
	row.alert = *incoming.alert;
	row.voucher = incoming.voucher;
	row.subscriber = taken.subscriber;
	row.reporter = taken.reporter;
	row.step = taken.judgement.step;
	row.outcome = taken.judgement.outcome;
	row.why = taken.judgement.why;
	row.is_tallied = taken.judgement.is_tallied;
	row.is_incident = taken.judgement.is_incident;
	row.decision = taken.decision;
	// One that was set aside may come again, when a person or another configuration lets it.
	if (row.outcome != Outcome::aside) row.key = taken.key;
	// Its row says who, when, what and why, and is never changed: it is its own line of the audit.
	transaction.add(row);
}

std::uint64_t Desk::quarantine_by(Transaction& transaction, const Incoming& incoming, const Taken& taken) const {
	const Judgement& judgement = taken.judgement;
	auto before = transaction.book().find_quarantine(taken.subscriber);
	if (before && before->is_monitored && !judgement.is_monitored)
		transaction.end(*std::exchange(before, std::nullopt), std::string(expired_by), "one that is in force takes its place");
	Quarantine quarantine;
	quarantine.id = before ? before->id : transaction.new_id();
	quarantine.prefix = taken.subscriber;
	quarantine.from = before ? before->from : transaction.now().wall;
	quarantine.level = judgement.level;
	if (judgement.duration) quarantine.until = deadline_after(transaction.now(), *judgement.duration);
	// Only what the alert adds is bounded by max_stay, not what the desk has set.
	quarantine.until = within_stay(quarantine.until, quarantine.from, transaction.now());
	if (before) quarantine.until = later_end(before->until, quarantine.until);
	if (before) quarantine.ticket = before->ticket;
	quarantine.reason = judgement.why;
	quarantine.by = incoming.voucher.user;
	quarantine.is_monitored = judgement.is_monitored;
	know(transaction, taken.subscriber, incoming.holder ? incoming.holder->name : "");
	transaction.put(quarantine);
	tell(transaction, before ? NoticeKind::changed : NoticeKind::quarantined, quarantine, &*incoming.alert);
	// The row of a new one is told by its alert; what a change replaces would be lost.
	if (before)
		transaction.audit(quarantine.by, "quarantine changed", quarantine.prefix.text(),
		                  "level " + std::string(level_text(before->level)) + " becomes " +
		                      std::string(level_text(quarantine.level)) + "; it was: " + before->reason, quarantine.id);
	return quarantine.id;
}

// The bytes of one that was kept before stay where they are.
Result<void> Desk::keep(Transaction& transaction, const Incoming& incoming, Taken& taken) const {
	HeldReport held;
	if (const HeldReport* before = transaction.memory().inbox.find(incoming.held)) held = *before;
	const bool is_new = held.id == 0;
	if (is_new) {
		held.size = incoming.bytes.size();
		const Inbox& inbox = transaction.memory().inbox;
		if (!inbox.has_room_for(held.size))
			return fail(ErrorKind::busy, "not taken: the inbox is full, " + std::to_string(inbox.held().size()) +
			                                 " reports wait for a person or a key; see gate25 inbox");
		held.id = transaction.new_id();
		held.received = transaction.now().wall;
		held.bytes = incoming.bytes;
		held.signature = incoming.detached_signature;
	}
	const bool waits = taken.judgement.outcome == Outcome::waiting;
	held.state = waits ? HeldState::waiting : HeldState::aside;
	held.format = incoming.format;
	held.step = taken.judgement.step;
	held.why = taken.judgement.why;
	held.voucher = incoming.voucher;
	if (incoming.alert) held.address = incoming.alert->address;
	held.key = waits ? incoming.signature.key : "";
	taken.held = held.id;
	transaction.put(std::move(held));
	return {};
}

void Desk::close(Transaction& transaction, std::uint64_t id, const Judgement& judgement) {
	const HeldReport* held = transaction.memory().inbox.find(id);
	if (held == nullptr) return;
	HeldReport closed = *held;
	closed.state = HeldState::closed;
	closed.ended = transaction.now().wall;
	closed.ended_by = "gate25";
	closed.ended_reason = std::string(outcome_text(judgement.outcome)) + ": " + judgement.why;
	transaction.put(std::move(closed));
}

Result<HeldReport> Desk::close_report(Transaction& transaction, std::uint64_t id, const std::string& by,
                                      const std::string& reason) {
	const HeldReport* held = transaction.memory().inbox.find(id);
	if (held == nullptr) return fail(ErrorKind::not_found, "the inbox has no report " + std::to_string(id));
	HeldReport closed = *held;
	closed.state = HeldState::closed;
	closed.ended = transaction.now().wall;
	closed.ended_by = by;
	closed.ended_reason = reason;
	transaction.put(closed);
	transaction.audit(by, "report closed", closed.address ? closed.address->text() : "", reason, id);
	return closed;
}

Result<bool> Desk::give_up(Transaction& transaction, std::uint64_t id) {
	const HeldReport* held = transaction.memory().inbox.find(id);
	if (held == nullptr || held->state != HeldState::waiting) return false;
	HeldReport aside = *held;
	aside.state = HeldState::aside;
	aside.why = "its key " + aside.key + " did not come in time";
	transaction.put(std::move(aside));
	return true;
}

} // namespace gate25
