// SPDX-License-Identifier: GPL-2.0-or-later
//
// Brings element changes into the kernel: in batches, one acknowledgement each. The kernel takes or refuses
// a batch as a whole, so a refused one is halved until the bad element stands alone and the rest is in.
#pragma once

#include "core/element.h"
#include "edge/kernel/netlink.h"

#include <span>
#include <vector>

namespace gate25 {

class ElementEngine {
public:
	ElementEngine(Netlink& netlink, std::span<const char* const> tables) : netlink_(netlink), tables_(tables) {}
	std::vector<ElementFailure> apply(std::span<const ElementChange> changes);
	// Empties the sets and fills them, all in one batch; the elements are of op add.
	[[nodiscard]] Result<void> replace(std::span<const DecisionSet> sets, std::span<const ElementChange> elements);
	// Adds to what is there, in batches. For a set that is full no more is tried.
	std::vector<ElementFailure> add_each(const ElementSource& elements);
	std::uint64_t retries() const { return retries_; }

private:
	[[nodiscard]] Result<void> send(std::span<const ElementChange> changes, std::span<const DecisionSet> emptied,
	                                std::span<const ElementChange>& blamed);
	void apply_batch(std::span<const ElementChange> changes, std::vector<ElementFailure>& failures);
	Netlink& netlink_;
	std::span<const char* const> tables_;
	std::uint64_t retries_ = 0;
};

} // namespace gate25
