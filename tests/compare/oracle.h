// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the model says will be seen of a packet. Policy::decide knows no history, so what the kernel
// remembers by itself is kept here: how many connections a limited subscriber has opened, which first packets
// may come again, and which live sessions have had their farewell.
#pragma once

#include "firewall.h"
#include "lab.h"
#include "scene.h"
#include "wire/ruleset_parts.h"

#include <map>
#include <set>
#include <tuple>

namespace gate25::compare {

enum class Fate : std::uint8_t {
	passes,   // comes out, to `to` and `to_port`
	is_cut,   // comes out as a reset: the end of a live session
	answered, // does not come out, the sender gets a reset
	vanishes
};

struct Expected {
	Decided decided;
	Fate fate = Fate::vanishes;
	Address to;
	std::uint16_t to_port = 0;
	Moved counters;
};

// Which table is judged. The guard (rules/guard.nft) redirects nothing, cuts nothing, and lets the resets of live
// sessions out, since the main table has made them.
struct Judge {
	bool is_guard = false;
};

class Oracle {
public:
	Oracle(const Scene& scene, Judge judge);
	Expected expect(const Frame& frame);
	const Policy& policy() const { return policy_; }

private:
	using Session = std::tuple<Address, std::uint16_t, Address, std::uint16_t>;
	bool is_over_limit(const Packet& packet);
	bool is_over_volume(const Packet& packet);
	Decided decide(const Packet& packet);
	bool counts_notify(const Packet& packet, const Decided& decided) const;
	Verdict usual_refusal() const;
	void refuse(const Frame& frame, Verdict verdict, bool is_live, Expected& expected);

	void judge_farewell(Packet packet, Expected& expected) const;

	Judge judge_;
	Policy policy_;
	Policy without_garden_, without_notice_;
	std::vector<Meter> meters_;
	const Decisions& decisions_;
	std::map<Prefix, unsigned> opened_, noticed_;
	std::map<std::pair<std::string, Prefix>, unsigned> metered_;
	std::set<std::tuple<std::string, Prefix, Address>> known_destinations_;
	std::set<std::tuple<Address, std::uint16_t, Address>> known_first_packets_;
	std::set<Session> cut_;
};

// Empty: it was as expected. Otherwise the difference in words.
std::string difference(const Frame& frame, const Expected& expected, const std::vector<Seen>& seen, const Moved& moved);

} // namespace gate25::compare
