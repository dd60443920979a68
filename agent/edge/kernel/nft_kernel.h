// SPDX-License-Identifier: GPL-2.0-or-later
//
// The kernel as flow sees it: rules by libnftables, elements by netlink.
#pragma once

#include "core/world.h"
#include "edge/kernel/conntrack.h"
#include "edge/kernel/guard.h"

#include <chrono>

namespace gate25 {

class NftKernel : public Kernel {
public:
	[[nodiscard]] static Result<std::unique_ptr<NftKernel>> open();
	[[nodiscard]] Result<void> install(const std::string& ruleset) override;
	[[nodiscard]] Result<void> install_guard(const std::string& ruleset, const std::vector<DecisionSet>& sets,
	                                         const ElementSource& elements) override;
	[[nodiscard]] std::vector<ElementFailure> apply(const std::vector<ElementChange>& changes) override;
	[[nodiscard]] Result<void> replace(const std::vector<DecisionSet>& sets, const ElementSource& elements) override;
	[[nodiscard]] Result<std::size_t> take_back(const FlowQuery& query,
	                                            const std::function<bool(const LiveFlow&)>& is_wanted) override;
	[[nodiscard]] Result<std::vector<FoundElement>> elements(const std::vector<DecisionSet>& sets) override;
	[[nodiscard]] Result<TableShape> shape() override;
	[[nodiscard]] Result<std::map<std::string, Counter>> counters() override;
	[[nodiscard]] Result<void> remove_table() override;
	// Whether rules may hold `queue`: asked of the kernel with a table that is checked and never made.
	static bool can_queue();
	// Of the sockets that elements are written through (TableMonitor::ignore).
	std::vector<std::uint32_t> own_ports() const;

private:
	[[nodiscard]] Result<void> replace_behind_guard(const std::vector<DecisionSet>& sets, const ElementSource& elements);
	explicit NftKernel(Netlink netlink) : netlink_(std::move(netlink)), engine_(netlink_, main_table) {}
	bool has_flowtable();
	Netlink netlink_;
	ElementEngine engine_;
	std::unique_ptr<Guard> guard_;
	bool is_guard_stale_ = false; // a change went into the main table alone
	std::optional<Conntrack> conntrack_; // opened when it is needed first
	bool has_flowtable_ = false;
	std::chrono::steady_clock::time_point flowtables_read_{};
};

} // namespace gate25
