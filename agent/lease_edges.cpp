// SPDX-License-Identifier: GPL-2.0-or-later
#include "lease_edges.h"

#include <algorithm>
#include <utility>

namespace gate25 {

LeaseEdges::LeaseEdges(Loop& loop, World world) : loop_(loop), world_(std::move(world)) {}

void LeaseEdges::configure(const Config& config) {
	const bool is_same_network = network_ == config.network && nat_ == config.assignments.nat;
	network_ = config.network;
	nat_ = config.assignments.nat;
	std::vector<Source> wanted;
	for (const LeaseSource& rules : config.assignments.sources) {
		const auto rank = world_.rank(rules.name);
		if (!rank) continue;
		const auto old = std::find_if(sources_.begin(), sources_.end(), [&](const Source& source) { return source.sync && source.rules == rules; });
		if (old == sources_.end()) {
			wanted.push_back(open(rules, *rank));
			continue;
		}
		if (old->rank != *rank || !is_same_network) {
			old->rank = *rank;
			old->sync->configure(*rank);
			if (old->file) old->file->restart();
			if (old->socket) old->socket->restart();
		}
		wanted.push_back(std::move(*old));
	}
	sources_ = std::move(wanted);
}

LeaseEdges::Source LeaseEdges::open(const LeaseSource& rules, SourceRank rank) {
	Source source;
	source.rules = rules;
	source.rank = rank;
	const bool is_journal = rules.kind == LeaseKind::kea_file;
	const bool is_list = rules.kind == LeaseKind::csv || rules.kind == LeaseKind::dnsmasq;
	source.sync = std::make_unique<LeaseSync>(
	    LeaseSync::World{world_.taker, world_.now, [this](std::function<void()> f) { loop_.post(std::move(f)); }, world_.log}, rules.name, rank,
	    is_list ? Twice::conflict : Twice::last_counts);
	const auto handler = [sync = source.sync.get()](LeasePiece piece, LeasesTaken taken) { sync->take(std::move(piece), std::move(taken)); };
	if (rules.kind == LeaseKind::kea) {
		KeaSocketOptions options;
		options.path = rules.path;
		options.name = rules.subscriber;
		options.every = std::chrono::duration_cast<Milliseconds>(rules.every);
		options.handler = handler;
		source.socket = std::make_unique<KeaSocket>(loop_, std::move(options));
		return source;
	}
	LeaseFileOptions options;
	options.path = rules.path;
	options.is_journal = is_journal;
	options.speaks_when_quiet = rules.kind == LeaseKind::csv;
	options.handler = handler;
	source.file = std::make_unique<LeaseFile>(loop_, std::move(options), lease_reader(rules.kind, rules.subscriber));
	return source;
}

} // namespace gate25
