// SPDX-License-Identifier: GPL-2.0-or-later
//
// What waits is handed out, reported, tried again and given up: by the API, as a courier does it.
#include "agent_fixture.h"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

using namespace gate25;

namespace {

struct OutboxFixture : AgentFixture {
	OutboxFixture() {
		config += "[notices]\nrelay = \"smtp://192.0.2.25:25\"\nfrom = \"abuse@example.net\"\nmail_to = \"{subscriber}@customers.example\"\n"
		          "per_hour = 100\n[[hook]]\nname = \"tickets\"\nurl = \"https://x.example/\"\nsecret_file = \"/k\"\n";
		store.subscribers["anna"] = {"anna", "", ""};
	}
	void begin() { REQUIRE(start()); }
	std::uint64_t quarantine(const std::string& subscriber = "anna") {
		const auto answer = ask("POST", "v1/quarantines", R"({"subscriber":")" + subscriber + R"("})");
		REQUIRE_MESSAGE(answer->status < 300, boost::json::serialize(answer->body));
		return answer->body.at("quarantine").at("id").to_number<std::uint64_t>();
	}
	boost::json::array fetch(const std::string& channel = "mail", const std::string& limit = "100") {
		const auto answer = ask("GET", "v1/outbox", "", {{"channel", channel}, {"limit", limit}});
		REQUIRE(answer->status == 200);
		return answer->body.at("notices").as_array();
	}
	static std::string id(const boost::json::value& notice) { return std::to_string(notice.at("id").to_number<std::uint64_t>()); }
	unsigned report(const boost::json::value& notice, const std::string& outcome, const std::string& why = "") {
		return ask("POST", "v1/outbox/" + id(notice), R"({"outcome":")" + outcome + R"(","why":")" + why + R"("})")->status;
	}
	Notice row(const boost::json::value& notice) { return store.outbox.at(notice.at("id").to_number<std::uint64_t>()); }
	void pass(Seconds time) {
		clock.pass(time);
		agent.tick();
	}
};

} // namespace

TEST_CASE_FIXTURE(OutboxFixture, "a notice is handed out once, and over when it was sent") {
	begin();
	const std::uint64_t decision = quarantine();
	const auto notices = fetch();
	REQUIRE(notices.size() == 1);
	CHECK(notices[0].at("to").as_string() == "anna@customers.example");
	CHECK(notices[0].at("kind").as_string() == "quarantined");
	CHECK(notices[0].at("facts").at("decision").to_number<std::uint64_t>() == decision);
	CHECK(notices[0].at("facts").at("code") == notices[0].at("code"));
	CHECK(fetch().empty()); // a courier has it
	CHECK(report(notices[0], "sent") == 200);
	CHECK(row(notices[0]).state == NoticeState::sent);
	CHECK_FALSE(row(notices[0]).body.empty());
	CHECK(report(notices[0], "sent") == 404);
	pass(Seconds(7200));
	CHECK(fetch().empty());
	CHECK(fetch("tickets").size() == 1); // another channel is another notice
	CHECK(fetch("nobody").empty());
}

TEST_CASE_FIXTURE(OutboxFixture, "what a courier took and never reported is handed out again") {
	begin();
	quarantine();
	CHECK(fetch().size() == 1);
	pass(Outbox::lease - Seconds(1));
	CHECK(fetch().empty());
	pass(Seconds(1));
	CHECK(fetch().size() == 1);
}

TEST_CASE_FIXTURE(OutboxFixture, "what failed is tried again, later and later, and given up in the end") {
	config += "[quarantine]\nduration = [\"manual\"]\n";
	begin();
	quarantine();
	Seconds before{0};
	unsigned tries = 0;
	for (Seconds waited{0}; store.outbox.begin()->second.state == NoticeState::waiting; waited += std::max(Seconds(10), before / 8)) {
		REQUIRE(waited < Seconds(4 * 86400));
		for (const auto& notice : fetch()) {
			++tries;
			CHECK(report(notice, "failed", "450 try again\\u00e9") == 200);
			const Seconds pause = row(notice).due - clock.time.wall;
			CHECK(pause >= std::min(Seconds(2700), before * 2 * 3 / 5));
			CHECK(pause <= Seconds(4500));
			before = pause;
		}
		pass(std::max(Seconds(10), before / 8));
	}
	CHECK(tries > 55);
	CHECK(tries < 110);
	const Notice row = store.outbox.begin()->second;
	CHECK(row.state == NoticeState::given_up);
	CHECK(row.problem == "450 try again\\xc3\\xa9");
	CHECK(row.tries == tries);
	CHECK(fetch().empty());
	bool is_told = false;
	for (const std::string& line : logged) is_told = is_told || line.find("given up") != line.npos;
	CHECK(is_told);
	CHECK(std::any_of(store.audit.begin(), store.audit.end(), [](const auto& one) { return one.second.what == "notice given up"; }));
	CHECK(std::any_of(agent.events().recent().begin(), agent.events().recent().end(), [](const Event& one) { return one.name == "notice"; }));
}

TEST_CASE_FIXTURE(OutboxFixture, "what is refused for good is given up at once") {
	begin();
	quarantine();
	const auto notices = fetch();
	CHECK(report(notices.at(0), "refused", "550 no such user") == 200);
	CHECK(row(notices.at(0)).state == NoticeState::given_up);
	CHECK(agent.outbox().health().given_up == 1);
}

TEST_CASE_FIXTURE(OutboxFixture, "a report that is wrong changes nothing") {
	begin();
	quarantine();
	const auto notices = fetch();
	CHECK(report(notices.at(0), "lost") == 400);
	CHECK(ask("POST", "v1/outbox/" + id(notices.at(0)), "{}")->status == 400);
	CHECK(ask("POST", "v1/outbox/" + id(notices.at(0)), R"({"outcome":"sent","more":1})")->status == 400);
	CHECK(ask("POST", "v1/outbox/abc", R"({"outcome":"sent"})")->status == 404);
	CHECK(ask("POST", "v1/outbox/999999", R"({"outcome":"sent"})")->status == 404);
	CHECK(ask("GET", "v1/outbox", "", {{"limit", "x"}})->status == 400);
	CHECK(ask("GET", "v1/outbox", "", {}, SocketKind::alert)->status == 403);
	CHECK(row(notices.at(0)).state == NoticeState::waiting);
	CHECK(row(notices.at(0)).tries == 0);
}

TEST_CASE_FIXTURE(OutboxFixture, "a restart loses no waiting notice and sends none that was sent") {
	begin();
	quarantine();
	CHECK(report(fetch().at(0), "sent") == 200);
	OutboxFixture after;
	after.store = store;
	after.begin();
	CHECK(after.fetch().empty());
	const auto waiting = after.fetch("tickets");
	REQUIRE(waiting.size() == 1);
	CHECK(waiting[0].at("facts").at("subscriber").as_string() == "anna");
}

TEST_CASE_FIXTURE(OutboxFixture, "nothing is handed out that is not durable") {
	begin();
	store.hold();
	const auto answer = ask("POST", "v1/quarantines", R"({"subscriber":"anna"})");
	CHECK_FALSE(answer->is_given);
	CHECK(fetch().empty());
	store.fail_with("the disk is full");
	store.answer_all();
	CHECK(answer->status == 507);
	CHECK(fetch().empty());
	CHECK(agent.memory().notices.size() == 0);
	store.fail_with(std::nullopt);
	quarantine();
	CHECK(fetch().size() == 1);
}

TEST_CASE_FIXTURE(OutboxFixture, "no more than per_hour is handed out, and what is tried again does not count") {
	for (int i = 0; i < 300; ++i) store.subscribers["s" + std::to_string(i)] = {"s" + std::to_string(i), "", ""};
	begin();
	for (int i = 0; i < 300; ++i) quarantine("s" + std::to_string(i));
	const auto first = fetch("mail", "1000");
	CHECK(first.size() == 100);
	CHECK(agent.outbox().health().is_throttled);
	CHECK(fetch("tickets", "1000").empty());
	for (const auto& notice : first) CHECK(report(notice, "failed") == 200);
	pass(Seconds(60));
	CHECK(fetch("mail", "1000").size() >= 100);
	pass(Seconds(360));
	const std::size_t more = fetch("tickets", "1000").size();
	CHECK(more >= 9);
	CHECK(more <= 12);
}

TEST_CASE_FIXTURE(OutboxFixture, "what failed does not wait behind what per_hour holds back") {
	for (int i = 0; i < 300; ++i) store.subscribers["s" + std::to_string(i)] = {"s" + std::to_string(i), "", ""};
	begin();
	for (int i = 0; i < 300; ++i) quarantine("s" + std::to_string(i));
	std::size_t handed = 0;
	boost::json::array failed;
	for (auto some = fetch("mail", "16"); !some.empty(); some = fetch("mail", "16")) {
		handed += some.size();
		failed = some;
	}
	CHECK(handed == 100);
	CHECK(report(failed.at(0), "failed") == 200);
	pass(Seconds(60));
	const auto again = fetch("mail", "16");
	REQUIRE(!again.empty());
	CHECK(again.at(0).at("id") == failed.at(0).at("id"));
}

TEST_CASE_FIXTURE(OutboxFixture, "a digest tells how many came, when it is sent") {
	begin();
	store.subscribers.clear();
	ask("POST", "v1/alerts", R"({"address":"100.64.1.2","kind":"spam"})");
	CHECK(report(fetch("tickets").at(0), "sent") == 200);
	for (int i = 0; i < 7; ++i) {
		pass(Seconds(60));
		ask("POST", "v1/alerts", R"({"address":"100.64.1.2","kind":"bot","port":)" + std::to_string(1000 + i) + "}");
	}
	CHECK(fetch("tickets").empty());
	pass(Seconds(86400 - 7 * 60 - 1)); // the quarantine is over in a second
	CHECK(fetch("tickets").empty());
}

TEST_CASE_FIXTURE(OutboxFixture, "a digest of a quarantine that lasts") {
	config += "[quarantine]\nduration = [\"manual\"]\n";
	begin();
	ask("POST", "v1/alerts", R"({"address":"100.64.1.2","kind":"spam"})");
	CHECK(report(fetch("tickets").at(0), "sent") == 200);
	for (int i = 0; i < 7; ++i) {
		pass(Seconds(60));
		ask("POST", "v1/alerts", R"({"address":"100.64.1.2","kind":"bot","port":)" + std::to_string(1000 + i) + "}");
	}
	CHECK(fetch("tickets").empty());
	pass(Seconds(86400));
	const auto digest = fetch("tickets");
	REQUIRE(digest.size() == 1);
	CHECK(digest[0].at("kind").as_string() == "digest");
	CHECK(digest[0].at("facts").at("alerts").as_int64() == 7);
	CHECK(digest[0].at("facts").at("samples").as_array().size() == 5);
	CHECK(digest[0].at("facts").at("samples").at(0).at("port").as_int64() == 1006);
	CHECK(digest[0].at("facts").at("until").is_null());
}

TEST_CASE_FIXTURE(OutboxFixture, "a digest tells how it is when it is sent, and nothing that was told meanwhile") {
	config += "[quarantine]\nduration = [\"manual\"]\n";
	begin();
	store.subscribers.clear();
	ask("POST", "v1/alerts", R"({"address":"100.64.1.2","kind":"spam"})");
	CHECK(report(fetch("tickets").at(0), "sent") == 200);
	const auto more = [&](int port) {
		pass(Seconds(60));
		ask("POST", "v1/alerts", R"({"address":"100.64.1.2","kind":"bot","port":)" + std::to_string(port) + "}");
	};
	more(1000); // begins the digest
	pass(Seconds(60));
	ask("POST", "v1/quarantines", R"({"prefix":"100.64.1.2","level":"mail"})");
	CHECK(fetch("tickets").at(0).at("kind").as_string() == "changed");
	more(1001);
	pass(Seconds(86400));
	const auto digest = fetch("tickets");
	REQUIRE(!digest.empty());
	const auto& facts = digest.back().at("facts");
	CHECK(facts.at("level").as_string() == "mail");
	CHECK(facts.at("refused").as_array().size() == 3);
	CHECK(facts.at("alerts").as_int64() == 1);
	CHECK(facts.at("samples").at(0).at("port").as_int64() == 1001);
}

TEST_CASE_FIXTURE(OutboxFixture, "that he may end it himself is told where the portal and the rules allow it") {
	SUBCASE("no portal") {
		begin();
		quarantine();
		CHECK(fetch().at(0).at("facts").at("self_release").as_bool() == false);
	}
	SUBCASE("a portal") {
		config += "[agent]\nportal_socket = \"/run/gate25/portal.sock\"\n";
		begin();
		quarantine();
		CHECK(fetch().at(0).at("facts").at("self_release").as_bool() == true);
	}
	SUBCASE("a portal, and not from this level") {
		config += "[agent]\nportal_socket = \"/run/gate25/portal.sock\"\n[release]\nlevels = [\"notify\"]\n";
		begin();
		quarantine();
		CHECK(fetch().at(0).at("facts").at("self_release").as_bool() == false);
	}
}

TEST_CASE_FIXTURE(OutboxFixture, "the desk can ask what was told") {
	begin();
	const std::uint64_t decision = quarantine();
	const auto notices = fetch();
	report(notices.at(0), "sent");
	const auto asked = [&](const char* name, const std::string& value) {
		const auto answer = ask("GET", "v1/notices", "", {{name, value}});
		REQUIRE(answer->status == 200);
		return answer->body.at("notices").as_array();
	};
	CHECK(asked("decision", std::to_string(decision)).size() == 2);
	CHECK(asked("subscriber", "anna").size() == 2);
	CHECK(asked("subscriber", "nobody").empty());
	CHECK(asked("state", "sent").size() == 1);
	CHECK(asked("state", "sent").at(0).at("id") == notices.at(0).at("id"));
	CHECK(asked("state", "waiting").size() == 1);
	CHECK(asked("state", "given-up").empty());
	CHECK(asked("subscriber", "100.64.1.2").empty());
	const auto by_code = asked("code", std::string(notices.at(0).at("code").as_string()));
	CHECK(by_code.size() == 2);
	CHECK(by_code.at(0).at("subscriber").as_string() == "anna");
	CHECK(ask("GET", "v1/notices", "", {{"decision", "x"}})->status == 400);
	CHECK(ask("GET", "v1/notices", "", {{"state", "lost"}})->message() == "state: expected waiting, sent or given-up, got \"lost\"");
}
