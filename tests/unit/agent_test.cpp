// SPDX-License-Identifier: GPL-2.0-or-later
#include "agent_fixture.h"

#include <doctest/doctest.h>

using namespace gate25;

namespace {

const std::string alice = R"({"prefix":"100.64.1.2","seconds":3600,"reason":"bot"})";

} // namespace

TEST_CASE_FIXTURE(AgentFixture, "a quarantine is answered when it is stored and in the kernel, not before") {
	REQUIRE(start());
	store.hold();
	const auto answer = ask("POST", "v1/quarantines", alice);
	CHECK_FALSE(answer->is_given);
	CHECK_FALSE(kernel.holds("quarantine4_port25", "100.64.1.2"));
	store.answer_all();
	REQUIRE(answer->is_given);
	CHECK(answer->status == 201);
	CHECK(kernel.holds("quarantine4_port25", "100.64.1.2"));
	CHECK(kernel.sets["quarantine4_port25"]["100.64.1.2"] == Milliseconds(3600000));
	CHECK(store.quarantines.size() == 1);
	CHECK(store.audit.size() == 1);
}

TEST_CASE_FIXTURE(AgentFixture, "what the store refuses is answered with an error and leaves nothing behind") {
	REQUIRE(start());
	store.fail_with("not stored: the disk is full");
	const auto answer = ask("POST", "v1/quarantines", alice);
	CHECK(answer->status == 507);
	CHECK(answer->message() == "not stored: the disk is full");
	CHECK_FALSE(kernel.holds("quarantine4_port25", "100.64.1.2"));
	CHECK(agent.book().quarantine_count() == 0);
	store.fail_with(std::nullopt);
	CHECK(ask("POST", "v1/quarantines", alice)->status == 201);
}

TEST_CASE_FIXTURE(AgentFixture, "a refused group takes back changes of several requests in the right order") {
	REQUIRE(start());
	REQUIRE(ask("POST", "v1/quarantines", alice)->status == 201);
	store.hold();
	const auto first = ask("GET", "v1/status");
	const auto blocked = ask("POST", "v1/quarantines", R"({"prefix":"100.64.9.9"})");
	const auto changed = ask("POST", "v1/quarantines", R"({"prefix":"100.64.1.2","level":"mail"})");
	const auto released = ask("DELETE", "v1/quarantines/100.64.1.2");
	store.fail_with("no");
	store.answer_all();
	CHECK(first->status == 200);
	CHECK(blocked->status == 507);
	CHECK(changed->status == 507);
	CHECK(released->status == 507);
	REQUIRE(agent.book().find_quarantine(*Prefix::parse("100.64.1.2")));
	CHECK(agent.book().find_quarantine(*Prefix::parse("100.64.1.2"))->level == Level::port25);
	CHECK(agent.book().quarantine_count() == 1);
	CHECK(agent.book().quarantine_count(Level::port25) == 1);
}

TEST_CASE_FIXTURE(AgentFixture, "changing the level moves the element, changing the time renews it") {
	REQUIRE(start());
	REQUIRE(ask("POST", "v1/quarantines", alice)->status == 201);
	REQUIRE(ask("POST", "v1/quarantines", R"({"prefix":"100.64.1.2","level":"mail"})")->status == 201);
	CHECK_FALSE(kernel.holds("quarantine4_port25", "100.64.1.2"));
	CHECK(kernel.sets["quarantine4_mail"]["100.64.1.2"] == Milliseconds(3600000));
	REQUIRE(ask("POST", "v1/quarantines", R"({"prefix":"100.64.1.2","seconds":60})")->status == 201);
	CHECK(kernel.sets["quarantine4_mail"]["100.64.1.2"] == Milliseconds(60000));
	REQUIRE(ask("POST", "v1/quarantines", R"({"prefix":"100.64.1.2","seconds":null})")->status == 201);
	CHECK(kernel.sets["quarantine4_mail"]["100.64.1.2"] == std::nullopt);
	CHECK(agent.book().quarantine_count() == 1);
}

TEST_CASE_FIXTURE(AgentFixture, "an IPv6 address stands for its subscriber's prefix") {
	REQUIRE(start());
	REQUIRE(ask("POST", "v1/quarantines", R"({"prefix":"2001:db8:1000:1ff::7"})")->status == 201);
	CHECK(kernel.holds("quarantine6_port25", "2001:db8:1000:100::"));
	const auto shown = ask("GET", "v1/quarantines/2001:db8:1000:1ab::1");
	CHECK(shown->body.at("subscriber").as_string() == "2001:db8:1000:100::/56");
	CHECK(shown->body.at("quarantines").as_array().size() == 1);
	CHECK(ask("DELETE", "v1/quarantines/2001:db8:1000:100::|56")->status == 200);
	CHECK_FALSE(kernel.holds("quarantine6_port25", "2001:db8:1000:100::"));
}

TEST_CASE_FIXTURE(AgentFixture, "each time is longer than the one before, as configured") {
	REQUIRE(start());
	const auto duration = [&] {
		const auto answer = ask("POST", "v1/quarantines", R"({"prefix":"100.64.1.2"})");
		const auto left = answer->body.at("quarantine").at("seconds_left");
		(void)ask("DELETE", "v1/quarantines/100.64.1.2");
		clock.pass(Seconds(60));
		return left;
	};
	CHECK(duration() == 86400);
	CHECK(duration() == 3 * 86400);
	CHECK(duration().is_null());
	CHECK(duration().is_null());
}

TEST_CASE_FIXTURE(AgentFixture, "what is over is ended, once, with its line in the audit") {
	REQUIRE(start());
	REQUIRE(ask("POST", "v1/quarantines", alice)->status == 201);
	const std::size_t lines = store.audit.size();
	clock.pass(Seconds(3599));
	agent.tick();
	CHECK(agent.book().quarantine_count() == 1);
	clock.pass(Seconds(1));
	agent.tick();
	agent.tick();
	CHECK(agent.book().quarantine_count() == 0);
	CHECK(store.quarantines.begin()->second.ended_by == "expired");
	CHECK(store.audit.size() == lines + 1);
}

TEST_CASE_FIXTURE(AgentFixture, "a wall clock that jumps changes nothing about what is left") {
	REQUIRE(start());
	REQUIRE(ask("POST", "v1/quarantines", alice)->status == 201);
	clock.time.wall += std::chrono::hours(24);
	agent.tick();
	CHECK(agent.book().quarantine_count() == 1);
	CHECK(ask("GET", "v1/quarantines")->body.at("quarantines").at(0).at("seconds_left") == 3600);
	clock.time.wall -= std::chrono::hours(72);
	clock.time.boot += Seconds(3600);
	agent.tick();
	CHECK(agent.book().quarantine_count() == 0);
}

TEST_CASE_FIXTURE(AgentFixture, "a second agent on the same store enforces the same") {
	REQUIRE(start());
	REQUIRE(ask("POST", "v1/quarantines", alice)->status == 201);
	REQUIRE(ask("POST", "v1/exemptions", R"({"prefix":"100.64.7.7"})")->status == 201);
	clock.pass(Seconds(600));
	kernel.flush();
	Agent next({store, kernel, clock, [](LogLevel, const std::string&) {}, [this] { return load(); }, "gate25.toml", readers});
	REQUIRE(next.start(load()));
	CHECK(kernel.sets["quarantine4_port25"]["100.64.1.2"] == Milliseconds(3000000));
	CHECK(kernel.holds("exempt4", "100.64.7.7"));
}

TEST_CASE_FIXTURE(AgentFixture, "a rule that is gone, and of which no notification came, is noticed by the slow check") {
	REQUIRE(start());
	const unsigned installs = kernel.installs;
	kernel.rule_count = 99;
	clock.pass(Seconds(16));
	agent.tick();
	CHECK(kernel.installs == installs + 1);
	CHECK(agent.enforcer().health().last_repair_why == "it has 99 rules instead of 100");
}

TEST_CASE_FIXTURE(AgentFixture, "what the store lost is taken over from the kernel, and stored") {
	REQUIRE(start());
	REQUIRE(ask("POST", "v1/quarantines", R"({"prefix":"100.64.1.2","level":"mail","seconds":3600})")->status == 201);
	REQUIRE(ask("POST", "v1/quarantines", R"({"prefix":"2001:db8:1000::1"})")->status == 201);
	REQUIRE(ask("POST", "v1/exemptions", R"({"prefix":"100.64.7.7"})")->status == 201);
	FakeStore empty;
	SUBCASE("at once") {}
	SUBCASE("as soon as the disk has room") { empty.fail_with("disk full"); }
	Agent next({empty, kernel, clock, [](LogLevel, const std::string&) {}, [this] { return load(); }, "gate25.toml", readers});
	REQUIRE(next.start(load()));
	CHECK(kernel.holds("quarantine4_mail", "100.64.1.2"));
	CHECK(kernel.sets["quarantine4_mail"]["100.64.1.2"] == Milliseconds(3600000));
	CHECK(kernel.holds("quarantine6_port25", "2001:db8:1000::"));
	CHECK(kernel.holds("exempt4", "100.64.7.7"));
	CHECK(next.store_warning().find("3 decisions") != std::string::npos);
	CHECK(next.book().find_quarantine(*Prefix::parse("100.64.1.2"))->level == Level::mail);
	empty.fail_with(std::nullopt);
	clock.pass(Seconds(2));
	next.tick();
	CHECK(empty.quarantines.size() == 2);
	CHECK(empty.exemptions.size() == 1);
	clock.pass(Seconds(2));
	next.tick();
	CHECK(empty.audit.size() == 3);
}

TEST_CASE_FIXTURE(AgentFixture, "what ended while the agent was dead is not taken from the kernel by a store that knows") {
	REQUIRE(start());
	REQUIRE(ask("POST", "v1/quarantines", alice)->status == 201);
	kernel.sets["quarantine4_port25"]["100.64.9.9"] = std::nullopt; // a stranger's
	Agent next({store, kernel, clock, [](LogLevel, const std::string&) {}, [this] { return load(); }, "gate25.toml", readers});
	REQUIRE(next.start(load()));
	CHECK_FALSE(kernel.holds("quarantine4_port25", "100.64.9.9"));
	CHECK(next.store_warning().empty());
}

TEST_CASE_FIXTURE(AgentFixture, "a table that somebody took away is back with all decisions") {
	REQUIRE(start());
	REQUIRE(ask("POST", "v1/quarantines", alice)->status == 201);
	SUBCASE("noticed by a notification") {
		kernel.flush();
		agent.table_was_touched("nft, pid 4711");
	}
	SUBCASE("noticed by the slow check") {
		kernel.flush();
		clock.pass(Seconds(16));
		agent.tick();
	}
	SUBCASE("noticed by the next decision") {
		kernel.flush();
		CHECK(ask("POST", "v1/quarantines", R"({"prefix":"100.64.5.5"})")->status == 201);
		CHECK(kernel.holds("quarantine4_port25", "100.64.5.5"));
	}
	CHECK(kernel.is_table_present);
	CHECK(kernel.holds("quarantine4_port25", "100.64.1.2"));
	CHECK(agent.enforcer().health().repairs == 1);
}

TEST_CASE_FIXTURE(AgentFixture, "status says who changed the table") {
	REQUIRE(start());
	CHECK(ask("GET", "v1/status")->body.at("kernel").at("last_repair_why").is_null());
	agent.table_was_touched("nft, pid 4711");
	CHECK(ask("GET", "v1/status")->body.at("kernel").at("last_repair_why").as_string() == "changed by nft, pid 4711");
}

TEST_CASE_FIXTURE(AgentFixture, "after lost notifications the kernel equals the book again, whatever was changed") {
	REQUIRE(start());
	REQUIRE(ask("POST", "v1/quarantines", alice)->status == 201);
	kernel.sets["quarantine4_port25"] = {{"100.64.9.9", std::nullopt}};
	agent.notifications_were_lost();
	CHECK(kernel.holds("quarantine4_port25", "100.64.1.2"));
	CHECK_FALSE(kernel.holds("quarantine4_port25", "100.64.9.9"));
	CHECK(agent.enforcer().health().resyncs == 1);
	CHECK(agent.enforcer().health().repairs == 0);
}

TEST_CASE_FIXTURE(AgentFixture, "a configuration that is wrong is refused as a whole and the old one stays") {
	REQUIRE(start());
	const std::string rules = kernel.rules;
	config = std::string(plain_config) + "[port25]\npolicy = \"opne\"\nnonsense = 1\n";
	const auto answer = ask("POST", "v1/reload");
	CHECK(answer->status == 400);
	CHECK(answer->body.at("errors").as_array().size() == 2);
	CHECK(kernel.rules == rules);
	CHECK(agent.generation() == 1);
	const auto status = ask("GET", "v1/status");
	CHECK(status->body.at("state").as_string() == "degraded");
	config = std::string(plain_config) + "[port25]\npolicy = \"open\"\n";
	const auto taken = ask("POST", "v1/reload");
	CHECK(taken->status == 200);
	CHECK(taken->body.at("generation") == 2);
	CHECK(taken->body.at("changes").as_array().size() == 2);
	CHECK(ask("GET", "v1/status")->body.at("state").as_string() == "ok");
}

TEST_CASE_FIXTURE(AgentFixture, "rules that the kernel refuses leave the old configuration in force") {
	REQUIRE(start());
	config = std::string(plain_config) + "[port25]\npolicy = \"open\"\n";
	kernel.install_error = "nftables refused the rules";
	CHECK(ask("POST", "v1/reload")->status == 400);
	CHECK(agent.policy().config().port25.policy == PolicyAction::block);
}

TEST_CASE_FIXTURE(AgentFixture, "a reload keeps the elements; another network fills the sets anew") {
	REQUIRE(start());
	const unsigned before = kernel.replacements;
	config = std::string(plain_config) + "[port25]\ndeny = \"drop\"\n";
	REQUIRE(ask("POST", "v1/reload")->status == 200);
	CHECK(kernel.replacements == before);
	config.replace(config.find("100.64.0.0/10"), 13, "100.64.0.0/11");
	REQUIRE(ask("POST", "v1/reload")->status == 200);
	CHECK(kernel.replacements == before + 1);
}
