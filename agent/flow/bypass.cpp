// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/bypass.h"

#include <utility>

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

// Tunnels have no ports; a garden is about every protocol.
bool has_any_port(const Config& config, bool is_garden) {
	return (is_garden && config.garden.enabled) || config.port25.tunnels == Tunnels::drop;
}

} // namespace

void Bypass::suspect(const std::vector<Transaction::Moved>& moved, const Config& config) {
	for (const Transaction::Moved& move : moved) {
		if (is_milder(move, config)) continue;
		const Standing& standing = move.after ? *move.after : *move.before;
		Suspects& suspects = widen(standing.prefix.family(), standing.prefix);
		// Nobody knows at which level a quarantine is that another one had covered.
		const bool is_uncovered = !move.after && standing.level;
		if (is_uncovered || standing.level >= Level::mail) suspects.ports.insert({port_submissions, port_submission});
		if (has_any_port(config, is_uncovered || standing.level == Level::garden)) suspects.any_port = true;
	}
}

void Bypass::suspect_all(const Config& config) {
	suspect_mail();
	const bool has_garden = book_.quarantine_count(Level::garden) > 0;
	for (Suspects& suspects : suspects_)
		if (has_any_port(config, has_garden)) suspects.any_port = true;
}

void Bypass::suspect_mail() {
	const bool has_strict = book_.quarantine_count(Level::mail) + book_.quarantine_count(Level::garden) > 0;
	for (Family family : {Family::ipv4, Family::ipv6}) {
		Suspects& suspects = widen(family, std::nullopt);
		if (has_strict) suspects.ports.insert({port_submissions, port_submission});
	}
}

Bypass::Suspects& Bypass::widen(Family family, const std::optional<Prefix>& only) {
	Suspects& suspects = suspects_[family == Family::ipv4 ? 0 : 1];
	suspects.only = suspects.is_empty || suspects.only == only ? only : std::nullopt;
	suspects.is_empty = false;
	suspects.ports.insert(port_smtp);
	return suspects;
}

std::vector<FlowQuery> Bypass::next(Suspects& suspects, Family family) {
	const bool by_address = suspects.only && suspects.only->is_host();
	if (!by_address && !suspects.any_port) {
		const std::uint16_t port = *suspects.ports.begin();
		suspects.ports.erase(suspects.ports.begin());
		suspects.is_empty = suspects.ports.empty();
		return {{family, std::nullopt, std::nullopt, port}};
	}
	const Suspects taken = std::exchange(suspects, Suspects{});
	if (!by_address) return {{family, std::nullopt, std::nullopt, std::nullopt}};
	const Address& subscriber = taken.only->address();
	std::vector<FlowQuery> queries{{family, subscriber, std::nullopt, std::nullopt}};
	if (taken.any_port) queries.push_back({family, std::nullopt, subscriber, std::nullopt});
	return queries;
}

void Bypass::take_back(const Policy& policy) {
	std::string problem;
	bool has_looked = false;
	const auto is_waiting = [this] { return !suspects_[0].is_empty || !suspects_[1].is_empty; };
	while (is_waiting() && has_time()) {
		// In turns, so that a storm in one family does not keep the other waiting.
		const Family family = suspects_[1].is_empty || (is_ipv4_next_ && !suspects_[0].is_empty) ? Family::ipv4 : Family::ipv6;
		is_ipv4_next_ = family == Family::ipv6;
		has_looked = true;
		const Milliseconds began = clock_.now().boot;
		look(next(suspects_[family == Family::ipv4 ? 0 : 1], family), policy, problem);
		spent_ += clock_.now().boot - began;
	}
	if (has_looked) problem_ = problem;
}

bool Bypass::has_time() {
	const Milliseconds now = clock_.now().boot;
	if (turn_began_ < Milliseconds{0} || now - turn_began_ >= turn) {
		turn_began_ = now;
		spent_ = Milliseconds{0};
	}
	return spent_ < share;
}

void Bypass::look(const std::vector<FlowQuery>& queries, const Policy& policy, std::string& problem) {
	for (const FlowQuery& query : queries) {
		const auto count =
			kernel_.take_back(query, [&](const LiveFlow& flow) { return is_refused(policy, coverage_, flow); });
		if (count) taken_back_ += *count;
		if (!count) problem = "connections in a flowtable were not cut: " + count.error().text;
	}
}

} // namespace gate25
