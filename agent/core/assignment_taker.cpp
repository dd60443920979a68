// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/assignment_taker.h"

#include <algorithm>
#include <utility>

namespace gate25 {
namespace {

constexpr std::array<Family, 2> families{Family::ipv4, Family::ipv6};

PortRange ports_of(const AssignmentClaim& claim, Family family) {
	return family == Family::ipv4 ? claim.ports : PortRange{};
}

bool covers(const PortRange& outer, const PortRange& inner) {
	return outer.first <= inner.first && inner.last <= outer.last;
}

} // namespace

ClaimOutcome AssignmentTaker::take(const AssignmentClaim& claim) {
	at_ = packed(claim.at);
	prefixes_.clear();
	for (const Prefix& prefix : claim.prefixes) prefixes_.push_back(PackedPrefix::of(prefix));
	switch (claim.kind) {
	case AssignmentClaim::Kind::hold: hold(claim); break;
	case AssignmentClaim::Kind::end: end(claim); break;
	case AssignmentClaim::Kind::end_server: end_server(claim); break;
	}
	return std::exchange(outcome_, {});
}

void AssignmentTaker::put(const Assignment& assignment) {
	AssignmentClaim claim;
	claim.source = assignment.source;
	claim.subscriber = assignment.subscriber;
	claim.prefixes = {assignment.prefix};
	claim.ports = assignment.ports;
	claim.at = assignment.from;
	claim.until = assignment.until;
	claim.session = assignment.session;
	claim.server = assignment.server;
	at_ = packed(claim.at);
	who_ = known(claim.subscriber);
	if (who_ == SubscriberPool::none) return;
	prefixes_ = {PackedPrefix::of(assignment.prefix)};
	hold_prefix(claim, prefixes_[0]);
	table_.each_at(prefixes_[0], [&](Number number, const AssignmentSlot& slot) {
		const bool is_it = slot.source == claim.source && is_same(slot, claim, ports_of(claim, prefixes_[0].family()));
		if (is_it) table_.at(number).seen = std::max(slot.seen, packed(assignment.seen));
	});
	if (table_.names().mark(who_) == AssignmentTable::none) table_.names().drop(who_);
	who_ = SubscriberPool::none;
	outcome_ = {};
}

void AssignmentTaker::hold(const AssignmentClaim& claim) {
	fetch(claim);
	who_ = known(claim.subscriber);
	outcome_.is_name_refused = who_ == SubscriberPool::none;
	if (outcome_.is_name_refused) return;
	for (const Family family : families) {
		const auto is_of = [&](const PackedPrefix& prefix) { return prefix.family() == family; };
		if (std::none_of(prefixes_.begin(), prefixes_.end(), is_of)) continue;
		const bool is_newest = claim.session == 0 || end_unnamed(claim, family);
		for (const PackedPrefix& prefix : prefixes_) {
			if (!is_of(prefix)) continue;
			if (is_newest)
				hold_prefix(claim, prefix);
			else
				++outcome_.stale;
		}
	}
	if (table_.names().mark(who_) == AssignmentTable::none) table_.names().drop(who_);
	who_ = SubscriberPool::none;
}

// The way from the subscriber's name to his record and from the prefix to its slot are gone side by side.
void AssignmentTaker::fetch(const AssignmentClaim& claim) const {
	for (const PackedPrefix& prefix : prefixes_) table_.fetch(prefix);
	if (claim.session != 0) table_.fetch(claim.session);
}

SubscriberPool::Number AssignmentTaker::known(std::string_view subscriber) {
	if (subscriber.empty() || subscriber.size() > longest_subscriber_id) return SubscriberPool::none;
	const std::uint64_t bits = subscriber_bits(key_(subscriber));
	SubscriberPool& names = table_.names();
	const Name who = names.find(bits);
	if (who == SubscriberPool::none) return names.add(bits, subscriber);
	return names.name(who) == subscriber ? who : SubscriberPool::none;
}

bool AssignmentTaker::is_same(const AssignmentSlot& slot, const AssignmentClaim& claim, const PortRange& ports) const {
	return slot.who == who_ && slot.ports == ports && (claim.session == 0 || claim.session == slot.session);
}

// What the session had of this family and is not named any more ends. False: the session has said something newer.
bool AssignmentTaker::end_unnamed(const AssignmentClaim& claim, Family family) {
	const bool is_whole = ports_of(claim, family).is_whole();
	bool is_newest = true;
	found_.clear();
	table_.each_in(claim.session, claim.source, [&](Number number, const AssignmentSlot& slot) {
		if (slot.family() != family || slot.ports.is_whole() != is_whole) return;
		if (std::find(prefixes_.begin(), prefixes_.end(), table_.prefix_of(slot)) != prefixes_.end()) return;
		if (slot.seen > at_) is_newest = false;
		found_.push_back(number);
	});
	if (is_newest) end_found();
	return is_newest;
}

void AssignmentTaker::hold_prefix(const AssignmentClaim& claim, const PackedPrefix& prefix) {
	const PortRange ports = ports_of(claim, prefix.family());
	Number same = AssignmentTable::none;
	bool is_stale = false;
	found_.clear();
	table_.each_at(prefix, [&](Number number, const AssignmentSlot& slot) {
		if (slot.source != claim.source || !slot.ports.overlaps(ports)) return;
		if (is_same(slot, claim, ports)) {
			same = number;
			is_stale = at_ < slot.from;
			return;
		}
		found_.push_back(number);
		is_stale = is_stale || at_ < slot.seen;
	});
	if (is_stale) {
		++outcome_.stale;
		return;
	}
	if (same != AssignmentTable::none) return refresh(table_.at(same), claim);
	for (const Number number : found_) {
		const AssignmentSlot& slot = table_.at(number);
		const bool is_lease_over = slot.until != no_time && slot.until <= at_;
		if (slot.who != who_ && !is_lease_over) ++outcome_.conflicts;
	}
	end_found();
	begin(claim, prefix);
}

void AssignmentTaker::refresh(AssignmentSlot& slot, const AssignmentClaim& claim) {
	++outcome_.refreshed;
	slot.seen = std::max(slot.seen, at_);
	if (!claim.until) return;
	slot.until = slot.until == no_time ? packed(claim.until) : std::max(slot.until, packed(claim.until));
}

void AssignmentTaker::begin(const AssignmentClaim& claim, const PackedPrefix& prefix) {
	AssignmentSlot slot;
	slot.session = claim.session;
	slot.server = claim.server;
	slot.from = slot.seen = at_;
	slot.until = packed(claim.until);
	slot.who = who_;
	slot.ports = ports_of(claim, prefix.family());
	slot.source = claim.source;
	const Number number = table_.add(prefix, slot);
	outcome_.changes.push_back({AssignmentChange::Kind::began, table_.assignment(table_.at(number))});
}

void AssignmentTaker::end(const AssignmentClaim& claim) {
	if (claim.session != 0) return end_session(claim);
	for (const PackedPrefix& prefix : prefixes_) end_prefix(claim, prefix);
}

void AssignmentTaker::end_session(const AssignmentClaim& claim) {
	bool is_known = false;
	found_.clear();
	table_.each_in(claim.session, claim.source, [&](Number number, const AssignmentSlot& slot) {
		is_known = true;
		if (slot.seen > at_)
			++outcome_.stale;
		else
			found_.push_back(number);
	});
	if (!is_known) ++outcome_.unknown;
	end_found();
}

void AssignmentTaker::end_prefix(const AssignmentClaim& claim, const PackedPrefix& prefix) {
	const PortRange ports = ports_of(claim, prefix.family());
	bool is_known = false;
	found_.clear();
	table_.each_at(prefix, [&](Number number, const AssignmentSlot& slot) {
		if (slot.source != claim.source || !covers(ports, slot.ports)) return;
		if (!claim.subscriber.empty() && table_.names().name(slot.who) != claim.subscriber) return;
		is_known = true;
		if (slot.seen > at_)
			++outcome_.stale;
		else
			found_.push_back(number);
	});
	if (!is_known) ++outcome_.unknown;
	end_found();
}

// Rare, so the table has no index for it.
void AssignmentTaker::end_server(const AssignmentClaim& claim) {
	if (claim.server == 0 || table_.of_server(claim.server, claim.source) == 0) return;
	found_.clear();
	table_.each([&](Number number, const AssignmentSlot& slot) {
		if (slot.server != claim.server || slot.source != claim.source) return;
		if (slot.seen > at_)
			++outcome_.stale;
		else
			found_.push_back(number);
	});
	end_found();
}

void AssignmentTaker::end_found() {
	for (const Number number : found_) end_one(number);
	found_.clear();
}

void AssignmentTaker::end_one(Number number) {
	Assignment ended = table_.assignment(table_.at(number));
	ended.until = unpacked(at_);
	outcome_.changes.push_back({AssignmentChange::Kind::ended, std::move(ended)});
	drop(number);
}

void AssignmentTaker::drop(Number number) {
	const Name who = table_.at(number).who;
	table_.remove(number);
	if (who != who_ && table_.names().mark(who) == AssignmentTable::none) table_.names().drop(who);
}

} // namespace gate25
