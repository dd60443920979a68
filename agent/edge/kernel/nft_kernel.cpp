// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/nft_kernel.h"

#include "edge/kernel/element_batch.h"
#include "edge/kernel/nft.h"
#include "edge/kernel/table_reader.h"

#include <linux/netfilter/nf_tables.h>

namespace gate25 {
namespace {

// In a storm nobody asks again each time; the next look finds what was put into a flowtable meanwhile.
constexpr std::chrono::milliseconds flowtables_hold{100};

} // namespace

Result<std::unique_ptr<NftKernel>> NftKernel::open() {
	auto netlink = Netlink::open();
	if (!netlink) return fail(netlink.error());
	return std::unique_ptr<NftKernel>(new NftKernel(std::move(*netlink)));
}

Result<void> NftKernel::install(const std::string& ruleset) { return run_nft(ruleset); }

Result<void> NftKernel::install_guard(const std::string& ruleset, const std::vector<DecisionSet>& sets,
                                      const std::vector<ElementChange>& elements) {
	guard_.reset(); // its table goes with its socket
	auto guard = Guard::open(ruleset);
	if (!guard) return fail(guard.error());
	if (auto filled = (*guard)->fill(sets, elements); !filled) return filled;
	guard_ = std::move(*guard);
	is_guard_stale_ = false;
	return {};
}

std::vector<ElementFailure> NftKernel::apply(const std::vector<ElementChange>& changes) {
	if (guard_ && guard_->apply_to_both(changes)) return {};
	// One of the tables may lack what the other has. The main one is what counts.
	is_guard_stale_ = true;
	return engine_.apply(changes);
}

Result<void> NftKernel::replace(const std::vector<DecisionSet>& sets, const std::vector<ElementChange>& elements) {
	if (auto replaced = engine_.replace(sets, elements); !replaced) return replaced;
	if (!guard_ || !is_guard_stale_) return {};
	is_guard_stale_ = false;
	return guard_->fill(sets, elements);
}

bool NftKernel::has_flowtable() {
	const auto now = std::chrono::steady_clock::now();
	if (flowtables_read_ != decltype(flowtables_read_){} && now - flowtables_read_ < flowtables_hold) return has_flowtable_;
	flowtables_read_ = now;
	has_flowtable_ = false;
	const auto read = netlink_.dump(NFT_MSG_GETFLOWTABLE, [this](const nlmsghdr*) { has_flowtable_ = true; });
	// Somebody is just changing the ruleset: perhaps this.
	if (!read) has_flowtable_ = true;
	return has_flowtable_;
}

Result<std::size_t> NftKernel::take_back(const FlowQuery& query,
                                         const std::function<bool(const LiveFlow&)>& is_wanted) {
	if (!has_flowtable()) return 0;
	if (!conntrack_) {
		auto conntrack = Conntrack::open();
		if (!conntrack) return fail(conntrack.error());
		conntrack_.emplace(std::move(*conntrack));
	}
	return conntrack_->replace(query, is_wanted);
}

Result<TableShape> NftKernel::shape() { return read_shape(netlink_); }

Result<std::map<std::string, Counter>> NftKernel::counters() { return read_counters(netlink_); }

Result<void> NftKernel::remove_table() {
	guard_.reset();
	// Declared first, so that a table that is not there is no error (nft 1.0.6 has no `destroy`).
	return run_nft("table inet gate25 {\n}\ndelete table inet gate25\n");
}

} // namespace gate25
