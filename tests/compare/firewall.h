// SPDX-License-Identifier: GPL-2.0-or-later
//
// The kernel's side of the comparison: rules in, counters out. Of the namespace in which it was made.
#pragma once

#include <cstdint>
#include <map>
#include <string>

struct mnl_socket;

namespace gate25::compare {

// Counter -> packets; those that did not move are left out.
using Moved = std::map<std::string, std::uint64_t>;

class Firewall {
public:
	Firewall();
	~Firewall();
	Firewall(const Firewall&) = delete;
	Firewall& operator=(const Firewall&) = delete;

	// By libnftables; empty: done, otherwise what it said.
	static std::string run(const std::string& commands);
	// What `list ...` prints; `flags` are NFT_CTX_OUTPUT_...
	static std::string list(const std::string& command, unsigned flags = 0);
	// By the program nft, as an operator would do it. `options` like "-j" or "-c".
	static std::string run_program(const std::string& options, const std::string& text);
	static std::string output_of(const std::string& command);

	// Since the last call. One dump that reads and clears in one go.
	Moved take_counters(const char* table = "gate25");
	void forget_connections();
	// Entries that connection tracking holds; 0 where it is not on.
	static unsigned connections();

private:
	mnl_socket* socket_;
};

} // namespace gate25::compare
