// SPDX-License-Identifier: GPL-2.0-or-later
#include "people_fixture.h"

using namespace gate25;

namespace {

struct Portal : PeopleFixture {
	Portal() { config += "[volume]\n"; }
	void with_release(const char* rules) { config += std::string("[release]\n") + rules; }
	std::string refused(const std::string& body) {
		const auto answer = portal(body);
		REQUIRE(answer->is_given);
		CHECK(answer->status == 409);
		CHECK(answer->body.at("error").at("code") == "conflict");
		return text(answer->body.at("refused"));
	}
};

const std::string anna_cleaned_up = R"({"subscriber":"anna","confirm":true})";

} // namespace

TEST_SUITE("api portal") {
	TEST_CASE_FIXTURE(Portal, "a subscriber is free, in quarantine, and out again with his grace") {
		begin();
		say("radius", "100.64.1.2", "anna");
		say("radius", "2001:db8:1000:100::/56", "anna");
		auto body = state({{"address", "100.64.1.2"}})->body;
		CHECK(body.at("state") == "free");
		CHECK(body.at("subscriber") == "anna");
		CHECK(body.at("level").is_null());
		CHECK(body.at("self_release").at("refused") == "not-in-quarantine");
		const auto id = quarantine("subscriber:anna", "mail");
		for (const char* address : {"100.64.1.2", "2001:db8:1000:1ff::7"}) {
			body = state({{"address", address}})->body;
			CHECK(body.at("state") == "quarantined");
			CHECK(body.at("level") == "mail");
			CHECK(body.at("address") == address);
			CHECK(body.at("seconds_left") == 86400);
			CHECK(body.at("self_release").at("allowed") == true);
			CHECK(body.at("self_release").at("left") == 2);
		}
		const auto out = portal(R"({"address":"2001:db8:1000:100::2","confirm":true})");
		REQUIRE(out->status == 200);
		CHECK(out->body.at("released").at(0).at("id") == id);
		CHECK(out->body.at("left") == 1);
		CHECK(store.quarantines.at(static_cast<std::uint64_t>(id)).ended_by == "subscriber");
		clock.pass(Seconds{60});
		body = state({{"subscriber", "anna"}})->body;
		CHECK(body.at("state") == "grace");
		CHECK(body.at("grace_seconds_left") == 3540);
		CHECK(body.at("self_release").at("used") == 1);
		clock.pass(Seconds{3540});
		CHECK(state({{"subscriber", "anna"}})->body.at("state") == "free");
	}

	TEST_CASE_FIXTURE(Portal, "the third time within the memory is the desk's; what is older counts no more") {
		begin();
		say("radius", "100.64.1.2", "anna");
		for (int i = 0; i < 2; ++i) {
			quarantine("subscriber:anna");
			CHECK(portal(anna_cleaned_up)->status == 200);
		}
		const auto third = quarantine("subscriber:anna");
		CHECK(refused(anna_cleaned_up) == "used-up");
		CHECK(agent.book().find_quarantine(subscriber_key("anna"))->id == static_cast<std::uint64_t>(third));
		CHECK(state({{"subscriber", "anna"}})->body.at("self_release").at("left") == 0);
		// A release by the desk uses up none.
		CHECK(ask("DELETE", "v1/quarantines/" + std::to_string(third))->status == 200);
		clock.pass(Seconds(std::chrono::hours{24 * 91}));
		quarantine("subscriber:anna");
		CHECK(portal(anna_cleaned_up)->status == 200);
	}

	TEST_CASE_FIXTURE(Portal, "of two requests at once one lets him out, and the other finds nothing") {
		begin();
		say("radius", "100.64.1.2", "anna");
		quarantine("subscriber:anna");
		store.hold();
		const auto first = portal(anna_cleaned_up), second = portal(anna_cleaned_up);
		CHECK(!first->is_given);
		store.answer_all();
		CHECK(first->status == 200);
		CHECK(second->status == 409);
		CHECK(second->body.at("refused") == "not-in-quarantine");
		CHECK(state({{"subscriber", "anna"}})->body.at("self_release").at("used") == 1);
	}

	TEST_CASE_FIXTURE(Portal, "what cannot be stored lets nobody out") {
		begin();
		say("radius", "100.64.1.2", "anna");
		quarantine("subscriber:anna");
		store.fail_with("no space left on device");
		CHECK(portal(anna_cleaned_up)->status == 507);
		CHECK(state({{"subscriber", "anna"}})->body.at("state") == "quarantined");
	}

	TEST_CASE_FIXTURE(Portal, "levels and quiet of the configuration") {
		with_release("levels = [\"notify\", \"port25\"]\nquiet = \"10m\"\n");
		begin();
		say("radius", "100.64.1.2", "anna");
		say("radius", "2001:db8:1000:100::/64", "anna");
		quarantine("subscriber:anna", "mail");
		CHECK(refused(anna_cleaned_up) == "level");
		quarantine("subscriber:anna", "port25");
		attempt("2001:db8:1000:100::2");
		CHECK(refused(anna_cleaned_up) == "still-trying");
		const auto body = state({{"subscriber", "anna"}})->body;
		CHECK(body.at("still_misbehaving") == true);
		CHECK(body.at("attempts").at("ten_minutes") == 1);
		CHECK(body.at("attempts").at("hour") == 1);
		CHECK(text(body.at("attempts").at("last")) == time_text(clock.time.wall));
		clock.pass(Seconds{600});
		CHECK(portal(anna_cleaned_up)->status == 200);
	}

	TEST_CASE_FIXTURE(Portal, "an address that nobody is known to hold stands for its prefix") {
		begin();
		for (const char* address : {"100.64.9.9", "2001:db8:1000:900::9"}) {
			quarantine(address);
			const auto body = state({{"address", address}})->body;
			CHECK(body.at("subscriber").is_null());
			CHECK(body.at("state") == "quarantined");
			CHECK(portal(std::string("{\"address\":\"") + address + "\",\"confirm\":true}")->status == 200);
			CHECK(state({{"address", address}})->body.at("state") == "grace");
		}
		CHECK(state({{"address", "198.51.100.1"}})->status == 404);
	}

	TEST_CASE_FIXTURE(Portal, "nobody lets out a prefix that others share") {
		config.replace(config.find("relays"), 6, "subscriber_prefix_ipv6 = 56\nrelays");
		begin();
		say("radius", "2001:db8:1000:100::/64", "anna");
		quarantine("2001:db8:1000:100::/56");
		CHECK(state({{"subscriber", "anna"}})->body.at("state") == "quarantined");
		CHECK(refused(anna_cleaned_up) == "shared");
		CHECK(agent.book().find_quarantine(*Prefix::parse("2001:db8:1000:100::/56")));
	}

	TEST_CASE_FIXTURE(Portal, "of a shared address the port says who it is") {
		begin();
		say("radius", "203.0.113.7", "anna", "1024-2047");
		say("radius", "203.0.113.7", "bert", "2048-4095");
		quarantine("subscriber:anna");
		const auto unclear = state({{"address", "203.0.113.7"}});
		CHECK(unclear->status == 400);
		CHECK(unclear->message().find("port") != std::string::npos);
		CHECK(state({{"address", "203.0.113.7"}, {"port", "1100"}})->body.at("subscriber") == "anna");
		CHECK(state({{"address", "203.0.113.7"}, {"port", "2048"}})->body.at("state") == "free");
		CHECK(state({{"address", "203.0.113.7"}, {"port", "9"}})->status == 404);
		CHECK(state({{"subscriber", "anna"}})->body.at("attempts").is_null()); // those of the address are not his alone
	}

	TEST_CASE_FIXTURE(Portal, "the alerts behind a quarantine are told without the reporter's name") {
		begin();
		say("radius", "100.64.1.2", "anna");
		clock.pass(Seconds{60});
		REQUIRE(ask("POST", "v1/alerts", R"({"address":"100.64.1.2","kind":"bot","reporter":"secret-honeypot","count":3})")->status == 200);
		const auto answer = state({{"subscriber", "anna"}});
		REQUIRE(answer->body.at("state") == "quarantined");
		REQUIRE(answer->body.at("reasons").as_array().size() == 1);
		const auto& reason = answer->body.at("reasons").at(0);
		CHECK(reason.at("kind") == "bot");
		CHECK(reason.at("count") == 3);
		CHECK(!text(reason.at("words")).empty());
		CHECK(answer->body.at("reason").is_null());
		CHECK(boost::json::serialize(answer->body).find("secret-honeypot") == std::string::npos);
	}

	TEST_CASE_FIXTURE(Portal, "what the desk has written is told without mail addresses") {
		begin();
		say("radius", "100.64.1.2", "anna");
		ask("POST", "v1/quarantines", R"({"prefix":"subscriber:anna","reason":"complaints, ask desk@provider.example"})");
		CHECK(state({{"subscriber", "anna"}})->body.at("reason") == "complaints, ask ...");
	}

	TEST_CASE_FIXTURE(Portal, "a code of a notice is known, in either case of letters, and tells of nobody") {
		begin();
		say("radius", "100.64.1.2", "anna");
		Notice notice;
		notice.id = 90;
		notice.made = clock.time.wall;
		notice.subject = subscriber_key("anna");
		notice.decision = static_cast<std::uint64_t>(quarantine("subscriber:anna"));
		notice.code = "K7QF-3M2P";
		notice.to = "anna@example.org";
		store.outbox[notice.id] = notice;
		const auto known = ask("GET", "v1/portal/codes/k7qf-3m2p", "", {}, SocketKind::portal);
		CHECK(known->body.at("known") == true);
		CHECK(known->body.at("kind") == "quarantined");
		CHECK(known->body.at("state") == "stands");
		CHECK(boost::json::serialize(known->body).find("anna") == std::string::npos);
		CHECK(portal(anna_cleaned_up)->status == 200);
		CHECK(ask("GET", "v1/portal/codes/K7QF-3M2P", "", {}, SocketKind::portal)->body.at("state") == "ended");
		CHECK(ask("GET", "v1/portal/codes/K7QF-3M2Q", "", {}, SocketKind::portal)->body.at("known") == false);
	}

	TEST_CASE_FIXTURE(Portal, "what is asked wrongly is refused and changes nothing") {
		begin();
		say("radius", "100.64.1.2", "anna");
		quarantine("subscriber:anna");
		for (const char* body : {R"({"subscriber":"anna"})", R"({"subscriber":"anna","confirm":false})", R"({"subscriber":"anna","confirm":"yes"})",
		                         R"({"subscriber":"anna","address":"100.64.1.2","confirm":true})", R"({"confirm":true})",
		                         R"({"subscriber":"anna","port":7,"confirm":true})", R"({"subscriber":" anna","confirm":true})", "release me"})
			CHECK_MESSAGE(portal(body)->status == 400, body);
		CHECK(portal(R"({"subscriber":"nobody","confirm":true})")->status == 404);
		CHECK(state({})->status == 400);
		CHECK(state({{"subscriber", "anna"}, {"address", "100.64.1.2"}})->status == 400);
		CHECK(state({{"address", "100.64.1.2"}, {"port", "0"}})->status == 400);
		CHECK(agent.book().find_quarantine(subscriber_key("anna")));
	}

	TEST_CASE_FIXTURE(Portal, "the portal's socket is for the portal and its users") {
		config += "[agent]\nportal_socket = \"/run/gate25/portal.sock\"\nportal_users = [\"www-data\"]\n";
		begin();
		CHECK(ask("GET", "v1/status", "", {}, SocketKind::portal)->status == 403);
		CHECK(ask("GET", "v1/quarantines", "", {}, SocketKind::portal)->status == 403);
		CHECK(ask("GET", "v1/subscribers/anna", "", {}, SocketKind::portal)->status == 403);
		CHECK(ask("GET", "v1/portal/state", "", {}, SocketKind::alert)->status == 403);
		const auto rules = agent.access_rules();
		const Peer web{33, 33, 1, "www-data"}, other{1000, 1000, 1, "eve"};
		CHECK(may_use(web, SocketKind::portal, rules));
		CHECK(!may_use(web, SocketKind::control, rules));
		CHECK(!may_use(web, SocketKind::alert, rules));
		CHECK(may_use(peer, SocketKind::portal, rules));
		const auto denied = may_use(other, SocketKind::portal, rules);
		REQUIRE(!denied);
		CHECK(denied.error().text.find("portal_users") != std::string::npos);
	}
}
