// SPDX-License-Identifier: GPL-2.0-or-later
#include "people_fixture.h"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

namespace gate25 {

PeopleFixture::PeopleFixture() {
	config += "[assignments]\nprecedence = [\"api\", \"radius\"]\nnat = [\"203.0.113.0/24\"]\n"
	          "[radius]\nlisten = [\"192.0.2.1:1813\"]\n"
	          "[[radius_client]]\nname = \"bras\"\nmatch = [\"192.0.2.10\"]\nsecret_file = \"/etc/gate25/radius/bras\"\n";
}

void PeopleFixture::begin() {
	const auto started = start();
	REQUIRE_MESSAGE(started, (started ? "" : started.error().text));
}

void PeopleFixture::say(const char* source, const char* prefix, const char* subscriber, const char* ports) {
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

std::int64_t PeopleFixture::quarantine(const std::string& who, const char* level) {
	const auto made = ask("POST", "v1/quarantines", "{\"prefix\":\"" + who + "\",\"level\":\"" + level + "\",\"seconds\":86400}");
	REQUIRE_MESSAGE(made->status == 201, boost::json::serialize(made->body));
	return made->body.at("quarantine").at("id").to_number<std::int64_t>();
}

void PeopleFixture::attempt(const char* source) {
	const Opening one{*Address::parse(source), *Address::parse(source[4] == ':' ? "2001:db8:feed::1" : "198.51.100.25"), from_port++, 25, 1};
	agent.volume().take_attempts({&one, 1});
}

std::shared_ptr<AgentFixture::Answer> PeopleFixture::portal(const std::string& body) {
	return ask("POST", "v1/portal/release", body, {}, SocketKind::portal);
}

std::shared_ptr<AgentFixture::Answer> PeopleFixture::state(std::map<std::string, std::string> query) {
	return ask("GET", "v1/portal/state", "", std::move(query), SocketKind::portal);
}

} // namespace gate25
