// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/assignment_holders.h"

namespace gate25 {

bool is_in_force(const AssignmentTable& table, const AssignmentSlot& slot) {
	bool is_first = true;
	table.each_at(table.prefix_of(slot), [&](AssignmentTable::Number, const AssignmentSlot& other) {
		if (other.source < slot.source && other.ports.overlaps(slot.ports)) is_first = false;
	});
	return is_first;
}

const AssignmentSlot* whole_holder(const AssignmentTable& table, const PackedPrefix& prefix) {
	const AssignmentSlot* first = nullptr;
	table.each_at(prefix, [&](AssignmentTable::Number, const AssignmentSlot& slot) {
		if (first == nullptr || slot.source < first->source) first = &slot;
	});
	return first != nullptr && first->ports.is_whole() ? first : nullptr;
}

const AssignmentSlot* port_holder(const AssignmentTable& table, const PackedPrefix& prefix, std::uint16_t port) {
	const AssignmentSlot* first = nullptr;
	table.each_at(prefix, [&](AssignmentTable::Number, const AssignmentSlot& slot) {
		if (slot.ports.contains(port) && (first == nullptr || slot.source < first->source)) first = &slot;
	});
	return first;
}

std::vector<PackedPrefix> prefixes_around(const AssignmentTable& table, const Address& address) {
	std::vector<PackedPrefix> around;
	for (unsigned length = address_bits(address.family()) + 1; length-- > 0;)
		if (table.of_length(address.family(), length) > 0) around.push_back(PackedPrefix::of(Prefix::of(address, length)));
	return around;
}

} // namespace gate25
