// SPDX-License-Identifier: GPL-2.0-or-later
//
// Notifications of nf_tables (netlink group NFNLGRP_NFTABLES): who else changed the table inet gate25. The
// kernel ends each transaction with NFT_MSG_NEWGEN, which names the process (nf_tables_api.c,
// nf_tables_gen_notify), so our own transactions are told apart by their pid.
#pragma once

#include "core/result.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

struct mnl_socket;

namespace gate25 {

class TableMonitor {
public:
	// `on_change` gets "nft, pid 4711" after each foreign transaction that touched the table. `on_loss` is
	// called after notifications were lost: then nobody knows what was changed, or by whom.
	[[nodiscard]] static Result<std::unique_ptr<TableMonitor>> open(std::function<void(const std::string&)> on_change,
	                                                                std::function<void()> on_loss);
	int fd() const;
	// Reads what is waiting. Several transactions that waited together are told of once.
	void read();
	// Lets the kernel drop what these sockets (their netlink ports) cause, before it is queued here: the agent
	// need not read its own million elements again.
	void ignore(const std::vector<std::uint32_t>& ports);

private:
	struct Close {
		void operator()(mnl_socket* socket) const noexcept;
	};
	TableMonitor(mnl_socket* socket, std::function<void(const std::string&)> on_change, std::function<void()> on_loss);
	void take(const void* message, std::string& culprit);
	std::unique_ptr<mnl_socket, Close> socket_;
	std::function<void(const std::string&)> on_change_;
	std::function<void()> on_loss_;
	bool is_touched_ = false; // within the transaction that is being read
	std::vector<std::uint32_t> ignored_;
};

} // namespace gate25
