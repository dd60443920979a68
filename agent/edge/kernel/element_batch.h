// SPDX-License-Identifier: GPL-2.0-or-later
//
// Element changes as one nf_tables batch, byte by byte. The form for each operation works on every kernel,
// whether or not it can change the timeout of an element that is there (6.12 can, 6.1 silently does not):
//   add     nft add element                         renew   add; delete; add
//   remove  add (with a timeout); delete            so that a missing element fails no batch
#pragma once

#include "core/element.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace gate25 {

inline constexpr const char* main_table[] = {"gate25"};
inline constexpr const char* guard_table[] = {"gate25_guard"};
inline constexpr const char* both_tables[] = {"gate25", "gate25_guard"};

// Neighbours of one set share a message.
void sort_by_set(std::vector<ElementChange>& changes);

class ElementBatch {
public:
	// Numbers of the messages count up from `first_number`. The sets in `emptied` are emptied first.
	// Each change goes into the set of each table.
	ElementBatch(std::span<const ElementChange> changes, std::uint32_t first_number,
	             std::span<const DecisionSet> emptied = {}, std::span<const char* const> tables = main_table);
	std::span<const char> bytes() const { return {buffer_.get(), size_}; }
	std::uint32_t last_number() const { return number_; } // of the message that asks for an acknowledgement
	std::uint32_t end_number() const { return number_ + 1; }
	// The changes that the message of this number carries; all of them when the number is of no message.
	std::span<const ElementChange> changes_of(std::uint32_t number) const;

private:
	void put_flush(const char* table, const DecisionSet& set);
	void put_messages(std::uint16_t type, std::span<const ElementChange> changes);
	void put_message(const char* table, std::uint16_t type, std::span<const ElementChange> changes);
	std::span<const ElementChange> changes_;
	std::span<const char* const> tables_;
	std::unique_ptr<char[]> buffer_;
	std::size_t size_ = 0;
	std::uint32_t first_number_ = 0;
	std::uint32_t number_ = 0;
	std::size_t last_header_ = 0;
	std::vector<std::span<const ElementChange>> carried_; // by message
};

} // namespace gate25
