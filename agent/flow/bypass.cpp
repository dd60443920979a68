// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/bypass.h"

namespace gate25 {
namespace {

// A quarter of the loop's time at most.
constexpr Milliseconds turn{200}, share{50};

bool is_milder(const Transaction::Moved& move, const Config& config) {
	if (move.after) return !move.after->level || *move.after->level < Level::port25;
	// A quarantine that ends may uncover a stricter one of a longer or shorter prefix.
	const Network& network = config.network;
	const bool is_covered = !network.further_lengths_ipv4.empty() || !network.further_lengths_ipv6.empty();
	return move.before && move.before->level && !is_covered;
}

} // namespace

void Bypass::suspect(const std::vector<Transaction::Moved>& moved, const Config& config) {
	for (const Transaction::Moved& move : moved) {
		if (is_milder(move, config)) continue;
		// Nobody knows at which level an uncovered quarantine is.
		const bool is_uncovered = !move.after && move.before->level;
		const Standing& standing = move.after ? *move.after : *move.before;
		add(standing.prefix, standing.prefix.family(), is_uncovered ? Level::garden : standing.level, config);
	}
}

void Bypass::suspect_all(const Config& config) {
	std::optional<Level> strictest;
	for (Level level : {Level::mail, Level::garden})
		if (book_.quarantine_count(level) > 0) strictest = level;
	for (Family family : {Family::ipv4, Family::ipv6}) add(std::nullopt, family, strictest, config);
}

void Bypass::add(const std::optional<Prefix>& prefix, Family family, const std::optional<Level>& level,
                 const Config& config) {
	Suspects& suspects = suspects_[family == Family::ipv4 ? 0 : 1];
	suspects.only = suspects.is_empty || suspects.only == prefix ? prefix : std::nullopt;
	suspects.is_empty = false;
	suspects.ports.insert(port_smtp);
	if (level >= Level::mail) suspects.ports.insert({port_submissions, port_submission});
	// Tunnels have no ports; a garden is about every protocol.
	if ((level == Level::garden && config.garden.enabled) || config.port25.tunnels == Tunnels::drop)
		suspects.any_port = true;
}

std::vector<FlowQuery> Bypass::queries(const Suspects& suspects, Family family) {
	std::vector<FlowQuery> queries;
	if (suspects.only && suspects.only->is_host()) {
		const Address& subscriber = suspects.only->address();
		queries.push_back({family, subscriber, std::nullopt, std::nullopt});
		if (suspects.any_port) queries.push_back({family, std::nullopt, subscriber, std::nullopt});
	} else if (suspects.any_port) {
		queries.push_back({family, std::nullopt, std::nullopt, std::nullopt});
	} else {
		for (std::uint16_t port : suspects.ports) queries.push_back({family, std::nullopt, std::nullopt, port});
	}
	return queries;
}

void Bypass::take_back(const Policy& policy) {
	const auto refused = [&](const LiveFlow& flow) { return is_refused(policy, book_, flow); };
	std::optional<std::string> problem;
	for (Family family : {Family::ipv4, Family::ipv6}) {
		Suspects& suspects = suspects_[family == Family::ipv4 ? 0 : 1];
		if (suspects.is_empty) continue;
		const Milliseconds began = clock_.now().boot;
		if (turn_began_ < Milliseconds{0} || began - turn_began_ >= turn) {
			turn_began_ = began;
			spent_ = Milliseconds{0};
		}
		if (spent_ >= share) break;
		if (!problem) problem.emplace();
		for (const FlowQuery& query : queries(suspects, family)) {
			const auto count = kernel_.take_back(query, refused);
			if (count) taken_back_ += *count;
			if (!count) problem = "connections in a flowtable were not cut: " + count.error().text;
		}
		suspects = {};
		spent_ += clock_.now().boot - began;
	}
	if (problem) problem_ = *problem;
}

} // namespace gate25
