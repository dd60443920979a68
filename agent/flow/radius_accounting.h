// SPDX-License-Identifier: GPL-2.0-or-later
//
// RADIUS accounting: from datagrams to claims about assignments (core/assignment_world.h), and the answers.
// * Only clients of the configuration are heard, and only what their secret proves; of all others nothing is said to
//   them (RFC 2866 3), it is counted.
// * A packet is answered when what it says is durable, and not before; when the store refuses it is not
//   answered, so the access server asks again. The same packet again is not taken twice: while the first waits it is
//   dropped, later it gets the same answer (RFC 5080 2.2.2).
// * What comes again later, or from somebody who recorded it, changes nothing that a newer packet said.
#pragma once

#include "core/assignment_world.h"
#include "core/config_subscribers.h"
#include "core/log.h"
#include "flow/radius_times.h"
#include "flow/recent_table.h"
#include "wire/radius_attributes.h"

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

namespace gate25 {

class RadiusAccounting {
public:
	struct World {
		ClaimTaker& taker;
		std::function<Now()> now;
		Log log;
		std::function<void(std::vector<RadiusAnswer>)> send;
	};
	explicit RadiusAccounting(World world);
	// At start and after a reload. A client without a secret is a stranger.
	void configure(const RadiusRules& rules, SourceRank source);
	// What was waiting, at once: its claims share one durable write.
	void take(std::span<const RadiusDatagram> datagrams);
	// Packets whose claims are not durable yet.
	std::size_t waiting() const { return waiting_; }

	// Beyond this nothing is taken: the access servers try again.
	static constexpr std::size_t most_waiting = std::size_t{1} << 16U;
	// Packets and sessions that are remembered at least, however many come.
	static constexpr std::size_t most_remembered = std::size_t{1} << 18U;
	// Within this a packet that comes again is a retransmission (RFC 5080 2.2.2).
	static constexpr Seconds repeated_within{30};

private:
	// An authentic packet that was here before, and when.
	struct Seen {
		enum class State : std::uint8_t { waiting, answered, refused };
		std::uint32_t at = 0;   // seconds of the boot's clock
		std::uint32_t path = 0; // a hash of where it came from
		State state = State::waiting;
	};
	struct Server {
		ServerClock clock;
		UnixTime restarted{};           // the time of its last Accounting-On or -Off
		Milliseconds restart_arrived{}; // and when that came
	};
	struct Work {
		Now now;
		std::vector<AssignmentClaim> claims;
		std::vector<RadiusAnswer> answers;   // when the claims are durable
		std::vector<std::uint64_t> packets;  // of these answers
		std::vector<RadiusAnswer> at_once;
		bool is_heard = false;
	};
	const RadiusClient* client_at(const Address& address) const;
	void take_one(const RadiusDatagram& datagram, Work& work);
	void take_authentic(const RadiusDatagram& datagram, const RadiusPacket& packet, const std::string& secret, Work& work);
	bool is_old(const RadiusAccount& account, const AssignmentClaim& claim, const Seen* seen, const Server& server, bool is_stamped);
	AssignmentClaim claim_of(const RadiusAccount& account, const Address& peer) const;
	void note(const RadiusAccount& account, const AssignmentClaim& claim, Server& server, const Now& now);
	void finish(Work&& work);
	void settle(const std::vector<std::uint64_t>& packets, Seen::State state);
	enum class Dropped : std::uint8_t { forged, malformed, unwritten };
	void tell(Dropped why, const std::string& text, const Now& now);
	Server& server_of(ServerHash server);
	SourceCounters& counters() { return world_.taker.counters(source_); }

	World world_;
	SourceRank source_ = 0;
	RadiusName name_ = RadiusName::user_name;
	std::vector<RadiusClient> clients_;
	// By length of the prefix, the longest first: which client.
	std::map<unsigned, std::unordered_map<Prefix, std::size_t>, std::greater<>> by_length_;
	RecentTable<Seen> packets_{most_remembered};
	RecentTable<UnixTime> ended_{most_remembered}; // sessions, with their ends
	std::unordered_map<ServerHash, Server> servers_;
	SteadyWall wall_;
	std::size_t waiting_ = 0;
	std::array<std::optional<Milliseconds>, 3> told_; // when the log last heard of each
	std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

} // namespace gate25
