// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/event_log.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace gate25 {
void EventLog::add(Event event) {
	std::erase_if(followers_, [](const auto& client) { return !client->is_open(); });
	if (!followers_.empty()) {
		const std::string json = event_json(event);
		for (const auto& client : followers_) client->send(event.name, json);
	}
	recent_.push_back(std::move(event));
	if (recent_.size() > most_recent) recent_.pop_front();
}

void EventLog::follow(std::shared_ptr<EventClient> client) { followers_.push_back(std::move(client)); }

std::string event_json(const Event& event) {
	boost::json::object object;
	object["at"] = time_text(event.at);
	object["event"] = event.name;
	object["subject"] = event.subject;
	object["text"] = event.text;
	return boost::json::serialize(object);
}

} // namespace gate25
