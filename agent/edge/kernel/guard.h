// SPDX-License-Identifier: GPL-2.0-or-later
//
// The guard (rules/guard.nft): a second table that this process's socket owns. Whatever is written to it has
// to come over that socket; with the process it goes, and the main table stays.
#pragma once

#include "edge/kernel/element_batch.h"
#include "edge/kernel/element_engine.h"
#include "edge/kernel/nft.h"

#include <memory>

namespace gate25 {

class Guard {
public:
	// Loads the text, which replaces the guard's table. Kernels before 5.12 know no owner: an error.
	[[nodiscard]] static Result<std::unique_ptr<Guard>> open(const std::string& text);
	// Writes to the main table and to the guard in one transaction, or to neither.
	[[nodiscard]] bool apply_to_both(std::span<const ElementChange> changes) { return both_.apply(changes).empty(); }
	// The guard alone. The main table holds while the sets are empty, so small batches will do.
	[[nodiscard]] Result<void> fill(std::span<const DecisionSet> sets, const ElementSource& elements);

	std::uint32_t port() const { return netlink_.port(); }

private:
	Guard(NftSession session, Netlink netlink)
		: session_(std::move(session)), netlink_(std::move(netlink)), both_(netlink_, both_tables),
		  alone_(netlink_, guard_table) {}
	NftSession session_;
	Netlink netlink_;
	ElementEngine both_, alone_;
};

} // namespace gate25
