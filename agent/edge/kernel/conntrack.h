// SPDX-License-Identifier: GPL-2.0-or-later
//
// Takes connections out of flowtables. The kernel lets go of one when its entry in connection tracking is deleted;
// but with the entry goes the address translation, and then nobody knows any more that the server's end is at port
// 587. So a copy takes its place at once: the next packet passes the rules, translated as before, and they end it.
// net/netfilter/nf_flow_table_core.c (flow_offload_lookup: a dying entry), nf_conntrack_netlink.c.
#pragma once

#include "core/live_flow.h"
#include "core/result.h"
#include "edge/kernel/conntrack_message.h"

#include <functional>
#include <memory>

struct mnl_socket;

namespace gate25 {

class Conntrack {
public:
	// `status`: which bits an entry must have to be looked at. Tests choose others; user space cannot set IPS_OFFLOAD.
	static constexpr std::uint32_t offloaded = 1 << 14;
	[[nodiscard]] static Result<Conntrack> open(std::uint32_t status = offloaded);
	Conntrack(Conntrack&&) noexcept;
	~Conntrack();

	// Every entry that the query asks for and `is_wanted` names is replaced by its copy. How many were.
	// One walk of the kernel through its table, which the kernel does without giving way: milliseconds.
	[[nodiscard]] Result<std::size_t> replace(const FlowQuery& query,
	                                          const std::function<bool(const LiveFlow&)>& is_wanted);

private:
	Conntrack(mnl_socket* socket, std::uint32_t status);
	[[nodiscard]] Result<std::vector<TrackedEntry>> find(const FlowQuery& query,
	                                                     const std::function<bool(const LiveFlow&)>& is_wanted);
	[[nodiscard]] Result<bool> replace_one(const TrackedEntry& entry);
	[[nodiscard]] Result<void> replace_what_came_back(const TrackedEntry& entry);
	// Sends all in one, so that hardly a packet gets in between; an errno or 0 for each.
	[[nodiscard]] Result<std::vector<int>> exchange(const std::vector<ConntrackMessage>& messages);
	[[nodiscard]] Result<int> answer_to(std::uint32_t number);
	void drain();
	struct Close {
		void operator()(mnl_socket* socket) const noexcept;
	};
	std::unique_ptr<mnl_socket, Close> socket_;
	std::vector<char> buffer_;
	std::uint32_t status_;
	std::uint32_t number_ = 0;
};

} // namespace gate25
