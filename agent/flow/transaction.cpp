// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/transaction.h"

#include <algorithm>
#include <utility>

namespace gate25 {

std::optional<Standing> Transaction::remember_quarantine(const Prefix& prefix) {
	Before before{prefix, false, nullptr, nullptr};
	std::optional<Standing> stood;
	if (auto found = book_.find_quarantine(prefix)) {
		stood = standing(*found);
		before.quarantine = std::make_unique<const Quarantine>(std::move(*found));
	}
	before_.push_back(std::move(before));
	return stood;
}

std::optional<Standing> Transaction::remember_exemption(const Prefix& prefix) {
	Before before{prefix, true, nullptr, nullptr};
	std::optional<Standing> stood;
	if (auto found = book_.find_exemption(prefix)) {
		stood = standing(*found);
		before.exemption = std::make_unique<const Exemption>(std::move(*found));
	}
	before_.push_back(std::move(before));
	return stood;
}

void Transaction::expect(std::size_t alerts) {
	constexpr std::size_t many = 100, most = 5000; // a few grow by doubling, as vectors do, and so do further ones
	if (alerts < many) return;
	alerts = std::min(alerts, most);
	rows_.reserve(rows_.size() + 2 * alerts);
	moved_.reserve(moved_.size() + alerts);
	before_.reserve(before_.size() + alerts);
	dossiers_before_.reserve(dossiers_before_.size() + alerts);
	seen_now_.reserve(seen_now_.size() + alerts);
}

void Transaction::put(const Quarantine& quarantine) {
	moved_.push_back({remember_quarantine(quarantine.prefix), standing(quarantine)});
	book_.put(quarantine);
	rows_.emplace_back(quarantine);
}

void Transaction::put(const Exemption& exemption) {
	moved_.push_back({remember_exemption(exemption.prefix), standing(exemption)});
	book_.put(exemption);
	rows_.emplace_back(exemption);
}

void Transaction::remember_dossier(const Prefix& subscriber) {
	const Dossier* dossier = memory_.dossiers.find(subscriber);
	dossiers_before_.emplace_back(subscriber, dossier == nullptr ? std::nullopt : std::optional(*dossier));
}

void Transaction::add(const AlertRow& alert) {
	remember_dossier(alert.subscriber);
	if (alert.key != 0) seen_now_.push_back(alert.key);
	memory_.remember(alert);
	rows_.emplace_back(alert);
}

void Transaction::put(HeldReport held) {
	const HeldReport* before = memory_.inbox.find(held.id);
	held_before_.emplace_back(held.id, before == nullptr ? std::nullopt : std::optional(*before));
	// The memory of it has no bytes, and they are too many for a copy.
	std::string bytes = std::exchange(held.bytes, {});
	memory_.inbox.put(held);
	held.bytes = std::move(bytes);
	rows_.emplace_back(std::move(held));
}

void Transaction::put(const Subscriber& subscriber) {
	const Prefix key = subscriber_key(subscriber.id);
	const Subscriber* before = memory_.subscribers.find(key);
	subscribers_before_.emplace_back(key, before == nullptr ? std::nullopt : std::optional(*before));
	memory_.subscribers.put(subscriber);
	rows_.emplace_back(subscriber);
}

// Handed out is only what the store has: couriers get the rows with their bodies from there.
void Transaction::put(Notice notice) {
	const WaitingNotice* before = memory_.notices.find(notice.id);
	notices_before_.emplace_back(notice.id, before == nullptr ? std::nullopt : std::optional(*before));
	std::string body = std::exchange(notice.body, {});
	memory_.notices.put(notice, now_);
	notice.body = std::move(body);
	rows_.emplace_back(std::move(notice));
}

void Transaction::told(std::uint64_t decision, bool is_standing) {
	if (is_standing)
		memory_.notices.tell(decision, now_.wall);
	else
		memory_.notices.forget_told(decision);
}

// One that expired was out of the book already, and another one may stand for the prefix by now.
void Transaction::end(Quarantine quarantine, const std::string& by, const std::string& reason) {
	const auto stands = book_.find_quarantine(quarantine.prefix);
	if (!stands || stands->id == quarantine.id) {
		(void)remember_quarantine(quarantine.prefix);
		moved_.push_back({standing(quarantine), std::nullopt});
		book_.erase_quarantine(quarantine.prefix);
	}
	if (by != expired_by) {
		remember_dossier(quarantine.prefix);
		memory_.dossiers.of(quarantine.prefix).released = now_.wall;
	}
	quarantine.ended = now_.wall;
	quarantine.ended_by = by;
	quarantine.ended_reason = reason;
	rows_.emplace_back(std::move(quarantine));
}

void Transaction::end(Exemption exemption, const std::string& by, const std::string& reason) {
	const auto stands = book_.find_exemption(exemption.prefix);
	if (!stands || stands->id == exemption.id) {
		(void)remember_exemption(exemption.prefix);
		moved_.push_back({standing(exemption), std::nullopt});
		book_.erase_exemption(exemption.prefix);
	}
	exemption.ended = now_.wall;
	exemption.ended_by = by;
	exemption.ended_reason = reason;
	rows_.emplace_back(std::move(exemption));
}

void Transaction::audit(const std::string& who, const std::string& what, const std::string& subject,
                        const std::string& why, std::uint64_t decision) {
	AuditRow row;
	row.id = new_id();
	row.at = now_.wall;
	row.who = who;
	row.what = what;
	row.subject = subject;
	row.why = why;
	row.decision = decision;
	rows_.emplace_back(std::move(row));
}

void Transaction::undo() {
	for (auto before = before_.rbegin(); before != before_.rend(); ++before) {
		if (before->is_exemption)
			book_.erase_exemption(before->prefix);
		else
			book_.erase_quarantine(before->prefix);
		if (before->quarantine) book_.put(*before->quarantine);
		if (before->exemption) book_.put(*before->exemption);
	}
	before_.clear();
	for (auto before = dossiers_before_.rbegin(); before != dossiers_before_.rend(); ++before)
		memory_.dossiers.put(before->first, std::move(before->second));
	dossiers_before_.clear();
	for (auto before = subscribers_before_.rbegin(); before != subscribers_before_.rend(); ++before) {
		memory_.subscribers.erase(before->first);
		if (before->second) memory_.subscribers.put(*std::move(before->second));
	}
	subscribers_before_.clear();
	for (auto before = notices_before_.rbegin(); before != notices_before_.rend(); ++before) {
		memory_.notices.erase(before->first);
		if (before->second) memory_.notices.put(*std::move(before->second));
	}
	notices_before_.clear();
	for (const std::uint64_t key : seen_now_) memory_.seen.remove(key);
	seen_now_.clear();
	for (auto before = held_before_.rbegin(); before != held_before_.rend(); ++before) {
		memory_.inbox.erase(before->first);
		if (before->second) memory_.inbox.put(*std::move(before->second));
	}
	held_before_.clear();
}

} // namespace gate25
