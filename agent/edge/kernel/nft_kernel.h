// SPDX-License-Identifier: GPL-2.0-or-later
//
// The kernel as flow sees it: rules by libnftables, elements by netlink.
#pragma once

#include "core/world.h"
#include "edge/kernel/element_engine.h"

namespace gate25 {

class NftKernel : public Kernel {
public:
	[[nodiscard]] static Result<std::unique_ptr<NftKernel>> open();
	[[nodiscard]] Result<void> install(const std::string& ruleset) override;
	[[nodiscard]] std::vector<ElementFailure> apply(const std::vector<ElementChange>& changes) override;
	[[nodiscard]] Result<void> replace(const std::vector<DecisionSet>& sets,
	                                   const std::vector<ElementChange>& elements) override;
	[[nodiscard]] Result<TableShape> shape() override;
	[[nodiscard]] Result<std::map<std::string, Counter>> counters() override;
	[[nodiscard]] Result<void> remove_table() override;

private:
	explicit NftKernel(Netlink netlink) : netlink_(std::move(netlink)), engine_(netlink_) {}
	Netlink netlink_;
	ElementEngine engine_;
};

} // namespace gate25
