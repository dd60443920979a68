// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/memory.h"

#include <algorithm>

namespace gate25 {

namespace {

// More of them corroborate nothing better.
constexpr std::size_t most_incidents = 100;

} // namespace

const Dossier* Dossiers::find(const Prefix& subscriber) const {
	const auto found = dossiers_.find(subscriber);
	return found == dossiers_.end() ? nullptr : &found->second;
}

void Dossiers::put(const Prefix& subscriber, std::optional<Dossier> dossier) {
	if (dossier)
		dossiers_[subscriber] = *std::move(dossier);
	else
		dossiers_.erase(subscriber);
}

void Dossiers::add_incident(const Prefix& subscriber, const Incident& incident) {
	auto& incidents = of(subscriber).incidents;
	if (incidents.size() >= most_incidents) incidents.erase(incidents.begin());
	incidents.push_back(incident);
}

std::uint64_t SeenReports::find(std::uint64_t key, UnixTime since) const {
	if (key == 0) return 0;
	const auto& seen = book_of(key).seen;
	const auto found = seen.find(key);
	return found == seen.end() || found->second.received < since ? 0 : found->second.alert;
}

void SeenReports::add(std::uint64_t key, std::uint64_t alert, UnixTime received) {
	if (key == 0) return;
	Book& book = book_of(key);
	book.seen.insert_or_assign(key, Entry{alert, received});
	book.order.emplace_back(key, alert);
	while (book.order.size() > most) {
		// One that was removed, or came again, stands in the order still.
		const auto [oldest, its_alert] = book.order.front();
		const auto found = book.seen.find(oldest);
		if (found != book.seen.end() && found->second.alert == its_alert) book.seen.erase(found);
		book.order.pop_front();
	}
}

void SeenReports::remove(std::uint64_t key) {
	book_of(key).seen.erase(key);
}

const HeldReport* Inbox::find(std::uint64_t id) const {
	const auto found = held_.find(id);
	return found == held_.end() ? nullptr : &found->second;
}

void Inbox::put(HeldReport held) {
	erase(held.id);
	if (held.state == HeldState::closed) return;
	held.bytes.clear();
	held.signature.clear();
	bytes_ += held.size;
	held_.emplace(held.id, std::move(held));
}

void Inbox::erase(std::uint64_t id) {
	const auto found = held_.find(id);
	if (found == held_.end()) return;
	bytes_ -= found->second.size;
	held_.erase(found);
}

std::size_t Inbox::count(HeldState state) const {
	return static_cast<std::size_t>(
		std::count_if(held_.begin(), held_.end(), [&](const auto& one) { return one.second.state == state; }));
}

void Memory::remember(const AlertRow& row) {
	// What was put aside may be judged once more, and is no duplicate of itself then.
	if (row.outcome != Outcome::aside) seen.add(row.key, row.id, row.received);
	if (!row.is_tallied && !row.is_incident) return; // a stranger's word leaves no trace
	Dossier& dossier = dossiers.of(row.subscriber);
	if (row.is_tallied) dossier.tally.add(row.alert.kind, row.alert.count, row.reporter.weight);
	// What led to a quarantine was all the corroboration that it needed; what only tells or records has used up none.
	if (row.outcome == Outcome::decided && !row.is_incident) dossier.incidents.clear();
	if (row.is_incident)
		dossiers.add_incident(row.subscriber, {row.alert.at.value_or(row.received), text_hash(row.reporter.name)});
}

const Subscriber* SubscriberRows::find(const Prefix& key) const {
	const auto found = rows_.find(key);
	return found == rows_.end() ? nullptr : &found->second;
}

void SubscriberRows::put(Subscriber subscriber) {
	const Prefix key = subscriber_key(subscriber.id);
	rows_.insert_or_assign(key, std::move(subscriber));
}

} // namespace gate25
