// SPDX-License-Identifier: GPL-2.0-or-later
//
// The courier: fetches what waits, sends it, says what became of it. One thread; the agent waits for nothing of this. What
// was sent is reported before anything else is fetched, and until the agent has heard it, it is not sent again.
#pragma once

#include "core/log.h"
#include "courier/outbox_client.h"
#include "courier/template_set.h"

#include <deque>
#include <map>
#include <set>

namespace gate25 {

struct CourierSetup {
	NoticeRules rules;
	TemplateSet templates;
	std::map<std::string, std::string> secrets; // by hook
	std::string socket;
	std::string own_name; // for EHLO
	Log log;
};

class Courier {
public:
	explicit Courier(CourierSetup setup);
	// After SIGHUP. What is on its way goes on.
	void configure(CourierSetup setup);
	// Once round: report, fetch, send; waits at most so long for something to end.
	void proceed(Milliseconds patience);
	// Fetches nothing any more.
	void stop() { is_stopping_ = true; }
	// Nothing is on its way, everything was reported, and there is nothing more to be had.
	bool is_idle() const { return transfers_.count() == 0 && unreported_.empty() && ((has_found_nothing_ && was_all_asked_) || is_stopping_); }
	bool is_agent_there() const { return problem_.empty(); }

private:
	void report();
	void fetch();
	void fetch(const std::string& channel, std::size_t most);
	void send(const std::string& channel, Waiting waiting);
	[[nodiscard]] Result<void> send_mail(const Waiting& waiting);
	[[nodiscard]] Result<void> post(const Hook& hook, const Waiting& waiting);
	void end(Delivered delivered);
	void tell_problem(const std::string& problem);

	CourierSetup setup_;
	OutboxClient outbox_;
	Transfers transfers_;
	std::deque<Delivered> unreported_;
	std::string problem_; // with the agent, told once
	Milliseconds next_fetch_{};
	std::size_t first_ = 0; // whose turn it is to be asked for first: all share what per_hour lets out
	bool is_stopping_ = false, has_found_nothing_ = false;
	bool was_all_asked_ = false; // in the last round: no channel had as much on its way as may be
};

} // namespace gate25
