// SPDX-License-Identifier: GPL-2.0-or-later
#include "people_fixture.h"

using namespace gate25;

namespace {

struct People : PeopleFixture {
	std::shared_ptr<Answer> holder(std::map<std::string, std::string> query) { return ask("GET", "v1/subscribers", "", std::move(query)); }
	std::shared_ptr<Answer> story(const std::string& id) { return ask("GET", "v1/subscribers/" + id); }
	std::shared_ptr<Answer> forget(const std::string& id, const char* force = "") {
		return ask("DELETE", "v1/subscribers/" + id, "", *force == '\0' ? std::map<std::string, std::string>() : std::map<std::string, std::string>{{"force", force}});
	}
	// Nothing that the file or the store keeps says his name or his key.
	bool is_anything_left(const std::string& id) {
		const Prefix key = subscriber_key(id);
		bool is_left = store.subscribers.contains(id) || store.tallies.contains(key);
		for (const auto& [number, row] : store.quarantines) is_left = is_left || row.prefix == key;
		for (const auto& [number, row] : store.alerts) is_left = is_left || row.subscriber == key;
		for (const auto& [number, row] : store.audit) is_left = is_left || row.subject == key.text() || row.subject == id || row.why.find(id) != std::string::npos;
		for (const auto& row : assignment_file.rows) is_left = is_left || row.assignment.subscriber == id;
		return is_left || agent.memory().dossiers.find(key) != nullptr || agent.memory().subscribers.find(key) != nullptr || agent.assignments().book().name(key);
	}
};

} // namespace

TEST_SUITE("api subscribers") {
	TEST_CASE_FIXTURE(People, "who holds an address now, by precedence, and what all sources say") {
		begin();
		say("radius", "100.64.1.2", "rita");
		say("api", "100.64.1.2", "anna");
		const auto answer = holder({{"address", "100.64.1.2"}});
		REQUIRE(answer->status == 200);
		CHECK(answer->body.at("holder").at("subscriber") == "anna");
		REQUIRE(answer->body.at("claims").as_array().size() == 2);
		CHECK(answer->body.at("claims").at(1).at("source") == "radius");
		CHECK(holder({{"address", "2001:db8:1000::9"}})->body.at("holder").is_null());
	}

	TEST_CASE_FIXTURE(People, "who held an address and port then") {
		begin();
		say("radius", "203.0.113.7", "anna", "1024-2047");
		const UnixTime then = clock.time.wall + Seconds{30};
		clock.pass(Seconds{60});
		say("radius", "203.0.113.7", "bert", "1024-2047");
		const auto before = holder({{"address", "203.0.113.7"}, {"port", "1100"}, {"at", time_text(then)}});
		REQUIRE(before->status == 200);
		CHECK(before->body.at("holder").at("subscriber") == "anna");
		CHECK(before->body.at("holder").at("stands") == false);
		CHECK(text(before->body.at("at")) == time_text(then));
		REQUIRE(before->body.at("claims").as_array().size() == 1);
		CHECK(holder({{"address", "203.0.113.7"}, {"port", "1100"}})->body.at("holder").at("subscriber") == "bert");
		CHECK(holder({{"address", "203.0.113.7"}})->body.at("holder").is_null());
		CHECK(holder({{"address", "203.0.113.7"}, {"at", time_text(then - Seconds{60})}})->body.at("holder").is_null());
		for (const auto& query : std::vector<std::map<std::string, std::string>>{{}, {{"address", "here"}}, {{"address", "203.0.113.7"}, {"port", "0"}},
		                                                                          {{"address", "203.0.113.7"}, {"port", "65536"}},
		                                                                          {{"address", "203.0.113.7"}, {"at", "2099-01-01T00:00:00Z"}}})
			CHECK(holder(query)->status == 400);
	}

	TEST_CASE_FIXTURE(People, "the whole story of a subscriber") {
		config += "[volume]\n";
		begin();
		say("radius", "100.64.1.2", "anna");
		clock.pass(Seconds{60});
		say("radius", "2001:db8:1000:100::/56", "anna");
		CHECK(ask("POST", "v1/alerts", R"({"address":"100.64.1.2","kind":"spam"})")->status == 200);
		CHECK(ask("DELETE", "v1/quarantines/subscriber:anna", "", {{"reason", "cleaned"}})->status == 200);
		CHECK(ask("PUT", "v1/subscribers/anna", R"({"mail":"anna@example.org","language":"PT-br"})")->status == 200);
		const auto id = quarantine("subscriber:anna", "limit");
		attempt("100.64.1.2");
		attempt("2001:db8:1000:1aa::2");
		const auto answer = story("anna");
		REQUIRE(answer->status == 200);
		const auto& body = answer->body;
		CHECK(body.at("contact").at("mail") == "anna@example.org");
		CHECK(body.at("contact").at("language") == "pt-br");
		REQUIRE(body.at("prefixes").as_array().size() == 2);
		CHECK(body.at("prefixes").at(0).at("source") == "radius");
		CHECK(text(body.at("prefixes").at(0).at("from")) == time_text(clock.time.wall - Seconds{60}));
		CHECK(body.at("quarantine").at("id") == id);
		CHECK(body.at("quarantine").at("subscriber") == "anna");
		CHECK(body.at("exemption").is_null());
		REQUIRE(body.at("quarantines").as_array().size() == 1);
		CHECK(body.at("quarantines").at(0).at("ended_reason") == "cleaned");
		REQUIRE(body.at("alerts").as_array().size() == 1);
		CHECK(body.at("score") == -1.0);
		CHECK(body.at("assignments").as_array().size() == 2);
		CHECK(body.at("self_release").at("left") == 2);
		CHECK(body.at("grace_seconds_left") == 3600);
		CHECK(body.at("attempts").at("ten_minutes") == 2);
		CHECK(body.at("still_misbehaving") == true);
		clock.pass(Seconds{1800});
		const auto later = story("anna");
		CHECK(later->body.at("attempts").at("hour") == 2);
		CHECK(later->body.at("still_misbehaving") == false);
	}

	TEST_CASE_FIXTURE(People, "one of whom nothing is known is not found, and one who is gone still is") {
		begin();
		say("api", "100.64.1.2", "anna");
		clock.pass(Seconds{60});
		say("api", "100.64.1.2", "bert");
		const auto gone = story("anna");
		REQUIRE(gone->status == 200);
		CHECK(gone->body.at("prefixes").as_array().empty());
		CHECK(gone->body.at("assignments").at(0).at("stands") == false);
		CHECK(gone->body.at("attempts").is_null()); // nobody counts
		CHECK(gone->body.at("still_misbehaving").is_null());
		CHECK(story("Anna")->status == 404);
		CHECK(story(std::string(254, 'a'))->status == 400);
	}

	TEST_CASE_FIXTURE(People, "a contact is set in parts, cleared, and refused when it is none") {
		begin();
		CHECK(ask("PUT", "v1/subscribers/anna", R"({"mail":"anna@example.org"})")->status == 200);
		CHECK(ask("PUT", "v1/subscribers/anna", R"({"language":"de"})")->body.at("contact").at("mail") == "anna@example.org");
		const auto cleared = ask("PUT", "v1/subscribers/anna", R"({"mail":null})");
		CHECK(cleared->body.at("contact").at("mail").is_null());
		CHECK(cleared->body.at("contact").at("language") == "de");
		for (const char* body : {R"({})", R"({"mail":""})", R"({"mail":"anna"})", R"({"mail":"a@b@c"})", R"({"mail":"anna@example.org, eve@example.org"})",
		                         R"({"mail":"<anna@example.org>"})", R"({"mail":"anna@example.org\nBcc: eve@example.org"})", R"({"mail":7})",
		                         R"({"language":"../de"})", R"({"language":"d"})", R"({"phone":"1"})"})
			CHECK_MESSAGE(ask("PUT", "v1/subscribers/anna", body)->status == 400, body);
		CHECK(store.subscribers.at("anna") == Subscriber{"anna", "", "de"});
	}

	TEST_CASE_FIXTURE(People, "nobody is forgotten while something of his stands") {
		begin();
		say("api", "100.64.1.2", "anna");
		const auto held = forget("anna");
		CHECK(held->status == 409);
		CHECK(held->message().find("assignment") != std::string::npos);
		const auto id = quarantine("subscriber:anna");
		CHECK(ask("DELETE", "v1/assignments", "", {{"prefix", "100.64.1.2"}})->status == 200);
		CHECK(forget("anna")->message().find("quarantine") != std::string::npos);
		CHECK(agent.book().find_quarantine(subscriber_key("anna"))->id == static_cast<std::uint64_t>(id));
		CHECK(ask("DELETE", "v1/quarantines/subscriber:anna")->status == 200);
		CHECK(forget("anna", "maybe")->status == 400);
		const auto done = forget("anna");
		REQUIRE(done->status == 200);
		CHECK(done->body.at("forgotten").at("assignments") == 0);
		CHECK(!is_anything_left("anna"));
		CHECK(forget("anna")->status == 404);
	}

	TEST_CASE_FIXTURE(People, "by force all that stands is ended first, of all sources, and the neighbour keeps his") {
		begin();
		say("radius", "100.64.1.2", "anna");
		say("api", "2001:db8:1000:100::/56", "anna");
		say("radius", "100.64.1.3", "bert");
		quarantine("subscriber:anna");
		quarantine("subscriber:bert");
		CHECK(ask("POST", "v1/exemptions", R"({"subscriber":"anna"})")->status == 201);
		CHECK(ask("PUT", "v1/subscribers/anna", R"({"mail":"anna@example.org"})")->status == 200);
		CHECK(ask("POST", "v1/alerts", R"({"address":"100.64.1.2","kind":"spam"})")->status == 200);
		const auto done = forget("anna", "true");
		REQUIRE_MESSAGE(done->status == 200, boost::json::serialize(done->body));
		const auto& forgotten = done->body.at("forgotten");
		CHECK(forgotten.at("quarantines") == 1);
		CHECK(forgotten.at("exemptions") == 1);
		CHECK(forgotten.at("assignments") == 2);
		CHECK(forgotten.at("assignment_rows") == 2);
		CHECK(!is_anything_left("anna"));
		CHECK(story("anna")->status == 404);
		CHECK(story("bert")->body.at("quarantine").is_object());
		CHECK(agent.assignments().book().size() == 1);
	}

	TEST_CASE_FIXTURE(People, "what a source said that is configured no more is ended for it") {
		Assignment old;
		old.prefix = *Prefix::parse("100.64.1.2");
		old.subscriber = "anna";
		old.from = old.seen = clock.time.wall - Seconds{60};
		assignment_file.rows.push_back({old, "kea-of-last-year", false});
		begin();
		REQUIRE(story("anna")->body.at("prefixes").as_array().size() == 1);
		CHECK(forget("anna", "true")->status == 200);
		CHECK(!is_anything_left("anna"));
	}

	TEST_CASE_FIXTURE(People, "what the file refuses is told") {
		begin();
		say("radius", "100.64.1.2", "anna");
		assignment_file.fail_with("no space left on device");
		CHECK(holder({{"address", "100.64.1.2"}, {"at", time_text(clock.time.wall)}})->status == 507);
		CHECK(holder({{"address", "100.64.1.2"}})->body.at("holder").at("subscriber") == "anna");
		CHECK(story("anna")->body.at("assignments").as_array().size() == 1); // what stands is known without it
		CHECK(forget("anna", "true")->status == 507);
		assignment_file.fail_with(std::nullopt);
		CHECK(forget("anna")->status == 200);
		CHECK(!is_anything_left("anna"));
		clock.pass(Seconds{2}); // the end that was refused is written no more
		agent.tick();
		CHECK(!is_anything_left("anna"));
	}
}
