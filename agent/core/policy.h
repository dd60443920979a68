// SPDX-License-Identifier: GPL-2.0-or-later
//
// What happens to a packet, and why: the model of rules/gate25.nft and its optional parts, and what
// `gate25 explain` prints. Pure and total. tests/compare sends the same packets through the kernel and
// holds the two together. The numbers of the steps are those of gate25(1) and of the rules:
//   1 not from a subscriber   2 a quarantine's level   3 to a relay   4 an exemption
//   5 the policy of the longest matching prefix        6 the default policy
#pragma once

#include "core/config.h"
#include "core/intervals.h"

#include <optional>
#include <string>
#include <vector>

namespace gate25 {

inline constexpr std::uint16_t port_smtp = 25;
inline constexpr std::uint16_t port_http = 80;
inline constexpr std::uint16_t port_submissions = 465;
inline constexpr std::uint16_t port_submission = 587;
inline constexpr std::uint8_t protocol_tcp = 6;

// As the packet enters the router.
struct Packet {
	Address source;
	Address destination;
	std::uint8_t protocol = protocol_tcp;
	std::uint16_t source_port = 40000;
	std::uint16_t destination_port = port_smtp;
	bool opens = true; // a TCP SYN without ACK, the first packet of its connection
	// Connection tracking takes it up as a connection: a SYN, or an ACK in mid-stream, but no SYN-ACK, FIN or
	// RST for itself. Only then is its destination translated.
	bool is_trackable = true;
};

enum class Verdict : std::uint8_t { accept, reset, drop, redirect, not_ours };
std::string_view verdict_text(Verdict verdict); // "not-ours"

struct Decided {
	Verdict verdict = Verdict::not_ours;
	unsigned step = 1;
	std::string_view chain;   // of rules/*.nft, where the verdict was found; static text
	std::string_view counter; // the counter that tells why, without the family ("block"); empty: none
	std::string_view also_counted; // a second one, when the packet was translated and judged after that
	// Where a redirected connection goes. Of a notice there is a port only: it goes to the router itself.
	std::optional<Address> to;
	std::uint16_t to_port = 0;
	std::uint64_t decision = 0; // id of the quarantine or exemption that decided, 0: none
	bool may_be_limited = false; // level `limit`: accepted as long as the rate holds
	bool may_be_over_volume = false; // accepted unless a limit on volume refuses it
	std::string_view level;      // of the quarantine that was met at step 2, also when it let the packet on
	std::optional<Prefix> match; // the prefix whose policy, decision or relay entry matched
};

// The router answers by itself, as long as its rates hold (rules/notice.nft); beyond them it is refused.
bool is_notice(const Decided& decided);

// Which decisions stand. Lookups by exact key at one length, as the kernel does it.
class DecisionIndex {
public:
	virtual ~DecisionIndex() = default;
	struct Found {
		Level level = Level::port25;
		std::uint64_t id = 0;
	};
	virtual std::optional<Found> quarantine(const Prefix& exact) const = 0;
	virtual std::optional<std::uint64_t> exemption(const Prefix& exact) const = 0;
};

// A configuration made ready for fast decisions; immutable.
class Policy {
public:
	explicit Policy(const Config& config);
	Decided decide(const Packet& packet, const DecisionIndex& decisions) const;
	// One sentence for people: "192.0.2.25 is a relay".
	std::string why(const Packet& packet, const Decided& decided) const;
	const Config& config() const { return config_; }
	// Where a policy differs from the default one: what the maps policy4 and policy6 hold.
	const IntervalMap<PrefixPolicy>& policies(Family family) const;
	bool is_subscriber(const Address& address) const;
	bool is_relay(const Address& address) const;
	// The enforced limits on connections that are for this subscriber.
	std::vector<Limit> limits_for(const Address& subscriber) const;

private:
	struct Side;
	struct Held {
		DecisionIndex::Found found;
		Prefix prefix;
	};
	std::optional<Held> held(const Address& subscriber, const DecisionIndex& decisions) const;
	Decided judged(const Packet& packet, const Side& side, const DecisionIndex& decisions) const;
	Decided by_mail(const Packet& packet, const DecisionIndex& decisions) const;
	Decided restricted(const Packet& packet, const Side& side, Level level) const;
	Decided resumed(const Packet& packet, const Side& side, const DecisionIndex& decisions) const;
	Decided by_policy(const Packet& packet, const Side& side, PolicyAction action, unsigned step) const;
	std::optional<Decided> in_garden(const Packet& packet, const Side& side, const DecisionIndex& decisions) const;
	Decided garden_only(const Packet& packet, const Side& side) const;
	Decided through_garden(const Packet& packet, const DecisionIndex& decisions) const;
	Decided accepted(unsigned step, std::string_view chain, std::string_view counter) const;
	Decided refused(const Packet& packet, unsigned step, std::string_view chain, std::string_view counter) const;
	// What a notice may answer instead.
	Decided refused_from(const Packet& packet, const Side& side, unsigned step, std::string_view chain,
	                     std::string_view counter) const;
	bool is_over_volume_possible(const Packet& packet, const Decided& decided) const;
	Address relay_of(const Address& subscriber) const;

	Config config_;
	// By family: IPv4, IPv6.
	IntervalMap<bool> subscribers_[2];
	IntervalMap<Prefix> relays_[2];
	IntervalMap<bool> garden_[2];
	std::optional<Address> portals_[2];
	IntervalMap<PrefixPolicy> policies_[2];
	std::vector<Address> redirect_relays_[2];
	std::vector<unsigned> lengths_[2]; // longest first
};

// With the family's digit, as in rules/*.nft: "resume_from4", "block6"; empty where nothing is counted.
std::string chain_text(const Decided& decided, Family family);
std::string counter_text(const Decided& decided, Family family);
// What a subscriber in the garden reaches: the allow-list and the portals.
std::vector<Prefix> garden_destinations(const Garden& garden);

} // namespace gate25
