// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/desk.h"

#include "core/text.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace gate25 {
namespace {

std::optional<Deadline> deadline_for(const WishedTime& time, const std::optional<Seconds>& usual, const Now& now) {
	const std::optional<Seconds> duration = time.is_given ? time.duration : usual;
	if (!duration) return std::nullopt;
	return deadline_after(now, *duration);
}

Quarantine ended(Quarantine quarantine, const Now& now, const std::string& by, const std::string& reason) {
	quarantine.ended = now.wall;
	quarantine.ended_by = by;
	quarantine.ended_reason = reason;
	return quarantine;
}

std::string reason_or(const std::string& reason, const std::string& otherwise) {
	return reason.empty() ? otherwise : reason;
}

} // namespace

std::optional<std::uint64_t> decision_number(const std::string& subject) {
	std::uint64_t number = 0;
	const char* end = subject.data() + subject.size();
	const auto read = std::from_chars(subject.data(), end, number);
	if (subject.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
	return number;
}

Prefix Desk::party(const Subject& subject) const {
	if (!subject.subscriber.empty()) return subject.prefix;
	if (subject.address)
		if (const auto held = assignments_.find(*subject.address)) return subscriber_key(held->subscriber);
	return assignments_.holder(subject.prefix).value_or(subject.prefix);
}

Result<std::vector<Prefix>> Desk::prefixes_of(const std::string& subject) const {
	const auto parsed = parse_any_subject(policy_.config().network, subject);
	if (!parsed) return fail(parsed.error());
	std::vector<Prefix> prefixes{parsed->prefix};
	if (parsed->address) prefixes = decision_prefixes(policy_.config().network, *parsed->address);
	const Prefix held_by = party(*parsed);
	if (is_subscriber_key(held_by) && held_by != parsed->prefix) prefixes.insert(prefixes.begin(), held_by);
	return prefixes;
}

// The key that a person's name stands for, or a prefix that may be decided about.
Result<Prefix> Desk::may_be(const Transaction& transaction, const Subject& subject, std::string_view what) const {
	const Prefix found = party(subject);
	if (!is_subscriber_key(found)) {
		if (auto objection = objection_to(policy_.config().network, found, what)) return fail(*objection);
		return found;
	}
	if (assignments_.name(found) || transaction.memory().subscribers.find(found) != nullptr) return found;
	return fail(ErrorKind::not_found, "no subscriber " + quoted(subject.subscriber) +
	                                      " is known: nothing was assigned to him, and nothing was decided of him");
}

void Desk::know(Transaction& transaction, const Prefix& party, const std::string& name) const {
	if (!is_subscriber_key(party) || transaction.memory().subscribers.find(party) != nullptr) return;
	const auto known = assignments_.name(party);
	if (known || !name.empty()) transaction.put(Subscriber{known ? std::string(*known) : name, {}, {}});
}

void Desk::tell(Transaction& transaction, NoticeKind kind, const Quarantine& quarantine, const Alert* alert) const {
	if (!quarantine.is_monitored) teller_.tell(transaction, {kind, quarantine, alert, 0});
}

std::optional<Deadline> Desk::within_stay(const std::optional<Deadline>& until, UnixTime from, const Now& now) const {
	const auto& most = policy_.config().quarantine.max_stay;
	if (!most) return until;
	const Seconds stayed = std::max(now.wall - from, Seconds{0});
	const Deadline last = deadline_after(now, std::max(*most - stayed, Seconds{1}));
	return until ? std::min(*until, last, [](const Deadline& a, const Deadline& b) { return a.boot < b.boot; }) : last;
}

Result<void> Desk::check_level(Level level) const {
	if (level == Level::garden && !policy_.config().garden.enabled)
		return fail(ErrorKind::bad_input, "level garden needs a [garden] section in the configuration, which says "
		                                  "what a subscriber in the garden may reach");
	return {};
}

std::optional<Seconds> Desk::duration_for(const Prefix& prefix, UnixTime now) const {
	const QuarantineRules& rules = policy_.config().quarantine;
	const std::size_t before = store_.count_since(prefix, now - rules.memory);
	return rules.duration[std::min(before, rules.duration.size() - 1)];
}

Result<Quarantine> Desk::quarantine(Transaction& transaction, const QuarantineRequest& request,
                                    const std::string& by) const {
	const Config& config = policy_.config();
	const auto party = may_be(transaction, request.subject, "quarantined");
	if (!party) return fail(party.error());
	const Level level = request.level.value_or(config.quarantine.level);
	if (auto checked = check_level(level); !checked) return fail(checked.error());
	auto before = transaction.book().find_quarantine(*party);
	// What was only recorded would stay so.
	if (before && before->is_monitored)
		transaction.end(*std::exchange(before, std::nullopt), std::string(expired_by), "one that is in force takes its place");
	Quarantine quarantine = before.value_or(Quarantine());
	if (!before) {
		quarantine.id = transaction.new_id();
		quarantine.prefix = *party;
		quarantine.from = transaction.now().wall;
		quarantine.level = level;
	}
	if (request.level) quarantine.level = level;
	if (!before || request.time.is_given)
		quarantine.until = deadline_for(request.time, duration_for(*party, transaction.now().wall), transaction.now());
	if (!before || !request.reason.empty()) quarantine.reason = request.reason;
	if (!before || !request.ticket.empty()) quarantine.ticket = request.ticket;
	quarantine.by = by;
	know(transaction, *party);
	transaction.put(quarantine);
	transaction.audit(by, before ? "quarantine changed" : "quarantine", quarantine.prefix.text(),
	                  reason_or(request.reason, "level " + std::string(level_text(quarantine.level))), quarantine.id);
	// A note of the desk, a ticket or another reason, is no news for the subscriber.
	if (!before || before->level != quarantine.level || before->until != quarantine.until)
		tell(transaction, before ? NoticeKind::changed : NoticeKind::quarantined, quarantine);
	return quarantine;
}

Result<std::vector<Quarantine>> Desk::release(Transaction& transaction, const std::string& subject,
                                              const std::string& by, const std::string& reason) const {
	std::vector<Quarantine> released;
	if (const auto number = decision_number(subject)) {
		if (auto found = transaction.book().find_quarantine(*number)) released.push_back(*found);
	} else {
		const auto prefixes = prefixes_of(subject);
		if (!prefixes) return fail(prefixes.error());
		for (const Prefix& prefix : *prefixes)
			if (auto found = transaction.book().find_quarantine(prefix)) released.push_back(*found);
	}
	if (released.empty()) return fail(ErrorKind::not_found, subject + " is not in quarantine");
	for (const Quarantine& quarantine : released) {
		transaction.end(quarantine, by, reason);
		transaction.audit(by, "release", quarantine.prefix.text(), reason, quarantine.id);
		tell(transaction, NoticeKind::released, ended(quarantine, transaction.now(), by, reason));
	}
	return released;
}

Result<Exemption> Desk::exempt(Transaction& transaction, const ExemptionRequest& request, const std::string& by) const {
	const auto party = may_be(transaction, request.subject, "exempted");
	if (!party) return fail(party.error());
	const auto before = transaction.book().find_exemption(*party);
	Exemption exemption = before.value_or(Exemption());
	if (!before) {
		exemption.id = transaction.new_id();
		exemption.prefix = *party;
		exemption.from = transaction.now().wall;
	}
	if (!before || request.time.is_given)
		exemption.until = deadline_for(request.time, std::nullopt, transaction.now());
	if (!before || !request.reason.empty()) exemption.reason = request.reason;
	if (!before || !request.owner.empty()) exemption.owner = request.owner;
	exemption.by = by;
	know(transaction, *party);
	transaction.put(exemption);
	transaction.audit(by, before ? "exemption changed" : "exempt", exemption.prefix.text(), request.reason, exemption.id);
	return exemption;
}

Result<std::vector<Exemption>> Desk::unexempt(Transaction& transaction, const std::string& subject,
                                              const std::string& by, const std::string& reason) const {
	std::vector<Exemption> ended;
	if (const auto number = decision_number(subject)) {
		if (auto found = transaction.book().find_exemption(*number)) ended.push_back(*found);
	} else {
		const auto prefixes = prefixes_of(subject);
		if (!prefixes) return fail(prefixes.error());
		for (const Prefix& prefix : *prefixes)
			if (auto found = transaction.book().find_exemption(prefix)) ended.push_back(*found);
	}
	if (ended.empty()) return fail(ErrorKind::not_found, subject + " has no exemption");
	for (const Exemption& exemption : ended) {
		transaction.end(exemption, by, reason);
		transaction.audit(by, "unexempt", exemption.prefix.text(), reason, exemption.id);
	}
	return ended;
}

void Desk::misbehaves(Transaction& transaction, const Quarantine& ended, std::uint64_t attempts) const {
	transaction.audit("gate25", "misbehaving", ended.prefix.text(),
	                  std::to_string(attempts) + " refused connections to port 25 in ten minutes, after the release", ended.id);
	teller_.tell(transaction, {NoticeKind::misbehaving, ended, nullptr, attempts});
}

void Desk::expire(Transaction& transaction, const Book::Expired& expired) const {
	for (const Quarantine& quarantine : expired.quarantines) {
		transaction.end(quarantine, std::string(expired_by), "its time was over");
		transaction.audit("gate25", "expire", quarantine.prefix.text(), "its time was over", quarantine.id);
		tell(transaction, NoticeKind::released, ended(quarantine, transaction.now(), std::string(expired_by), "its time was over"));
	}
	for (const Exemption& exemption : expired.exemptions) {
		transaction.end(exemption, std::string(expired_by), "its time was over");
		transaction.audit("gate25", "expire", exemption.prefix.text(), "its time was over", exemption.id);
	}
}

} // namespace gate25
