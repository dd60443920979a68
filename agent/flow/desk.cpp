// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/desk.h"

#include <algorithm>
#include <charconv>

namespace gate25 {
namespace {

std::optional<Deadline> deadline_for(const WishedTime& time, const std::optional<Seconds>& usual, const Now& now) {
	const std::optional<Seconds> duration = time.is_given ? time.duration : usual;
	if (!duration) return std::nullopt;
	return deadline_after(now, *duration);
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

Result<std::vector<Prefix>> Desk::prefixes_of(const std::string& subject) const {
	if (subject.find('/') == std::string::npos) {
		const auto address = Address::parse(subject);
		if (!address) return fail(address.error());
		return decision_prefixes(policy_.config().network, *address);
	}
	const auto prefix = Prefix::parse(subject);
	if (!prefix) return fail(prefix.error());
	return std::vector<Prefix>{*prefix};
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
	if (auto objection = objection_to(config.network, request.prefix, "quarantined")) return fail(*objection);
	const Level level = request.level.value_or(config.quarantine.level);
	if (auto checked = check_level(level); !checked) return fail(checked.error());
	const auto before = transaction.book().find_quarantine(request.prefix);
	Quarantine quarantine = before.value_or(Quarantine());
	if (!before) {
		quarantine.id = transaction.new_id();
		quarantine.prefix = request.prefix;
		quarantine.from = transaction.now().wall;
		quarantine.level = level;
	}
	if (request.level) quarantine.level = level;
	if (!before || request.time.is_given)
		quarantine.until = deadline_for(request.time, duration_for(request.prefix, transaction.now().wall), transaction.now());
	if (!before || !request.reason.empty()) quarantine.reason = request.reason;
	if (!before || !request.ticket.empty()) quarantine.ticket = request.ticket;
	quarantine.by = by;
	transaction.put(quarantine);
	transaction.audit(by, before ? "quarantine changed" : "quarantine", quarantine.prefix.text(),
	                  reason_or(request.reason, "level " + std::string(level_text(quarantine.level))), quarantine.id);
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
	}
	return released;
}

Result<Exemption> Desk::exempt(Transaction& transaction, const ExemptionRequest& request, const std::string& by) const {
	if (auto objection = objection_to(policy_.config().network, request.prefix, "exempted")) return fail(*objection);
	const auto before = transaction.book().find_exemption(request.prefix);
	Exemption exemption = before.value_or(Exemption());
	if (!before) {
		exemption.id = transaction.new_id();
		exemption.prefix = request.prefix;
		exemption.from = transaction.now().wall;
	}
	if (!before || request.time.is_given)
		exemption.until = deadline_for(request.time, std::nullopt, transaction.now());
	if (!before || !request.reason.empty()) exemption.reason = request.reason;
	if (!before || !request.owner.empty()) exemption.owner = request.owner;
	exemption.by = by;
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

void Desk::expire(Transaction& transaction, const Book::Expired& expired) {
	for (const Quarantine& quarantine : expired.quarantines) {
		transaction.end(quarantine, std::string(expired_by), "its time was over");
		transaction.audit("gate25", "expire", quarantine.prefix.text(), "its time was over", quarantine.id);
	}
	for (const Exemption& exemption : expired.exemptions) {
		transaction.end(exemption, std::string(expired_by), "its time was over");
		transaction.audit("gate25", "expire", exemption.prefix.text(), "its time was over", exemption.id);
	}
}

} // namespace gate25
