// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_store.h"

#include "core/deadline.h"
#include "core/subscriber_key.h"

#include <algorithm>

namespace gate25 {

template <class Decision> Decision FakeStore::restored(Decision decision, const Now& now) const {
	if (decision.until) decision.until = restored_deadline(*decision.until, same_boot, decision.from, now);
	return decision;
}

template <class Row, class PrefixOf>
void FakeStore::copy_matching(const std::map<std::uint64_t, Row>& rows, std::vector<Row>& out, const HistoryQuery& query, PrefixOf prefix_of) {
	for (auto row = rows.rbegin(); row != rows.rend() && out.size() < query.limit; ++row) {
		if (query.id && row->first != *query.id && decision_of(row->second) != *query.id) continue;
		if (query.within && !overlaps(*query.within, prefix_of(row->second))) continue;
		out.push_back(row->second);
	}
}

bool FakeStore::answer_next() {
	if (waiting_.empty()) return false;
	auto [changes, done] = std::move(waiting_.front());
	waiting_.pop_front();
	write(changes, done);
	return true;
}

void FakeStore::answer_all() {
	is_held_ = false;
	while (answer_next()) {}
}

Result<StoredState> FakeStore::load(const Now& now) {
	std::vector<Quarantine> standing;
	StoreVisitor visitor;
	visitor.quarantine = [&](Quarantine&& quarantine) { standing.push_back(std::move(quarantine)); };
	auto state = load_each(now, visitor);
	state->quarantines = std::move(standing);
	return state;
}

Result<StoredState> FakeStore::load_each(const Now& now, const StoreVisitor& visitor) {
	loaded_at_ = now.wall;
	StoredState state;
	for (const auto& [id, quarantine] : quarantines)
		if (!quarantine.ended && visitor.quarantine) visitor.quarantine(restored(quarantine, now));
	for (const auto& [id, exemption] : exemptions)
		if (!exemption.ended) state.exemptions.push_back(restored(exemption, now));
	for (const auto& [id, report] : held)
		if (report.state != HeldState::closed) state.held.push_back(without_bytes(report));
	visit_past(visitor);
	state.next_id = highest_id() + 1;
	state.warning = warning;
	return state;
}

void FakeStore::commit(std::vector<Change> changes, std::function<void(Result<void>)> done) {
	if (is_held_) waiting_.emplace_back(std::move(changes), std::move(done));
	else write(changes, done);
}

void FakeStore::history(HistoryQuery query, std::function<void(Result<History>)> done) {
	History history;
	copy_matching(quarantines, history.quarantines, query, [](const auto& q) { return q.prefix; });
	copy_matching(exemptions, history.exemptions, query, [](const auto& e) { return e.prefix; });
	// An alert about an address is found by it, whomever it was taken for.
	const bool is_of_subscriber = query.within && is_subscriber_key(*query.within);
	copy_matching(alerts, history.alerts, query, [&](const auto& a) {
		return is_of_subscriber ? a.subscriber : Prefix::host(a.alert.address);
	});
	copy_matching(audit, history.audit, query, [](const auto& a) { return Prefix::parse(a.subject); });
	done(std::move(history));
}

unsigned FakeStore::count_since(const Prefix& prefix, UnixTime since) {
	unsigned count = 0;
	for (const auto& [id, quarantine] : quarantines)
		if (quarantine.prefix == prefix && quarantine.from >= since && !quarantine.is_monitored) ++count;
	return count;
}

std::vector<AlertRow> FakeStore::alerts_since(UnixTime since, std::uint64_t after, unsigned limit) const {
	std::vector<AlertRow> found;
	for (auto row = alerts.upper_bound(after); row != alerts.end() && found.size() < limit; ++row)
		if (row->second.received >= since) found.push_back(row->second);
	return found;
}

void FakeStore::held_report(std::uint64_t id, std::function<void(Result<HeldReport>)> done) {
	const auto found = held.find(id);
	if (found != held.end()) done(found->second);
	else done(fail(ErrorKind::not_found, "no report with number " + std::to_string(id) + " is kept"));
}

void FakeStore::find_key(const std::string& key, std::function<void(Result<std::optional<StoredKey>>)> done) {
	const auto found = keys.find(key);
	done(found == keys.end() ? std::nullopt : std::optional(found->second));
}

void FakeStore::notices(NoticeQuery query, std::function<void(Result<std::vector<Notice>>)> done) {
	std::vector<Notice> found;
	for (auto row = outbox.rbegin(); row != outbox.rend() && found.size() < query.limit; ++row) {
		const Notice& notice = row->second;
		if (!query.ids.empty() && std::find(query.ids.begin(), query.ids.end(), notice.id) == query.ids.end()) continue;
		if (query.subject && *query.subject != notice.subject) continue;
		if (query.decision && *query.decision != notice.decision) continue;
		if (!query.code.empty() && query.code != notice.code) continue;
		if (query.state && *query.state != notice.state) continue;
		found.push_back(notice);
		if (!query.with_bodies) found.back().body.clear();
	}
	done(std::move(found));
}

void FakeStore::forget(const Prefix& subscriber, std::function<void(Result<std::uint64_t>)> done) {
	if (!is_subscriber_key(subscriber)) return done(fail(ErrorKind::bad_input, subscriber.text() + " is no subscriber's key"));
	const auto stands = [&](const auto& d) { return d.second.prefix == subscriber && !d.second.ended; };
	if (std::any_of(quarantines.begin(), quarantines.end(), stands) || std::any_of(exemptions.begin(), exemptions.end(), stands))
		return done(fail(ErrorKind::conflict, "a decision of this subscriber stands: end it first"));
	highest_id_ = highest_id();
	const auto is_his = [&](std::uint64_t decision) {
		const auto one = quarantines.find(decision);
		const auto other = exemptions.find(decision);
		return (one != quarantines.end() && one->second.prefix == subscriber) ||
		       (other != exemptions.end() && other->second.prefix == subscriber);
	};
	std::uint64_t rows = std::erase_if(audit, [&](const auto& a) {
		const std::string& subject = a.second.subject;
		return is_his(a.second.decision) || subject == subscriber.text() ||
		       (subscribers.contains(subject) && subscriber_key(subject) == subscriber);
	});
	rows += std::erase_if(quarantines, [&](const auto& q) { return q.second.prefix == subscriber; });
	rows += std::erase_if(exemptions, [&](const auto& e) { return e.second.prefix == subscriber; });
	rows += std::erase_if(alerts, [&](const auto& a) { return a.second.subscriber == subscriber; });
	rows += std::erase_if(outbox, [&](const auto& n) { return n.second.subject == subscriber; });
	rows += std::erase_if(subscribers, [&](const auto& s) { return subscriber_key(s.first) == subscriber; });
	rows += tallies.erase(subscriber);
	done(rows);
}

void FakeStore::prune(UnixTime older_than) {
	std::erase_if(quarantines, [&](const auto& q) { return q.second.ended && *q.second.ended < older_than; });
	std::erase_if(exemptions, [&](const auto& e) { return e.second.ended && *e.second.ended < older_than; });
	std::erase_if(audit, [&](const auto& a) { return a.second.at < older_than; });
	std::erase_if(keys, [&](const auto& k) { return k.second.fetched < older_than; });
	std::erase_if(held, [&](const auto& h) {
		return h.second.state == HeldState::closed && h.second.ended && *h.second.ended < older_than;
	});
	std::erase_if(outbox, [&](const auto& n) {
		return n.second.state != NoticeState::waiting && n.second.ended.value_or(n.second.made) < older_than;
	});
	const UnixTime memory = loaded_at_ - max_report_memory;
	std::erase_if(alerts, [&](const auto& a) {
		const AlertRow& row = a.second;
		if (row.received >= std::min(older_than, memory)) return false;
		if (row.is_tallied) tallies[row.subscriber].add(row.alert.kind, row.alert.count, row.reporter.weight);
		return true;
	});
}

void FakeStore::keep(const Repeat& repeat) {
	const auto found = alerts.find(repeat.id);
	if (found != alerts.end()) ++found->second.repeats;
}

void FakeStore::keep(const HeldReport& report) {
	const auto [entry, is_new] = held.try_emplace(report.id, report);
	HeldReport& kept = entry->second;
	if (is_new) {
		kept.size = kept.bytes.size();
		return;
	}
	HeldReport changed = report;
	changed.bytes = std::move(kept.bytes);
	changed.signature = std::move(kept.signature);
	changed.size = kept.size;
	kept = std::move(changed);
}

void FakeStore::keep(const Notice& notice) {
	const auto [entry, is_new] = outbox.try_emplace(notice.id, notice);
	if (is_new) return;
	std::string body = std::move(entry->second.body);
	entry->second = notice;
	entry->second.body = std::move(body);
}

HeldReport FakeStore::without_bytes(HeldReport report) {
	report.bytes.clear();
	report.signature.clear();
	return report;
}

void FakeStore::visit_past(const StoreVisitor& visitor) const {
	std::map<Prefix, UnixTime> released;
	for (const auto& [id, quarantine] : quarantines) {
		if (!quarantine.ended || quarantine.ended_by == "expired") continue;
		if (*quarantine.ended < loaded_at_ - max_report_memory) continue;
		UnixTime& last = released.try_emplace(quarantine.prefix, *quarantine.ended).first->second;
		last = std::max(last, *quarantine.ended);
	}
	if (visitor.release)
		for (const auto& [prefix, when] : released) visitor.release(prefix, when);
	if (visitor.tally)
		for (const auto& [prefix, tally] : tallies) visitor.tally(prefix, tally);
	if (visitor.alert)
		for (const auto& [id, row] : alerts) visitor.alert(row);
	if (visitor.subscriber)
		for (const auto& [id, row] : subscribers) visitor.subscriber(Subscriber(row));
	if (visitor.notice)
		for (const auto& [id, row] : outbox)
			if (row.state == NoticeState::waiting) {
				Notice waiting = row;
				waiting.body.clear();
				visitor.notice(std::move(waiting));
			}
}

std::uint64_t FakeStore::highest_id() const {
	std::uint64_t highest = highest_id_;
	const auto look = [&](const auto& rows) {
		if (!rows.empty()) highest = std::max(highest, rows.rbegin()->first);
	};
	look(quarantines);
	look(exemptions);
	look(alerts);
	look(audit);
	look(held);
	look(outbox);
	return highest;
}

void FakeStore::write(const std::vector<Change>& changes, const std::function<void(Result<void>)>& done) {
	health_.is_writable = !error_;
	health_.problem = error_ ? error_->text : "";
	++(error_ ? health_.failures : health_.commits);
	if (error_) return done(fail(*error_));
	for (const Change& change : changes) {
		std::visit([this](const auto& row) {
			keep(row);
			if constexpr (requires { highest_id_ = row.id; }) highest_id_ = std::max(highest_id_, row.id);
		}, change);
	}
	done({});
}

bool FakeStore::overlaps(const Prefix& within, const Prefix& prefix) {
	return is_subscriber_key(within) ? within == prefix : within.overlaps(prefix);
}

bool FakeStore::overlaps(const Prefix& within, const Result<Prefix>& prefix) {
	return prefix && overlaps(within, *prefix);
}

} // namespace gate25
