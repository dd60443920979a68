// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/assignment_book.h"

#include "core/assignment_holders.h"
#include "core/assignment_taker.h"

#include <algorithm>

namespace gate25 {

struct AssignmentBook::Private {
	explicit Private(KeyOf key) : taker(table, key) {}
	SubscriberPool::Number who(const Prefix& key) const {
		return is_subscriber_key(key) ? table.names().find(subscriber_bits(key)) : SubscriberPool::none;
	}
	AssignmentTable table;
	AssignmentTaker taker;
};

AssignmentBook::AssignmentBook(KeyOf key) : private_(std::make_unique<Private>(key)) {}
AssignmentBook::~AssignmentBook() = default;

ClaimOutcome AssignmentBook::take(const AssignmentClaim& claim) {
	return private_->taker.take(claim);
}

ClaimOutcome AssignmentBook::take_part(const AssignmentClaim& claim, std::uint32_t& place) {
	return private_->taker.take_part(claim, place);
}

void AssignmentBook::put(const Assignment& assignment) {
	private_->taker.put(assignment);
}

std::optional<Prefix> AssignmentBook::holder(const Prefix& exact) const {
	const AssignmentSlot* slot = whole_holder(private_->table, PackedPrefix::of(exact));
	if (slot == nullptr) return std::nullopt;
	return subscriber_key_of(private_->table.names().bits(slot->who));
}

std::optional<Assignment> AssignmentBook::find(const Address& address, std::optional<std::uint16_t> port) const {
	const AssignmentTable& table = private_->table;
	for (const PackedPrefix& prefix : prefixes_around(table, address)) {
		bool is_held = false;
		table.each_at(prefix, [&](AssignmentTable::Number, const AssignmentSlot&) { is_held = true; });
		const AssignmentSlot* slot = port ? port_holder(table, prefix, *port) : whole_holder(table, prefix);
		if (slot != nullptr) return table.assignment(*slot);
		if (is_held && !port) return std::nullopt;
	}
	return std::nullopt;
}

std::vector<Assignment> AssignmentBook::all_at(const Address& address) const {
	const AssignmentTable& table = private_->table;
	std::vector<Assignment> all;
	for (const PackedPrefix& prefix : prefixes_around(table, address))
		table.each_at(prefix, [&](AssignmentTable::Number, const AssignmentSlot& slot) { all.push_back(table.assignment(slot)); });
	std::sort(all.begin(), all.end(), [](const Assignment& a, const Assignment& b) {
		if (a.prefix.length() != b.prefix.length()) return a.prefix.length() > b.prefix.length();
		return a.source != b.source ? a.source < b.source : a.ports < b.ports;
	});
	return all;
}

std::vector<Assignment> AssignmentBook::of(const Prefix& subscriber) const {
	const AssignmentTable& table = private_->table;
	std::vector<Assignment> held;
	const SubscriberPool::Number who = private_->who(subscriber);
	if (who == SubscriberPool::none) return held;
	table.each_of(who, [&](AssignmentTable::Number, const AssignmentSlot& slot) {
		if (is_in_force(table, slot)) held.push_back(table.assignment(slot));
	});
	std::sort(held.begin(), held.end(), [](const Assignment& a, const Assignment& b) {
		return a.prefix != b.prefix ? a.prefix < b.prefix : a.ports < b.ports;
	});
	return held;
}

bool AssignmentBook::holds_any(const Prefix& subscriber) const {
	const SubscriberPool::Number who = private_->who(subscriber);
	bool holds = false;
	if (who == SubscriberPool::none) return holds;
	private_->table.each_of(who, [&](AssignmentTable::Number, const AssignmentSlot& slot) {
		holds = holds || is_in_force(private_->table, slot);
	});
	return holds;
}

std::optional<std::string_view> AssignmentBook::name(const Prefix& subscriber) const {
	const SubscriberPool::Number who = private_->who(subscriber);
	if (who == SubscriberPool::none) return std::nullopt;
	return private_->table.names().name(who);
}

void AssignmentBook::each(const std::function<void(const Assignment&)>& visit) const {
	private_->table.each([&](AssignmentTable::Number, const AssignmentSlot& slot) { visit(private_->table.assignment(slot)); });
}

std::size_t AssignmentBook::count(SourceRank source) const {
	return private_->table.of_source(source);
}

std::size_t AssignmentBook::count(ServerHash server, SourceRank source) const {
	return private_->table.of_server(server, source);
}

std::size_t AssignmentBook::size() const {
	return private_->table.size();
}

std::size_t AssignmentBook::subscribers() const {
	return private_->table.names().size();
}

std::size_t AssignmentBook::memory() const {
	return sizeof *this + sizeof *private_ - sizeof(AssignmentTable) + private_->table.memory() + private_->taker.memory();
}

} // namespace gate25
