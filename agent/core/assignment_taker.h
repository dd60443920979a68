// SPDX-License-Identifier: GPL-2.0-or-later
//
// The rules of core/assignment_book.h by which a claim changes the table: who is ended by it, and who begins. By what order
// of precedence somebody then holds is not asked here, each source is alone (core/assignment_holders.h).
#pragma once

#include "core/assignment_book.h"
#include "core/assignment_ended.h"
#include "core/assignment_table.h"

#include <vector>

namespace gate25 {

class AssignmentTaker {
public:
	AssignmentTaker(AssignmentTable& table, AssignmentBook::KeyOf key) : table_(table), key_(key) {}
	ClaimOutcome take(const AssignmentClaim& claim);
	// What Accounting-On ends, a part of it; `place` is where to go on, 0 at first and again when all is done.
	ClaimOutcome take_part(const AssignmentClaim& claim, std::uint32_t& place);
	void put(const Assignment& assignment);
	std::size_t memory() const { return ended_.memory() + prefixes_.capacity() * sizeof(PackedPrefix) + found_.capacity() * sizeof(Number); }

private:
	using Number = AssignmentTable::Number;
	using Name = SubscriberPool::Number;
	void hold(const AssignmentClaim& claim);
	void hold_family(const AssignmentClaim& claim, Family family);
	void hold_prefix(const AssignmentClaim& claim, const PackedPrefix& prefix);
	void refresh(AssignmentSlot& slot, const AssignmentClaim& claim);
	void begin(const AssignmentClaim& claim, const PackedPrefix& prefix);
	bool end_unnamed(const AssignmentClaim& claim, Family family);
	void end(const AssignmentClaim& claim);
	void end_session(const AssignmentClaim& claim);
	void end_prefix(const AssignmentClaim& claim, const PackedPrefix& prefix);
	void end_server(const AssignmentClaim& claim, Number& place, std::size_t most_slots, std::size_t most_ended);
	void note(Number number, const AssignmentSlot& slot);
	void end_found();
	void end_one(Number number);
	void drop(Number number);
	void let_go();
	// none: its key is another one's, or it is no name, or there is no room.
	Name known(std::string_view subscriber, std::uint64_t bits);
	bool is_same(const AssignmentSlot& slot, const AssignmentClaim& claim, const PortRange& ports) const;
	void fetch(const AssignmentClaim& claim, std::uint64_t bits) const;

	AssignmentTable& table_;
	AssignmentBook::KeyOf key_;
	EndedSessions ended_;
	// Of the claim that is being taken.
	ClaimOutcome outcome_;
	PackedTime at_ = 0;
	Name who_ = SubscriberPool::none; // its name stays though he may hold nothing for a moment
	std::vector<PackedPrefix> prefixes_;
	std::vector<Number> found_;
};

} // namespace gate25
