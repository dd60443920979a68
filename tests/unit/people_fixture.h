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
	PeopleFixture() {
		config += "[assignments]\nprecedence = [\"api\", \"radius\"]\nnat = [\"203.0.113.0/24\"]\n"
		          "[radius]\nlisten = [\"192.0.2.1:1813\"]\n"
		          "[[radius_client]]\nname = \"bras\"\nmatch = [\"192.0.2.10\"]\nsecret_file = \"/etc/gate25/radius/bras\"\n";
	}
	void begin() {
		const auto started = start();
		REQUIRE_MESSAGE(started, (started ? "" : started.error().text));
	}
	static std::string text(const boost::json::value& value) { return std::string(value.as_string()); }

	// What a source says, durable at once.
	void say(const char* source, const char* prefix, const char* subscriber, const char* ports = nullptr) {
		AssignmentClaim claim;
		claim.source = agent.assignments().rank(source).value();
		claim.subscriber = subscriber;
		claim.prefixes = {Prefix::parse(prefix).value()};
		if (ports != nullptr) claim.ports = parse_ports(ports).value();
		claim.at = clock.time.wall;
		bool is_done = false;
		agent.assignments().take({claim}, [&](const Result<void>& done) { is_done = done.has_value(); });
		REQUIRE(is_done);
	}
	// The number of the quarantine.
	std::int64_t quarantine(const std::string& who, const char* level = "port25") {
		const auto made = ask("POST", "v1/quarantines", "{\"prefix\":\"" + who + "\",\"level\":\"" + level + "\",\"seconds\":86400}");
		REQUIRE_MESSAGE(made->status == 201, boost::json::serialize(made->body));
		return made->body.at("quarantine").at("id").to_number<std::int64_t>();
	}
	void attempt(const char* source) {
		const Opening one{*Address::parse(source), *Address::parse(source[4] == ':' ? "2001:db8:feed::1" : "198.51.100.25"), from_port++, 25, 1};
		agent.volume().take_attempts({&one, 1});
	}
	std::shared_ptr<Answer> portal(const std::string& body) {
		return ask("POST", "v1/portal/release", body, {}, SocketKind::portal);
	}
	std::shared_ptr<Answer> state(std::map<std::string, std::string> query) {
		return ask("GET", "v1/portal/state", "", std::move(query), SocketKind::portal);
	}
};

} // namespace gate25
