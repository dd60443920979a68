// SPDX-License-Identifier: GPL-2.0-or-later
#include "people_fixture.h"

using namespace gate25;

namespace {

struct Assigning : PeopleFixture {
	boost::json::array rows(const std::shared_ptr<Answer>& answer) {
		REQUIRE_MESSAGE(answer->status == 200, boost::json::serialize(answer->body));
		return answer->body.at("assignments").as_array();
	}
	std::string held_by(const char* address, std::optional<std::uint16_t> port = {}) {
		const auto held = agent.assignments().book().find(*Address::parse(address), port);
		return held ? held->subscriber : "nobody";
	}
};

} // namespace

TEST_SUITE("api assignments") {
	TEST_CASE_FIXTURE(Assigning, "one that is said holds, in the book and in the file") {
		begin();
		const auto until = time_text(clock.time.wall + Seconds{3600});
		const auto made = rows(ask("POST", "v1/assignments", R"({"prefix":"100.64.1.2","subscriber":"anna","until":")" + until + "\"}"));
		CHECK(made.at(0).at("outcome") == "began");
		CHECK(made.at(0).at("holder") == "anna");
		CHECK(made.at(0).at("why") == "");
		CHECK(held_by("100.64.1.2") == "anna");
		CHECK(assignment_file.standing() == 1);
		CHECK(rows(ask("POST", "v1/assignments", R"({"prefix":"100.64.1.2","subscriber":"anna"})")).at(0).at("outcome") == "known");
		CHECK(assignment_file.standing() == 1);
		const auto shown = rows(ask("GET", "v1/assignments", "", {{"address", "100.64.1.2"}}));
		REQUIRE(shown.size() == 1);
		CHECK(shown.at(0).at("source") == "api");
		CHECK(shown.at(0).at("stands") == true);
		CHECK(shown.at(0).at("aged") == false);
		CHECK(shown.at(0).at("ports").is_null());
		CHECK(text(shown.at(0).at("until")) == until);
		clock.pass(Seconds{3601});
		CHECK(rows(ask("GET", "v1/assignments", "", {{"prefix", "100.64.1.0/24"}})).at(0).at("aged") == true);
	}

	TEST_CASE_FIXTURE(Assigning, "of a stream each line earns its own outcome") {
		begin();
		say("radius", "100.64.1.9", "rita");
		const std::string lines = R"({"prefix":"2001:db8:1000:100::/56","subscriber":"anna"})"
		                          "\n\n"
		                          R"({"prefix":"198.51.100.1","subscriber":"anna"})"
		                          "\nnonsense\n"
		                          R"({"prefix":"203.0.113.7","subscriber":"anna","ports":"1024-2047"})"
		                          "\n"
		                          R"({"prefix":"203.0.113.7","subscriber":"bert","ports":"2048-4095"})"
		                          "\n"
		                          R"({"prefix":"100.64.1.9","subscriber":"anna"})";
		const auto made = rows(ask("POST", "v1/assignments", lines));
		REQUIRE(made.size() == 6);
		CHECK(made.at(0).at("outcome") == "began");
		CHECK(made.at(1).at("outcome") == "refused");
		CHECK(made.at(1).at("line") == 3);
		CHECK(text(made.at(1).at("why")).find("[network] subscribers") != std::string::npos);
		CHECK(made.at(2).at("outcome") == "refused");
		CHECK(!made.at(2).as_object().contains("subscriber"));
		CHECK(made.at(3).at("ports") == "1024-2047");
		CHECK(made.at(4).at("holder") == "bert");
		CHECK(made.at(5).at("holder") == "anna"); // the API comes first
		CHECK(held_by("203.0.113.7", 1500) == "anna");
		CHECK(held_by("2001:db8:1000:1ff::1") == "anna");
		CHECK(assignment_file.standing() == 5);
	}

	TEST_CASE_FIXTURE(Assigning, "another subscriber supersedes the one before, and what is older is stale") {
		begin();
		say("api", "100.64.1.2", "anna");
		clock.pass(Seconds{60});
		const auto made = rows(ask("POST", "v1/assignments", R"({"prefix":"100.64.1.2","subscriber":"bert"})"));
		CHECK(made.at(0).at("outcome") == "began");
		CHECK(text(made.at(0).at("why")).find("anna") != std::string::npos);
		const auto old = ask("POST", "v1/assignments", R"({"prefix":"100.64.1.2","subscriber":"carl","from":")" + time_text(clock.time.wall - Seconds{30}) + "\"}");
		CHECK(old->status == 409);
		CHECK(old->message().find("bert") != std::string::npos);
		CHECK(held_by("100.64.1.2") == "bert");
	}

	TEST_CASE_FIXTURE(Assigning, "one whose source comes later does not hold it, and is told so") {
		config.replace(config.find("\"api\", \"radius\""), 15, "\"radius\", \"api\"");
		begin();
		say("radius", "100.64.1.2", "rita");
		const auto made = rows(ask("POST", "v1/assignments", R"({"prefix":"100.64.1.2","subscriber":"anna"})"));
		CHECK(made.at(0).at("outcome") == "began");
		CHECK(made.at(0).at("holder") == "rita");
		CHECK(text(made.at(0).at("why")).find("precedence") != std::string::npos);
	}

	TEST_CASE_FIXTURE(Assigning, "what is wrong is refused by name and changes nothing") {
		begin();
		const std::string later = time_text(clock.time.wall + Seconds{60}), earlier = time_text(clock.time.wall - Seconds{60});
		for (const std::string& body : {
				 std::string(R"({"prefix":"100.64.1.2"})"), std::string(R"({"subscriber":"anna"})"), std::string(R"({"prefix":"100.64.1.2","subscriber":""})"),
				 std::string(R"({"prefix":"100.64.1.2/24","subscriber":"anna"})"), std::string(R"({"prefix":"100.64.1.2","subscriber":"anna","colour":1})"),
				 std::string(R"({"prefix":"2001:db8:1000::1","subscriber":"anna","ports":"1-2"})"), std::string(R"({"prefix":"203.0.113.7","subscriber":"anna","ports":"2-1"})"),
				 R"({"prefix":"100.64.1.2","subscriber":"anna","from":")" + later + "\"}", R"({"prefix":"100.64.1.2","subscriber":"anna","until":")" + earlier + "\"}",
				 std::string(R"({"prefix":"198.51.100.1","subscriber":"anna"})"), std::string(R"({"prefix":"0.0.0.0/0","subscriber":"anna"})")})
			CHECK_MESSAGE(ask("POST", "v1/assignments", body)->status == 400, body);
		CHECK(ask("POST", "v1/assignments", std::string(10'001, '\n'))->status == 400);
		CHECK(agent.assignments().book().size() == 0);
	}

	TEST_CASE_FIXTURE(Assigning, "where nobody can be, each place has a reason of its own") {
		config.replace(config.find("\"192.0.2.25\""), 12, "\"192.0.2.25\", \"100.64.0.25\"");
		begin();
		const auto refusal = [&](const char* where) {
			const auto answer = ask("POST", "v1/assignments", std::string(R"({"subscriber":"anna",)") + where + "}");
			CHECK(answer->status == 400);
			return answer->message();
		};
		CHECK(refusal(R"("prefix":"198.51.100.1")").find("[network] subscribers") != std::string::npos);
		CHECK(refusal(R"("prefix":"203.0.113.7")").find("say which ports") != std::string::npos);
		CHECK(refusal(R"("prefix":"100.64.0.25")").find("a relay or a router") != std::string::npos);
		CHECK(refusal(R"("prefix":"100.64.1.2","ports":"1-2")").find("not in [assignments] nat") != std::string::npos);
		CHECK(agent.assignments().book().size() == 0);
	}

	TEST_CASE_FIXTURE(Assigning, "at a length without decisions it tells who he is, and says that nothing is enforced") {
		begin();
		for (const char* idle : {"100.64.8.0/30", "2001:db8:1000:200::/60"}) {
			const auto made = rows(ask("POST", "v1/assignments", std::string(R"({"prefix":")") + idle + R"(","subscriber":"anna"})"));
			CHECK(made.at(0).at("outcome") == "began");
			CHECK(text(made.at(0).at("why")).find("nothing is enforced there") != std::string::npos);
			CHECK(rows(ask("GET", "v1/assignments", "", {{"prefix", idle}})).at(0).at("enforced") == false);
		}
		say("api", "203.0.113.7", "anna", "1024-2047");
		CHECK(rows(ask("GET", "v1/assignments", "", {{"address", "203.0.113.7"}})).at(0).at("enforced") == false);
		for (const char* held : {"100.64.1.2", "2001:db8:1000:300::/56"}) {
			CHECK(rows(ask("POST", "v1/assignments", std::string(R"({"prefix":")") + held + R"(","subscriber":"anna"})")).at(0).at("why") == "");
			CHECK(rows(ask("GET", "v1/assignments", "", {{"prefix", held}})).at(0).at("enforced") == true);
		}
	}

	TEST_CASE_FIXTURE(Assigning, "what is not written is not answered, and a file that refuses is told") {
		begin();
		assignment_file.hold();
		const auto waiting = ask("POST", "v1/assignments", R"({"prefix":"100.64.1.2","subscriber":"anna"})");
		CHECK(!waiting->is_given);
		CHECK(held_by("100.64.1.2") == "anna"); // in force at once
		assignment_file.answer_all();
		CHECK(waiting->status == 200);
		assignment_file.fail_with("no space left on device");
		CHECK(ask("POST", "v1/assignments", R"({"prefix":"100.64.1.3","subscriber":"bert"})")->status == 507);
	}

	TEST_CASE_FIXTURE(Assigning, "the API ends what it has said, and nothing that others say") {
		begin();
		say("radius", "100.64.1.2", "rita");
		say("api", "100.64.1.2", "anna");
		clock.pass(Seconds{60});
		const auto ended = ask("DELETE", "v1/assignments", "", {{"prefix", "100.64.1.2"}});
		REQUIRE(ended->status == 200);
		REQUIRE(ended->body.at("ended").as_array().size() == 1);
		CHECK(ended->body.at("ended").at(0).at("subscriber") == "anna");
		CHECK(ended->body.at("ended").at(0).at("stands") == false);
		CHECK(held_by("100.64.1.2") == "rita");
		const auto again = ask("DELETE", "v1/assignments", "", {{"prefix", "100.64.1.2"}});
		CHECK(again->status == 404);
		CHECK(held_by("100.64.1.2") == "rita");
		CHECK(ask("DELETE", "v1/assignments", "", {{"prefix", "everything"}})->status == 400);
	}

	TEST_CASE_FIXTURE(Assigning, "of a shared address the ports say which one ends") {
		begin();
		say("api", "203.0.113.7", "anna", "1024-2047");
		say("api", "203.0.113.7", "bert", "2048-4095");
		CHECK(ask("DELETE", "v1/assignments", "", {{"prefix", "203.0.113.7"}, {"ports", "1024-1999"}})->status == 404);
		CHECK(ask("DELETE", "v1/assignments", "", {{"prefix", "203.0.113.7"}, {"ports", "1024-2047"}})->status == 200);
		CHECK(held_by("203.0.113.7", 1100) == "nobody");
		CHECK(held_by("203.0.113.7", 2100) == "bert");
		const auto left = rows(ask("GET", "v1/assignments", "", {{"address", "203.0.113.7"}, {"port", "2100"}}));
		REQUIRE(left.size() == 1);
		CHECK(left.at(0).at("subscriber") == "bert");
	}

	TEST_CASE_FIXTURE(Assigning, "the history by subscriber, by place and by time") {
		begin();
		say("api", "100.64.1.2", "anna");
		const UnixTime early = clock.time.wall;
		clock.pass(Seconds{100});
		say("api", "100.64.1.2", "bert");
		say("api", "100.64.2.0/24", "bert");
		const std::string then = time_text(early + Seconds{50});
		CHECK(rows(ask("GET", "v1/assignments")).size() == 3);
		CHECK(rows(ask("GET", "v1/assignments", "", {{"limit", "1"}})).size() == 1);
		CHECK(rows(ask("GET", "v1/assignments", "", {{"subscriber", "bert"}})).size() == 2);
		const auto at_then = rows(ask("GET", "v1/assignments", "", {{"at", then}}));
		REQUIRE(at_then.size() == 1);
		CHECK(at_then.at(0).at("subscriber") == "anna");
		CHECK(at_then.at(0).at("stands") == false);
		CHECK(rows(ask("GET", "v1/assignments", "", {{"since", time_text(early + Seconds{100})}})).size() == 2);
		CHECK(rows(ask("GET", "v1/assignments", "", {{"address", "100.64.2.9"}})).size() == 1);
		for (const auto& query : std::vector<std::map<std::string, std::string>>{{{"at", then}, {"since", then}}, {{"at", "yesterday"}}, {{"port", "25"}},
		                                                                          {{"prefix", "100.64.1.2"}, {"address", "100.64.1.2"}}, {{"subscriber", " "}},
		                                                                          {{"limit", "10001"}}, {{"colour", "red"}},
		                                                                          {{"since", then}, {"to", time_text(early)}}})
			CHECK(ask("GET", "v1/assignments", "", query)->status == 400);
	}

	TEST_CASE_FIXTURE(Assigning, "the sources, what they have said and how the file is") {
		begin();
		say("radius", "100.64.1.2", "rita");
		say("radius", "198.51.100.1", "rita");
		agent.assignments().counters(*agent.assignments().rank("radius")).forged = 7;
		const auto answer = ask("GET", "v1/sources");
		REQUIRE(answer->status == 200);
		const auto& sources = answer->body.at("sources").as_array();
		REQUIRE(sources.size() == 2);
		CHECK(sources.at(0).at("name") == "api");
		CHECK(sources.at(0).at("heard").is_null());
		CHECK(sources.at(1).at("kind") == "radius");
		CHECK(sources.at(1).at("began") == 1);
		CHECK(sources.at(1).at("outside") == 1);
		CHECK(sources.at(1).at("forged") == 7);
		CHECK(sources.at(1).at("silent") == false);
		CHECK(answer->body.at("assignments") == 1);
		CHECK(answer->body.at("subscribers") == 1);
		CHECK(answer->body.at("file").at("ok") == true);
		clock.pass(Seconds{7200});
		CHECK(ask("GET", "v1/sources")->body.at("sources").at(1).at("silent") == true);
		CHECK(rows(ask("GET", "v1/assignments", "", {{"subscriber", "rita"}})).at(0).at("aged") == true);
	}
}
