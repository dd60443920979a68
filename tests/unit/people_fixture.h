// SPDX-License-Identifier: GPL-2.0-or-later
//
// An agent that knows who holds what, and counts attempts.
#pragma once

#include "agent_fixture.h"
#include "core/way_out.h"
#include "flow/assignments.h"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

namespace gate25 {

struct PeopleFixture : AgentFixture {
	std::uint16_t from_port = 1000;
	PeopleFixture();
	void begin();
	static std::string text(const boost::json::value& value) { return std::string(value.as_string()); }

	// What a source says, durable at once.
	void say(const char* source, const char* prefix, const char* subscriber, const char* ports = nullptr);
	// The number of the quarantine.
	std::int64_t quarantine(const std::string& who, const char* level = "port25");
	void attempt(const char* source);
	std::shared_ptr<Answer> portal(const std::string& body);
	std::shared_ptr<Answer> state(std::map<std::string, std::string> query);
};

} // namespace gate25
