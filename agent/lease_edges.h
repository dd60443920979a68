// SPDX-License-Identifier: GPL-2.0-or-later
//
// Joins the files and sockets of [[source]] to those who make claims of them.
#pragma once

#include "core/config.h"
#include "core/log.h"
#include "edge/sources/kea_socket.h"
#include "edge/sources/lease_file.h"
#include "flow/lease_sync.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gate25 {

class LeaseEdges {
public:
	struct World {
		ClaimTaker& taker;
		std::function<std::optional<SourceRank>(const std::string& source)> rank;
		std::function<UnixTime()> now;
		Log log;
	};
	LeaseEdges(Loop& loop, World world);
	LeaseEdges(const LeaseEdges&) = delete;
	LeaseEdges& operator=(const LeaseEdges&) = delete;
	// At start and after a reload, when the ranks are known: opens what is wanted and lets go of the rest. A source that stays
	// is read anew when what it says could mean something else now.
	void configure(const Config& config);

private:
	struct Source {
		LeaseSource rules;
		SourceRank rank = 0;
		std::unique_ptr<LeaseSync> sync; // outlives what calls it
		std::unique_ptr<LeaseFile> file;
		std::unique_ptr<KeaSocket> socket;
	};
	Source open(const LeaseSource& rules, SourceRank rank);

	Loop& loop_;
	World world_;
	Network network_;
	std::vector<Prefix> nat_;
	std::vector<Source> sources_;
};

} // namespace gate25
