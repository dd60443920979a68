// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/assignment_taker.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace gate25 {
namespace {

PortRange ports_of(const AssignmentClaim& claim, Family family) {
	return family == Family::ipv4 ? claim.ports : PortRange{};
}

// Some milliseconds.
constexpr std::size_t slots_of_part = 65'536;
constexpr std::size_t ends_of_part = 4096;
constexpr std::size_t all = std::numeric_limits<std::uint32_t>::max();

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
	case AssignmentClaim::Kind::end_server: {
		Number place = 0;
		end_server(claim, place, all, all);
		break;
	}
	}
	return std::exchange(outcome_, {});
}

ClaimOutcome AssignmentTaker::take_part(const AssignmentClaim& claim, std::uint32_t& place) {
	at_ = packed(claim.at);
	end_server(claim, place, slots_of_part, ends_of_part);
	return std::exchange(outcome_, {});
}

// The store has what the rules let stand. Should it have two that contradict each other, the later one counts.
void AssignmentTaker::put(const Assignment& assignment) {
	who_ = known(assignment.subscriber, subscriber_bits(key_(assignment.subscriber)));
	if (who_ == SubscriberPool::none) return;
	AssignmentSlot slot;
	slot.session = assignment.session;
	slot.server = assignment.server;
	slot.from = packed(assignment.from);
	slot.seen = std::max(slot.from, packed(assignment.seen));
	slot.until = packed(assignment.until);
	slot.who = who_;
	if (assignment.prefix.family() == Family::ipv4) slot.ports = assignment.ports;
	slot.source = assignment.source;
	const PackedPrefix prefix = PackedPrefix::of(assignment.prefix);
	bool is_latest = true;
	found_.clear();
	table_.each_at(prefix, [&](Number number, const AssignmentSlot& other) {
		if (other.source != slot.source || !other.ports.overlaps(slot.ports)) return;
		is_latest = is_latest && other.from <= slot.from;
		found_.push_back(number);
	});
	if (is_latest) {
		for (const Number number : found_) drop(number);
		table_.add(prefix, slot);
	}
	let_go();
}

void AssignmentTaker::hold(const AssignmentClaim& claim) {
	const std::uint64_t bits = subscriber_bits(key_(claim.subscriber));
	fetch(claim, bits);
	if (claim.session != 0 && ended_.is_over(claim.session, claim.source, at_)) {
		outcome_.stale += static_cast<std::uint32_t>(prefixes_.size());
		return;
	}
	who_ = known(claim.subscriber, bits);
	outcome_.is_name_refused = who_ == SubscriberPool::none;
	if (outcome_.is_name_refused) return;
	hold_family(claim, Family::ipv4);
	hold_family(claim, Family::ipv6);
	let_go();
}

void AssignmentTaker::hold_family(const AssignmentClaim& claim, Family family) {
	const auto is_of = [&](const PackedPrefix& prefix) { return prefix.family() == family; };
	const auto named = std::count_if(prefixes_.begin(), prefixes_.end(), is_of);
	const bool has_left = family == Family::ipv4 ? claim.has_left_ipv4 : claim.has_left_ipv6;
	if (named == 0 && !has_left) return;
	if (claim.session != 0 && !end_unnamed(claim, family)) {
		outcome_.stale += static_cast<std::uint32_t>(named);
		return;
	}
	for (const PackedPrefix& prefix : prefixes_)
		if (is_of(prefix)) hold_prefix(claim, prefix);
}

// First all buckets, then what is found in them: memory is what a claim waits for, and so it waits for several places at once.
void AssignmentTaker::fetch(const AssignmentClaim& claim, std::uint64_t bits) const {
	table_.names().fetch(bits);
	for (const PackedPrefix& prefix : prefixes_) table_.fetch(prefix);
	if (claim.session != 0) {
		table_.fetch(claim.session);
		ended_.fetch(claim.session, claim.source);
	}
	table_.names().fetch_found(bits);
	for (const PackedPrefix& prefix : prefixes_) table_.fetch_found(prefix);
}

void AssignmentTaker::let_go() {
	if (table_.names().mark(who_) == AssignmentTable::none) table_.names().drop(who_);
	who_ = SubscriberPool::none;
}

SubscriberPool::Number AssignmentTaker::known(std::string_view subscriber, std::uint64_t bits) {
	if (subscriber.empty() || subscriber.size() > longest_subscriber_id) return SubscriberPool::none;
	if (table_.size() + prefixes_.size() >= AssignmentTable::most) return SubscriberPool::none;
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
		note(number, slot);
	});
	if (!is_known) ++outcome_.unknown;
	end_found();
	ended_.add(claim.session, claim.source, at_);
}

void AssignmentTaker::end_prefix(const AssignmentClaim& claim, const PackedPrefix& prefix) {
	const PortRange ports = ports_of(claim, prefix.family());
	bool is_known = false;
	found_.clear();
	table_.each_at(prefix, [&](Number number, const AssignmentSlot& slot) {
		if (slot.source != claim.source || !covers(ports, slot.ports)) return;
		if (!claim.subscriber.empty() && table_.names().name(slot.who) != claim.subscriber) return;
		is_known = true;
		note(number, slot);
	});
	if (!is_known) ++outcome_.unknown;
	end_found();
}

// Rare, so the table has no index for it.
void AssignmentTaker::end_server(const AssignmentClaim& claim, Number& place, std::size_t most_slots, std::size_t most_ended) {
	if (claim.server == 0 || table_.of_server(claim.server, claim.source) == 0) {
		place = 0;
		return;
	}
	found_.clear();
	place = table_.each_from(place, most_slots, [&](Number number, const AssignmentSlot& slot) {
		if (slot.server == claim.server && slot.source == claim.source) note(number, slot);
		return found_.size() < most_ended;
	});
	end_found();
	found_.shrink_to_fit();
}

// To be ended, unless its source has said since that it stands.
void AssignmentTaker::note(Number number, const AssignmentSlot& slot) {
	if (slot.seen > at_)
		++outcome_.stale;
	else
		found_.push_back(number);
}

void AssignmentTaker::end_found() {
	for (const Number number : found_) end_one(number);
	found_.clear();
}

void AssignmentTaker::end_one(Number number) {
	Assignment ended = table_.assignment(table_.at(number));
	ended.until = unpacked(at_);
	if (ended.session != 0) ended_.add(ended.session, ended.source, at_);
	outcome_.changes.push_back({AssignmentChange::Kind::ended, std::move(ended)});
	drop(number);
}

void AssignmentTaker::drop(Number number) {
	const Name who = table_.at(number).who;
	table_.remove(number);
	if (who != who_ && table_.names().mark(who) == AssignmentTable::none) table_.names().drop(who);
}

} // namespace gate25
