// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reports from the socket to the store: read, judged, kept, decided later. Time stands at 2027-01-15.
#include "intake_fixture.h"

using namespace gate25;

TEST_CASE_FIXTURE(IntakeFixture, "a report that the desk hands over quarantines, in both families") {
	REQUIRE(start());
	for (const auto& [address, prefix] : {std::pair("100.64.1.2", "100.64.1.2"), std::pair("2001:db8:1000:7::9", "2001:db8:1000::/56")}) {
		const auto read = report(arf(address, address));
		CHECK(read.at("outcome").as_string() == "decided");
		CHECK(read.at("step") == 16);
		CHECK(read.at("format").as_string() == "arf");
		CHECK(is_held(prefix));
	}
	CHECK(store.alerts.size() == 2);
}

TEST_CASE_FIXTURE(IntakeFixture, "a mail that a mere deliverer brings informs and quarantines nobody") {
	config = std::string(plain_config) + "\n[agent]\nalert_users = [\"mail\"]\n";
	REQUIRE(start());
	become("mail");
	const auto read = report(arf("100.64.1.2"));
	CHECK(read.at("outcome").as_string() == "recorded");
	CHECK(read.at("step") == 7);
	CHECK_FALSE(is_held("100.64.1.2"));
	// The same user's own word counts.
	REQUIRE(ask("POST", "v1/alerts", R"({"address":"100.64.1.2","kind":"spam"})")->status == 200);
	CHECK(is_held("100.64.1.2"));
}

TEST_CASE_FIXTURE(IntakeFixture, "a good signature of a reporter quarantines, whoever delivers it") {
	config = with_reporter;
	REQUIRE(start());
	become("nobody");
	readers.signature_of = [](const ReadingJob&) { return signed_by("abuse@firm.example"); };
	const auto read = report(arf("100.64.1.2"));
	CHECK(read.at("outcome").as_string() == "decided");
	CHECK(read.at("proof").as_string() == "openpgp");
	CHECK(read.at("taken_for").as_string() == "security-firm");
	readers.signature_of = [](const ReadingJob&) { return signed_by("mallory@evil.example"); };
	CHECK(report(arf("100.64.1.3", "2@x")).at("step") == 7);
}

TEST_CASE_FIXTURE(IntakeFixture, "an altered report is refused and audited, and changes nothing") {
	config = with_reporter;
	REQUIRE(start());
	become("mail");
	readers.signature_of = [](const ReadingJob&) { return Signature{SignatureState::bad, "AB", {}, "the text was altered"}; };
	const auto read = report(arf("100.64.1.2"));
	CHECK(read.at("outcome").as_string() == "refused");
	CHECK(read.at("step") == 2);
	CHECK_FALSE(is_held("100.64.1.2"));
	CHECK(store.alerts.empty());
	REQUIRE(store.audit.size() == 1);
	CHECK(store.audit.begin()->second.what == "report refused");
}

TEST_CASE_FIXTURE(IntakeFixture, "what nobody can read is kept for a person, as it came") {
	REQUIRE(start());
	const std::string mail = "Subject: hello\r\n\r\nYour customer is bad.\r\n";
	const auto read = report(mail);
	CHECK(read.at("outcome").as_string() == "aside");
	CHECK(read.at("step") == 1);
	REQUIRE(store.held.size() == 1);
	CHECK(store.held.begin()->second.bytes == mail);
	const auto list = ask("GET", "v1/inbox");
	REQUIRE(list->body.at("reports").as_array().size() == 1);
	const auto id = std::to_string(list->body.at("reports").at(0).at("id").to_number<std::uint64_t>());
	CHECK(ask("GET", "v1/inbox/" + id)->body.at("report").at("state").as_string() == "aside");
	CHECK(ask("DELETE", "v1/inbox/" + id, "", {{"reason", "called him"}})->status == 200);
	CHECK(ask("GET", "v1/inbox")->body.at("reports").as_array().empty());
	CHECK(ask("DELETE", "v1/inbox/" + id)->status == 404);
	CHECK(store.held.begin()->second.ended_reason == "called him");
}

TEST_CASE_FIXTURE(IntakeFixture, "a reader that dies of a report leaves it to a person") {
	REQUIRE(start());
	readers.error = Error{ErrorKind::bad_input, "the reading process died"};
	CHECK(report(arf("100.64.1.2")).at("outcome").as_string() == "aside");
	readers.error = Error{ErrorKind::unavailable, "no reader"};
	report(arf("100.64.1.2"), 503);
	CHECK(store.held.size() == 1);
}

TEST_CASE_FIXTURE(IntakeFixture, "a report waits for its key and is decided when it comes") {
	start_with_unknown_key();
	CHECK(report(arf("100.64.1.2")).at("outcome").as_string() == "waiting");
	CHECK_FALSE(is_held("100.64.1.2"));
	CHECK(store.held.begin()->second.state == HeldState::waiting);
	CHECK(readers.fetches == 1);
	clock.pass(Seconds(5));
	agent.tick();
	CHECK(readers.fetches == 1); // it is not hammered
	readers.is_server_down = false;
	readers.server["0123456789ABCDEF"] = "a key";
	clock.pass(Seconds(60));
	agent.tick();
	CHECK(is_held("100.64.1.2"));
	CHECK(store.held.begin()->second.state == HeldState::closed);
	CHECK(store.alerts.begin()->second.reporter.proof == Proof::openpgp);
	// The next one finds the key in the store, until it is too old.
	CHECK(report(arf("100.64.1.3", "2@x")).at("outcome").as_string() == "decided");
	const unsigned fetches = readers.fetches;
	readers.is_server_down = true;
	clock.pass(std::chrono::hours{25});
	CHECK(report(arf("100.64.1.4", "3@x")).at("outcome").as_string() == "waiting");
	CHECK(readers.fetches == fetches + 1);
}

TEST_CASE_FIXTURE(IntakeFixture, "a report whose key nobody has only informs") {
	start_with_unknown_key();
	CHECK(report(arf("100.64.1.2")).at("outcome").as_string() == "waiting");
	readers.is_server_down = false; // and has no such key
	clock.pass(Seconds(60));
	agent.tick();
	CHECK_FALSE(is_held("100.64.1.2"));
	REQUIRE(store.alerts.size() == 1);
	CHECK(store.alerts.begin()->second.step == 7);
	CHECK(store.held.begin()->second.state == HeldState::closed);
}

TEST_CASE_FIXTURE(IntakeFixture, "a report that waited too long is for a person") {
	start_with_unknown_key();
	report(arf("100.64.1.2"));
	clock.pass(std::chrono::hours{24 * 8});
	agent.tick();
	CHECK(store.held.begin()->second.state == HeldState::aside);
	CHECK_FALSE(is_held("100.64.1.2"));
}

TEST_CASE_FIXTURE(IntakeFixture, "the same report counts once") {
	REQUIRE(start());
	report(arf("100.64.1.2"));
	CHECK(report(arf("100.64.1.2")).at("outcome").as_string() == "duplicate");
	REQUIRE(store.alerts.size() == 1);
	CHECK(store.alerts.begin()->second.repeats == 1);
	clock.pass(std::chrono::hours{24 * 8});
	CHECK(report(arf("100.64.1.2")).at("outcome").as_string() != "duplicate");
}

TEST_CASE_FIXTURE(IntakeFixture, "what the store refuses leaves no trace in memory") {
	REQUIRE(start());
	store.fail_with("not stored: the disk is full");
	report(arf("100.64.1.2"), 507);
	report("Subject: no report\r\n\r\n", 507);
	CHECK(agent.memory().seen.size() == 0);
	CHECK(agent.memory().dossiers.find(*Prefix::parse("100.64.1.2")) == nullptr);
	CHECK(agent.memory().inbox.held().empty());
	store.fail_with(std::nullopt);
	CHECK(report(arf("100.64.1.2")).at("outcome").as_string() == "decided");
}

TEST_CASE_FIXTURE(IntakeFixture, "a full inbox takes no more, and says so") {
	REQUIRE(start());
	for (std::size_t i = 0; i < Inbox::most_reports; ++i) {
		HeldReport held;
		held.id = i + 1;
		store.held[held.id] = held;
	}
	AgentFixture other;
	other.store.held = store.held;
	REQUIRE(other.start());
	const auto answer = other.ask("POST", "v1/reports", "Subject: one more\r\n\r\n");
	CHECK(answer->status == 503);
	CHECK(answer->message().find("gate25 inbox") != std::string::npos);
	CHECK(other.ask("POST", "v1/reports", arf("100.64.1.2"))->status == 200);
}

TEST_CASE_FIXTURE(IntakeFixture, "in a stream each report earns its own outcome") {
	REQUIRE(start());
	const auto answer = ask("POST", "v1/reports",
	                        R"({"address":"100.64.1.2","kind":"spam"})" "\n"
	                        R"({"event_type":"flow"})" "\n"
	                        R"({"address":"192.0.2.99","kind":"spam"})" "\n"
	                        R"({"nonsense":1})" "\n");
	REQUIRE(answer->status == 200);
	const auto& reports = answer->body.at("reports").as_array();
	REQUIRE(reports.size() == 3);
	CHECK(reports[0].at("outcome").as_string() == "decided");
	CHECK(reports[1].at("outcome").as_string() == "ignored");
	CHECK(reports[2].at("outcome").as_string() == "aside");
	CHECK(answer->body.at("passed_over") == 1);
	REQUIRE(store.held.size() == 1);
	CHECK(store.held.begin()->second.bytes == R"({"nonsense":1})");
}

TEST_CASE_FIXTURE(IntakeFixture, "a report from the inbox can be read again when the configuration is another one") {
	REQUIRE(start());
	become("mail");
	const auto old = report(R"({"address":"100.64.1.2","kind":"spam","at":"2026-12-01T00:00:00Z"})");
	CHECK(old.at("step") == 5);
	const auto id = std::to_string(old.at("inbox").to_number<std::uint64_t>());
	become("root");
	peer.uid = 0;
	const auto again = ask("POST", "v1/inbox/" + id);
	REQUIRE(again->status == 200);
	CHECK(again->body.at("reports").at(0).at("step") == 5);
	CHECK(agent.memory().inbox.held().size() == 1);
	config += "\n[alerts]\nmax_age = \"90d\"\n";
	REQUIRE(ask("POST", "v1/reload")->status == 200);
	CHECK(ask("POST", "v1/inbox/" + id)->body.at("reports").at(0).at("step") == 7);
	CHECK(agent.memory().inbox.held().empty());
}

TEST_CASE_FIXTURE(IntakeFixture, "a monitored decision is shown and not enforced") {
	config = std::string(plain_config) + "\n[alerts]\nmode = \"monitor\"\n";
	REQUIRE(start());
	const auto read = report(arf("100.64.1.2"));
	CHECK(read.at("outcome").as_string() == "decided");
	CHECK(read.at("why").as_string().find("only recorded") != std::string::npos);
	CHECK_FALSE(kernel.holds("quarantine4_port25", "100.64.1.2"));
	CHECK(agent.book().quarantine_count() == 0);
	CHECK(agent.book().monitored_count() == 1);
	CHECK(ask("GET", "v1/quarantines")->body.at("quarantines").at(0).at("mode").as_string() == "monitor");
	config = plain_config;
	REQUIRE(ask("POST", "v1/reload")->status == 200);
	CHECK(report(arf("100.64.1.2", "2@x")).at("outcome").as_string() == "decided");
	CHECK(kernel.holds("quarantine4_port25", "100.64.1.2"));
	CHECK(agent.book().monitored_count() == 0);
}

TEST_CASE_FIXTURE(IntakeFixture, "who speaks for a reporter whose user he is not is refused") {
	config = std::string(plain_config) + "\n[agent]\nalert_users = [\"ids\"]\n[[reporter]]\nname = \"fbl\"\nusers = [\"fbl\"]\n";
	REQUIRE(start());
	become("ids");
	CHECK(ask("POST", "v1/alerts", R"({"address":"100.64.1.2","kind":"spam","reporter":"fbl"})")->status == 403);
	CHECK(store.audit.size() == 1);
	CHECK_FALSE(is_held("100.64.1.2"));
	become("fbl");
	CHECK(ask("POST", "v1/alerts", R"({"address":"100.64.1.2","kind":"spam","reporter":"fbl"})")->status == 200);
	CHECK(is_held("100.64.1.2"));
}

TEST_CASE_FIXTURE(IntakeFixture, "the score has every item in it") {
	REQUIRE(start());
	for (int i = 0; i < 3; ++i) ask("POST", "v1/alerts", R"({"address":"100.64.1.2","kind":"ham"})");
	ask("POST", "v1/alerts", R"({"address":"100.64.1.2","kind":"missed-spam","count":2})");
	const auto answer = ask("GET", "v1/score/100.64.1.2");
	REQUIRE(answer->status == 200);
	CHECK(answer->body.at("score").as_double() == -1.0);
	CHECK(answer->body.at("is_below").as_bool());
	CHECK(answer->body.at("items").as_array().size() == 4);
	CHECK(answer->body.at("items").at(0).at("points").as_double() == -4.0);
	CHECK(is_held("100.64.1.2"));
}

// --- read once more ---------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(IntakeFixture, "a report that is closed while it is read stays closed") {
	start_with_unknown_key();
	CHECK(report(arf("100.64.1.2")).at("outcome").as_string() == "waiting");
	const auto id = std::to_string(store.held.begin()->first);
	readers.signature_of = [](const ReadingJob&) { return signed_by("abuse@firm.example"); };
	peer = {0, 0, 1, "root"};
	readers.hold();
	const auto again = ask("POST", "v1/inbox/" + id);
	CHECK(ask("DELETE", "v1/inbox/" + id, "", {{"reason", "a mistake"}})->status == 200);
	readers.answer_all();
	REQUIRE(again->is_given);
	CHECK(again->status == 409);
	CHECK_FALSE(is_held("100.64.1.2"));
	CHECK(store.held.begin()->second.ended_reason == "a mistake");
}

TEST_CASE_FIXTURE(IntakeFixture, "what turns out to be several reports is kept one by one") {
	REQUIRE(start());
	readers.error = Error{ErrorKind::bad_input, "the reading process died"};
	const auto kept = report(R"({"nonsense":1})" "\n" R"({"address":"100.64.1.2","kind":"spam"})" "\n");
	CHECK(kept.at("outcome").as_string() == "aside");
	readers.error.reset();
	const auto id = kept.at("inbox").to_number<std::uint64_t>();
	const auto again = ask("POST", "v1/inbox/" + std::to_string(id));
	REQUIRE(again->status == 200);
	CHECK(again->body.at("reports").at(1).at("outcome").as_string() == "decided");
	CHECK(store.held[id].state == HeldState::closed);
	REQUIRE(agent.memory().inbox.held().size() == 1);
	CHECK(store.held[agent.memory().inbox.held().begin()->first].bytes == R"({"nonsense":1})");
}

TEST_CASE_FIXTURE(IntakeFixture, "a server that had no such key is asked again after ten minutes") {
	start_with_unknown_key();
	report(arf("100.64.1.2"));
	readers.is_server_down = false;
	clock.pass(Seconds(60));
	agent.tick();
	const unsigned fetches = readers.fetches;
	CHECK(report(arf("100.64.1.3", "2@x")).at("step") == 7);
	CHECK(readers.fetches == fetches);
	readers.server["0123456789ABCDEF"] = "a key";
	clock.pass(Seconds(601));
	CHECK(report(arf("100.64.1.4", "3@x")).at("outcome").as_string() == "waiting");
	CHECK(is_held("100.64.1.4")); // as soon as the server has answered
}
