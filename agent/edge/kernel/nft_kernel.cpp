// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/nft_kernel.h"

#include "edge/kernel/nft.h"
#include "edge/kernel/table_reader.h"

namespace gate25 {

Result<std::unique_ptr<NftKernel>> NftKernel::open() {
	auto netlink = Netlink::open();
	if (!netlink) return fail(netlink.error());
	return std::unique_ptr<NftKernel>(new NftKernel(std::move(*netlink)));
}

Result<void> NftKernel::install(const std::string& ruleset) { return run_nft(ruleset); }

std::vector<ElementFailure> NftKernel::apply(const std::vector<ElementChange>& changes) { return engine_.apply(changes); }

Result<void> NftKernel::replace(const std::vector<DecisionSet>& sets, const std::vector<ElementChange>& elements) {
	return engine_.replace(sets, elements);
}

Result<TableShape> NftKernel::shape() { return read_shape(netlink_); }

Result<std::map<std::string, Counter>> NftKernel::counters() { return read_counters(netlink_); }

Result<void> NftKernel::remove_table() {
	// Declared first, so that a table that is not there is no error (nft 1.0.6 has no `destroy`).
	return run_nft("table inet gate25 {\n}\ndelete table inet gate25\n");
}

} // namespace gate25
