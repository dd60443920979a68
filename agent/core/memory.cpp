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
	const auto found = seen_.find(key);
	return found == seen_.end() || found->second.received < since ? 0 : found->second.alert;
}

void SeenReports::add(std::uint64_t key, std::uint64_t alert, UnixTime received) {
	if (key == 0) return;
	if (seen_.insert_or_assign(key, Entry{alert, received}).second) order_.push_back(key);
	// One that was removed stands in the order still, and goes with it.
	while (seen_.size() > most || order_.size() > 2 * most) {
		seen_.erase(order_.front());
		order_.pop_front();
	}
}

void SeenReports::remove(std::uint64_t key) {
	seen_.erase(key);
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
	// What led to a quarantine was all the corroboration that it needed.
	if (row.outcome == Outcome::decided) dossier.incidents.clear();
	if (row.is_incident)
		dossiers.add_incident(row.subscriber, {row.alert.at.value_or(row.received), reporter_hash(row.reporter.name)});
}

} // namespace gate25
