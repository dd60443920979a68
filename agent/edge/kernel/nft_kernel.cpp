// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/nft_kernel.h"

#include "edge/kernel/element_batch.h"
#include "edge/kernel/element_reader.h"
#include "edge/kernel/nft.h"
#include "edge/kernel/table_reader.h"

#include <algorithm>
#include <linux/netfilter/nf_tables.h>

namespace gate25 {
namespace {

// In a storm nobody asks again each time; the next look finds what was put into a flowtable meanwhile.
constexpr std::chrono::milliseconds flowtables_hold{100};

bool is_exempt(const DecisionSet& set) { return !set.level; }
bool any(const DecisionSet&) { return true; }

// Those that are wanted.
std::vector<ElementChange> sorted(const ElementSource& elements, bool (*is_wanted)(const DecisionSet&)) {
	std::vector<ElementChange> found;
	elements([&](const ElementChange& change) {
		if (is_wanted(change.set)) found.push_back(change);
	});
	sort_by_set(found);
	return found;
}

} // namespace

Result<std::unique_ptr<NftKernel>> NftKernel::open() {
	auto netlink = Netlink::open();
	if (!netlink) return fail(netlink.error());
	return std::unique_ptr<NftKernel>(new NftKernel(std::move(*netlink)));
}

Result<void> NftKernel::install(const std::string& ruleset) { return run_nft(ruleset); }

Result<void> NftKernel::install_guard(const std::string& ruleset, const std::vector<DecisionSet>& sets,
                                      const ElementSource& elements) {
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

Result<void> NftKernel::replace(const std::vector<DecisionSet>& sets, const ElementSource& elements) {
	if (guard_ && !is_guard_stale_) return replace_behind_guard(sets, elements);
	if (auto replaced = engine_.replace(sets, sorted(elements, any)); !replaced) return replaced;
	if (!guard_) return {};
	is_guard_stale_ = false;
	return guard_->fill(sets, elements);
}

// The guard refuses whatever a quarantine refuses, so these sets may be filled in batches: a million at once
// need thirty times the memory and twice the time. Exemptions are in no other table and are replaced at once.
// (What a redirect takes to port 587 meanwhile is not port 25, and is cut with its next packet.)
Result<void> NftKernel::replace_behind_guard(const std::vector<DecisionSet>& sets, const ElementSource& elements) {
	std::vector<DecisionSet> exempt, quarantine;
	std::partition_copy(sets.begin(), sets.end(), std::back_inserter(exempt), std::back_inserter(quarantine), is_exempt);
	if (auto replaced = engine_.replace(exempt, sorted(elements, is_exempt)); !replaced) return replaced;
	if (auto emptied = engine_.replace(quarantine, {}); !emptied) return emptied;
	const auto failures = engine_.add_each([&](const auto& visit) {
		elements([&](const ElementChange& change) {
			if (!is_exempt(change.set)) visit(change);
		});
	});
	if (!failures.empty()) return fail(failures.front().error);
	return {};
}

bool NftKernel::can_queue() {
	return check_nft("table inet gate25_probe {\n chain probe {\n  queue num 25 bypass\n }\n}\n").has_value();
}

std::vector<std::uint32_t> NftKernel::own_ports() const {
	std::vector<std::uint32_t> ports{netlink_.port()};
	if (guard_) ports.push_back(guard_->port());
	return ports;
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

Result<std::vector<FoundElement>> NftKernel::elements(const std::vector<DecisionSet>& sets) {
	return read_elements(netlink_, sets);
}

Result<TableShape> NftKernel::shape() { return read_shape(netlink_); }

Result<std::map<std::string, Counter>> NftKernel::counters() { return read_counters(netlink_); }

Result<void> NftKernel::remove_table() {
	guard_.reset();
	// Declared first, so that a table that is not there is no error (nft 1.0.6 has no `destroy`).
	return run_nft("table inet gate25 {\n}\ndelete table inet gate25\n");
}

} // namespace gate25
