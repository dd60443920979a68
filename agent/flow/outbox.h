// SPDX-License-Identifier: GPL-2.0-or-later
//
// What waits to be told (core/waiting_notices.h), handed out to couriers and taken back: sent, to be tried again, or given up.
// Whoever gets a notice has it for five minutes, so two couriers do not send the same; after that it is handed out again,
// since a courier may die with it. So each is delivered at least once, and twice only when a courier died between sending
// and saying so. The agent itself sends nothing and waits for nobody.
#pragma once

#include "core/waiting_notices.h"
#include "core/world.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace gate25 {

class Agent;

struct DeliveryReport {
	bool is_sent = false;
	std::string why;       // of one that failed
	bool is_final = false; // trying again is of no use
};

struct OutboxHealth {
	std::map<std::string, std::size_t> waiting; // by channel
	std::optional<UnixTime> oldest;             // that waits
	std::uint64_t sent = 0, failed = 0, given_up = 0; // since the start; failed: tries
	bool is_throttled = false;                  // [notices] per_hour holds some back
	std::optional<UnixTime> asked;              // when a courier last asked
};

class Outbox {
public:
	static constexpr Seconds lease{300};
	// `waiting` is the agent's own memory of them; `random` for the jitter of what is tried again.
	Outbox(Agent& agent, WaitingNotices& waiting, std::function<std::uint64_t()> random)
		: agent_(agent), waiting_(waiting), random_(std::move(random)) {}

	// At most so many whose time has come, of one channel or, with an empty name, of all; with bodies.
	void hand_out(const std::string& channel, std::size_t most, std::function<void(Result<std::vector<Notice>>)> done);
	// `done` when it is durable. not_found: it does not wait (any more).
	void report(std::uint64_t id, const DeliveryReport& delivery, std::function<void(Result<Notice>)> done);
	// Gives up what has waited too long.
	void tick();
	OutboxHealth health() const;

private:
	std::size_t admitted(const std::vector<std::uint64_t>& ids);
	void gather(std::vector<Notice> notices, std::function<void(Result<std::vector<Notice>>)> done);
	Milliseconds backoff(unsigned tries);
	bool is_expired(const WaitingNotice& waiting, Milliseconds now) const;
	void give_up(const std::vector<std::uint64_t>& ids);
	void tell_given_up(const std::vector<Notice>& notices);

	Agent& agent_;
	WaitingNotices& waiting_;
	std::function<std::uint64_t()> random_;
	double allowance_ = 0; // of first tries, filled at per_hour
	Milliseconds filled_{-1};
	Milliseconds next_look_{};
	bool is_giving_up_ = false, is_throttled_ = false;
	std::uint64_t sent_ = 0, failed_ = 0, given_up_ = 0;
	std::optional<UnixTime> asked_;
};

} // namespace gate25
