// SPDX-License-Identifier: GPL-2.0-or-later
//
// Suricata's events, line by line, on their way to decisions. Most are flows and statistics and are passed over here,
// by their bytes; alerts go the way of all reports (flow/intake.h), a chunk of lines in one transaction. What the
// store or the readers cannot take now is tried again until they can, and the next lines wait meanwhile.
#pragma once

#include "core/log.h"
#include "flow/intake.h"
#include "wire/lines.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>

namespace gate25 {

class Agent;

struct EveCounters {
	std::uint64_t lines = 0;
	std::uint64_t alerts = 0;      // of these: taken, whatever came of them
	std::uint64_t passed_over = 0; // other events
	std::uint64_t unreadable = 0;  // no events at all, or alerts that break the rules
	std::uint64_t too_long = 0;    // skipped before they came here, not in `lines`
	std::uint64_t retries = 0;
	std::size_t waiting = 0; // chunks that are under way
};

class EveFeed {
public:
	explicit EveFeed(Agent& agent) : agent_(agent) {}
	EveFeed(const EveFeed&) = delete;
	EveFeed& operator=(const EveFeed&) = delete;

	void take(LineChunk chunk, LinesTaken taken);
	// Several times a second: tries again, and says once a minute what could not be read.
	void tick();
	EveCounters counters() const;
	// Why alerts wait, since their last try; empty: they do not.
	const std::string& problem() const { return problem_; }

private:
	struct Work;
	std::deque<std::string> alerts_in(const LineChunk& chunk);
	void proceed(const std::shared_ptr<Work>& work);
	void answered(const std::shared_ptr<Work>& work, const Result<IntakeAnswer>& answer);
	void has_taken(const Work& work, const IntakeAnswer& answer);
	void has_failed(const std::shared_ptr<Work>& work, const Error& error);
	void halve(Work& work, const Error& error);
	void has_not_read(const std::string& user, const std::string& why);
	void complain(const std::string& user, std::uint64_t lines, const std::string& why);

	Agent& agent_;
	EveCounters counters_;
	std::set<std::shared_ptr<Work>> works_;
	std::string problem_;
	std::uint64_t unread_ = 0; // lines that the log has not told of
	std::string unread_user_, unread_why_; // the last one's
	Milliseconds next_complaint_{};
	std::shared_ptr<bool> alive_ = std::make_shared<bool>(true); // who is called back later asks for it
};

} // namespace gate25
