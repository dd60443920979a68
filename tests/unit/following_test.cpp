// SPDX-License-Identifier: GPL-2.0-or-later
//
// What was decided of a subscriber goes where he goes, and stays nowhere else: core/coverage.h, flow/assignments.h.
#include "people_fixture.h"

#include <set>

namespace gate25 {
namespace {

constexpr const char* net_a = "2001:db8:1000:100::/56";
constexpr const char* net_b = "2001:db8:1000:200::/56";

struct Following : PeopleFixture {
	// In which sets a prefix's key stands, of all that there are.
	std::set<std::string> sets_of(const std::string& key) const {
		std::set<std::string> found;
		for (const auto& [name, elements] : kernel.sets)
			if (elements.contains(key)) found.insert(name);
		return found;
	}
	using Sets = std::set<std::string>;
	void gone(const char* source, const char* prefix) {
		AssignmentClaim claim;
		claim.kind = AssignmentClaim::Kind::end;
		claim.source = agent.assignments().rank(source).value();
		claim.prefixes = {Prefix::parse(prefix).value()};
		claim.at = clock.time.wall;
		agent.assignments().take({claim}, [](const Result<void>&) {});
	}
	boost::json::object alert(const std::string& address, const std::string& more = "") {
		const auto answer = ask("POST", "v1/alerts", R"({"address":")" + address + R"(","kind":"spam")" + more + "}");
		REQUIRE_MESSAGE(answer->status == 200, boost::json::serialize(answer->body));
		return answer->body.at("alerts").at(0).as_object();
	}
	void release(const std::string& subject) { REQUIRE(ask("DELETE", "v1/quarantines/" + subject)->status == 200); }
};

} // namespace

TEST_SUITE("following") {
	TEST_CASE_FIXTURE(Following, "one case covers all that he holds, goes with him, and leaves nothing behind") {
		begin();
		say("radius", "100.64.1.2", "anna");
		say("radius", net_a, "anna");
		quarantine("100.64.1.2");
		CHECK(sets_of("100.64.1.2") == Sets{"quarantine4_port25"});
		CHECK(sets_of("2001:db8:1000:100::") == Sets{"quarantine6_port25"});
		clock.pass(Seconds{10});
		gone("radius", "100.64.1.2");
		gone("radius", net_a);
		CHECK(sets_of("100.64.1.2").empty());
		CHECK(sets_of("2001:db8:1000:100::").empty());
		say("radius", "100.64.2.2", "anna");
		say("radius", net_b, "anna");
		say("radius", "100.64.1.2", "bert");
		CHECK(sets_of("100.64.2.2") == Sets{"quarantine4_port25"});
		CHECK(sets_of("2001:db8:1000:200::") == Sets{"quarantine6_port25"});
		CHECK(sets_of("100.64.1.2").empty());
		release("subscriber:anna");
		CHECK(sets_of("100.64.2.2").empty());
		CHECK(sets_of("2001:db8:1000:200::").empty());
	}

	TEST_CASE_FIXTURE(Following, "an exemption goes with him too, and is no quarantine") {
		begin();
		say("radius", "100.64.1.2", "anna");
		REQUIRE(ask("POST", "v1/exemptions", R"({"subscriber":"anna"})")->status == 201);
		CHECK(sets_of("100.64.1.2") == Sets{"exempt4"});
		clock.pass(Seconds{10});
		say("radius", "100.64.1.2", "bert");
		say("radius", "100.64.2.2", "anna");
		CHECK(sets_of("100.64.1.2").empty());
		CHECK(sets_of("100.64.2.2") == Sets{"exempt4"});
	}

	TEST_CASE_FIXTURE(Following, "it is in force before it is on the disk, and only then is the source answered") {
		begin();
		say("radius", "100.64.1.2", "anna");
		quarantine("100.64.1.2");
		assignment_file.hold();
		AssignmentClaim claim;
		claim.source = agent.assignments().rank("radius").value();
		claim.subscriber = "anna";
		claim.prefixes = {Prefix::parse("100.64.2.2").value()};
		claim.at = clock.time.wall + Seconds{1};
		int answers = 0;
		const auto answered = [&](const Result<void>& done) { answers += done ? 1 : 0; };
		agent.assignments().take({claim}, answered);
		CHECK(sets_of("100.64.2.2") == Sets{"quarantine4_port25"});
		agent.assignments().take({claim}, answered); // the same again, while the first still waits
		CHECK(answers == 0);
		assignment_file.answer_all();
		CHECK(answers == 2);
	}

	TEST_CASE_FIXTURE(Following, "what the disk refused is not answered until it is there, and stands in its order") {
		begin();
		assignment_file.fail_with("disk full");
		AssignmentClaim claim;
		claim.source = agent.assignments().rank("radius").value();
		claim.subscriber = "anna";
		claim.prefixes = {Prefix::parse("100.64.1.2").value()};
		claim.at = clock.time.wall;
		std::vector<bool> answers;
		const auto answered = [&](const Result<void>& done) { answers.push_back(done.has_value()); };
		agent.assignments().take({claim}, answered);
		agent.assignments().take({claim}, answered);
		CHECK(answers == std::vector<bool>{false, false});
		clock.pass(Seconds{5});
		claim.kind = AssignmentClaim::Kind::end;
		claim.at = clock.time.wall;
		agent.assignments().take({claim}, answered);
		assignment_file.fail_with(std::nullopt);
		clock.pass(Seconds{2});
		agent.tick();
		REQUIRE(assignment_file.rows.size() == 1);
		CHECK(assignment_file.rows[0].has_ended); // its beginning came first
		CHECK(assignment_file.standing() == 0);
	}

	TEST_CASE_FIXTURE(Following, "a release that is still being stored leaves nothing where he was") {
		begin();
		say("radius", "100.64.1.2", "anna");
		quarantine("100.64.1.2");
		store.hold();
		const auto released = ask("DELETE", "v1/quarantines/subscriber:anna");
		clock.pass(Seconds{1});
		say("radius", "100.64.1.2", "bert"); // the book knows of no quarantine any more, the kernel does
		say("radius", "100.64.2.2", "anna");
		store.answer_all();
		CHECK(released->status == 200);
		CHECK(sets_of("100.64.1.2").empty());
		CHECK(sets_of("100.64.2.2").empty());
	}

	TEST_CASE_FIXTURE(Following, "a release that the store refuses holds him where he is by then") {
		begin();
		say("radius", "100.64.1.2", "anna");
		quarantine("100.64.1.2");
		store.hold();
		store.fail_with("disk full");
		const auto released = ask("DELETE", "v1/quarantines/subscriber:anna");
		clock.pass(Seconds{1});
		say("radius", "100.64.1.2", "bert");
		say("radius", "100.64.2.2", "anna");
		store.answer_all();
		CHECK(released->status == 507);
		CHECK(sets_of("100.64.1.2").empty());
		CHECK(sets_of("100.64.2.2") == Sets{"quarantine4_port25"});
	}

	TEST_CASE_FIXTURE(Following, "of the prefix's own and the holder's the stricter counts, and each ends for itself") {
		begin();
		quarantine("100.64.1.2", "mail"); // nobody holds it yet
		say("radius", "100.64.2.2", "anna");
		quarantine("100.64.2.2");
		clock.pass(Seconds{1});
		say("radius", "100.64.1.2", "anna");
		CHECK(sets_of("100.64.1.2") == Sets{"quarantine4_mail"});
		release("subscriber:anna");
		CHECK(sets_of("100.64.1.2") == Sets{"quarantine4_mail"});
		CHECK(sets_of("100.64.2.2").empty());
		quarantine("100.64.2.2", "notify"); // his: 100.64.1.2 is covered too, and stricter by itself
		CHECK(sets_of("100.64.1.2") == Sets{"quarantine4_mail"});
		release("100.64.1.2"); // both
		CHECK(sets_of("100.64.1.2").empty());
		CHECK(sets_of("100.64.2.2").empty());
	}

	TEST_CASE_FIXTURE(Following, "the stricter one that ends first leaves no gap before the milder one") {
		begin();
		quarantine("100.64.1.2"); // for a day
		say("radius", "100.64.1.2", "anna");
		REQUIRE(ask("POST", "v1/quarantines", R"({"subscriber":"anna","level":"mail","seconds":60})")->status == 201);
		REQUIRE(sets_of("100.64.1.2") == Sets{"quarantine4_mail"});
		CHECK(*kernel.sets["quarantine4_mail"]["100.64.1.2"] > Seconds{3600}); // until the agent puts the other in its place
		clock.pass(Seconds{61});
		agent.tick();
		CHECK(sets_of("100.64.1.2") == Sets{"quarantine4_port25"});
	}

	TEST_CASE_FIXTURE(Following, "a claim that comes first covers another, and when it ends the next one holds") {
		begin();
		say("radius", "100.64.1.2", "anna");
		quarantine("100.64.1.2");
		clock.pass(Seconds{1});
		say("api", "100.64.1.2", "bert");
		CHECK(sets_of("100.64.1.2").empty());
		clock.pass(Seconds{1});
		gone("api", "100.64.1.2");
		CHECK(sets_of("100.64.1.2") == Sets{"quarantine4_port25"});
	}

	TEST_CASE_FIXTURE(Following, "ports only tell who it was") {
		begin();
		say("radius", "100.64.1.2", "anna");
		say("radius", "203.0.113.7", "anna", "1024-2047");
		say("radius", "203.0.113.7", "bert", "2048-4095");
		CHECK(alert("203.0.113.7", R"(,"port":1500)").at("outcome") == "decided");
		CHECK(sets_of("100.64.1.2") == Sets{"quarantine4_port25"});
		CHECK(sets_of("203.0.113.7").empty());
		CHECK(alert("203.0.113.7").at("step") == 5); // several share it
	}

	TEST_CASE_FIXTURE(Following, "a session that was given an address elsewhere has left ours") {
		begin();
		AssignmentClaim claim;
		claim.source = agent.assignments().rank("radius").value();
		claim.subscriber = "anna";
		claim.session = 25;
		claim.prefixes = {Prefix::parse("100.64.1.2").value(), Prefix::parse(net_a).value()};
		claim.at = clock.time.wall;
		agent.assignments().take({claim}, [](const Result<void>&) {});
		quarantine("100.64.1.2");
		claim.prefixes = {Prefix::parse("198.51.100.7").value()};
		claim.at += Seconds{1};
		agent.assignments().take({claim}, [](const Result<void>&) {});
		CHECK(sets_of("100.64.1.2").empty());
		CHECK(sets_of("2001:db8:1000:100::") == Sets{"quarantine6_port25"}); // of IPv6 nothing was said
	}

	TEST_CASE_FIXTURE(Following, "nobody takes the relay's address") {
		config.replace(config.find("192.0.2.25\""), 11, "100.64.9.9\"");
		begin();
		say("radius", "100.64.9.9", "anna");
		CHECK_FALSE(agent.assignments().book().holder(Prefix::parse("100.64.9.9").value()));
		CHECK(agent.assignments().health()[1].outside == 1);
	}

	TEST_CASE_FIXTURE(Following, "an alert of yesterday finds who it was, whatever stands at his address now") {
		begin();
		say("radius", "100.64.1.2", "anna");
		clock.pass(Seconds{3600});
		const std::string then = time_text(clock.time.wall - Seconds{1800});
		say("radius", "100.64.1.2", "bert");
		say("radius", "100.64.2.2", "anna");
		REQUIRE(ask("POST", "v1/exemptions", R"({"subscriber":"bert"})")->status == 201);
		clock.pass(Seconds{60});
		CHECK(alert("100.64.1.2", R"(,"at":")" + then + '"').at("outcome") == "decided");
		CHECK(sets_of("100.64.2.2") == Sets{"quarantine4_port25"});
		CHECK(sets_of("100.64.1.2") == Sets{"exempt4"});
	}

	TEST_CASE_FIXTURE(Following, "who held it is asked of the history, also when somebody else held it under the one who stands") {
		begin();
		say("radius", "100.64.1.2", "anna");
		clock.pass(Seconds{3600});
		say("api", "100.64.1.2", "bert");
		clock.pass(Seconds{3600});
		const std::string then = time_text(clock.time.wall - Seconds{1800});
		gone("api", "100.64.1.2"); // anna's again, since long before
		clock.pass(Seconds{60});
		CHECK(alert("100.64.1.2", R"(,"at":")" + then + '"').at("outcome") == "decided");
		const auto shown = ask("GET", "v1/quarantines")->body.at("quarantines").as_array();
		REQUIRE(shown.size() == 1);
		CHECK(shown[0].at("subscriber") == "bert");
	}

	TEST_CASE_FIXTURE(Following, "never spares all that somebody holds") {
		config += "[quarantine]\nnever = [\"100.64.1.2\"]\n";
		begin();
		say("radius", "100.64.1.2", "clinic");
		say("radius", net_a, "clinic");
		CHECK(alert("2001:db8:1000:100::7").at("step") == 9);
		CHECK(sets_of("2001:db8:1000:100::").empty());
	}

	TEST_CASE_FIXTURE(Following, "max_stay ends what alerts have led to, renewed or without an end") {
		config += "[quarantine]\nmax_stay = \"2h\"\nduration = [\"manual\"]\n";
		begin();
		say("radius", "100.64.1.2", "anna");
		alert("100.64.1.2");
		CHECK(*kernel.sets["quarantine4_port25"]["100.64.1.2"] == Seconds{7200});
		clock.pass(Seconds{7201});
		agent.tick();
		CHECK(sets_of("100.64.1.2").empty());
		quarantine("100.64.1.2"); // a day, by the desk
		CHECK(*kernel.sets["quarantine4_port25"]["100.64.1.2"] == Seconds{86400});
	}

	TEST_CASE_FIXTURE(Following, "max_stay cuts nothing short that the desk has set") {
		config += "[quarantine]\nmax_stay = \"2h\"\n";
		begin();
		say("radius", "100.64.1.2", "anna");
		quarantine("100.64.1.2", "limit"); // a day, by the desk
		clock.pass(Seconds{3 * 3600});
		CHECK(alert("100.64.1.2").at("outcome") == "decided");
		CHECK(*kernel.sets["quarantine4_port25"]["100.64.1.2"] == Seconds{21 * 3600});
	}

	TEST_CASE_FIXTURE(Following, "the desk puts in force what was only recorded") {
		config += "[alerts]\nmode = \"monitor\"\n";
		begin();
		say("radius", "100.64.1.2", "anna");
		alert("100.64.1.2");
		REQUIRE(sets_of("100.64.1.2").empty());
		quarantine("100.64.1.2");
		CHECK(sets_of("100.64.1.2") == Sets{"quarantine4_port25"});
	}

	TEST_CASE_FIXTURE(Following, "who goes on after his release is named once, by what he does then") {
		config += "[volume]\n";
		begin();
		say("radius", "100.64.1.2", "anna");
		quarantine("100.64.1.2");
		attempt("100.64.1.2");
		release("subscriber:anna");
		const auto told = [&] {
			std::size_t count = 0;
			for (const auto& [id, row] : store.audit) count += row.what == "misbehaving" ? 1 : 0;
			return count;
		};
		const auto pass = [&](int seconds) {
			for (int i = 0; i < seconds; i += 10) {
				clock.pass(Seconds{10});
				agent.tick();
			}
		};
		attempt("100.64.1.2"); // was on its way
		pass(300);
		CHECK(told() == 0);
		attempt("100.64.1.2");
		pass(20);
		CHECK(told() == 1);
		for (const auto& [id, row] : store.audit)
			if (row.what == "misbehaving") CHECK(row.why.starts_with("2 refused connections")); // not what he did before
		attempt("100.64.1.2");
		pass(60);
		CHECK(told() == 1);
	}

	TEST_CASE_FIXTURE(Following, "of somebody who is forgotten nothing more is said") {
		config += "[volume]\n";
		begin();
		say("radius", "100.64.1.2", "anna");
		quarantine("100.64.1.2");
		release("subscriber:anna");
		gone("radius", "100.64.1.2");
		REQUIRE(ask("DELETE", "v1/subscribers/anna")->status == 200);
		say("radius", "100.64.1.2", "anna");
		clock.pass(Seconds{700});
		attempt("100.64.1.2");
		agent.tick();
		for (const auto& [id, row] : store.audit) CHECK(row.what != "misbehaving");
	}

	TEST_CASE_FIXTURE(Following, "a silent source is named, and what it said stands") {
		begin();
		say("radius", "100.64.1.2", "anna");
		quarantine("100.64.1.2");
		CHECK(ask("GET", "v1/status")->body.at("state") == "ok");
		clock.pass(Seconds{3601});
		const auto status = ask("GET", "v1/status")->body;
		CHECK(status.at("state") == "degraded");
		CHECK(text(status.at("problems").at(0)).starts_with("source radius is silent since "));
		CHECK(sets_of("100.64.1.2") == Sets{"quarantine4_port25"});
	}

	TEST_CASE_FIXTURE(Following, "a clock that jumps neither frees nor moves anybody") {
		begin();
		say("radius", "100.64.1.2", "anna");
		quarantine("100.64.1.2");
		for (const Seconds jump : {Seconds{86400 * 2}, Seconds{-86400 * 4}}) {
			clock.time.wall += jump;
			agent.tick();
			CHECK(sets_of("100.64.1.2") == Sets{"quarantine4_port25"});
			CHECK(agent.assignments().book().holder(Prefix::parse("100.64.1.2").value()) == subscriber_key("anna"));
		}
	}

	TEST_CASE_FIXTURE(Following, "a table that others took away is filled with what is covered") {
		begin();
		say("radius", "100.64.1.2", "anna");
		quarantine("100.64.1.2");
		kernel.flush();
		agent.table_was_touched("somebody");
		CHECK(sets_of("100.64.1.2") == Sets{"quarantine4_port25"});
	}
}

} // namespace gate25
