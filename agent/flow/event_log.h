// SPDX-License-Identifier: GPL-2.0-or-later
//
// What happened lately, for `gate25 events`, and who follows it. Bounded: the audit is the lasting record.
#pragma once

#include "core/time.h"
#include "wire/http.h"

#include <deque>
#include <memory>
#include <vector>

namespace gate25 {

struct Event {
	UnixTime at{};
	std::string name;    // "quarantine", "release", "expire", "alert", "repair", "reload", ...
	std::string subject; // prefix, address or empty
	std::string text;
};

class EventLog {
public:
	void add(Event event);
	// Whether anybody will see an event that so many others follow at once.
	bool is_kept(std::size_t followed_by) const { return followed_by < most_recent || !followers_.empty(); }
	void follow(std::shared_ptr<EventClient> client);
	const std::deque<Event>& recent() const { return recent_; }
	std::size_t followers() const { return followers_.size(); }

private:
	static constexpr std::size_t most_recent = 1000;
	std::deque<Event> recent_;
	std::vector<std::shared_ptr<EventClient>> followers_;
};

std::string event_json(const Event& event);

} // namespace gate25
