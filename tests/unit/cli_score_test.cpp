// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli_fake.h"

#include <doctest/doctest.h>

using namespace gate25::cli;

namespace {

std::string item(std::string_view kind, double points, unsigned count) {
	return R"({"id":1,"received":"2026-11-21T23:43:33Z","address":"203.0.113.7","kind":")" + std::string(kind) +
	       R"(","reporter":"x","at":null,"port":null,"count":)" + std::to_string(count) +
	       R"(,"by":"root","outcome":"recorded","step":8,"why":"why","decision":null,"points":)" +
	       std::to_string(points) + R"(,"weight":1.0,"taken_for":"fbl","proof":"user","repeats":0})";
}

std::string answer_with(std::string_view score, std::string_view is_below, std::string_view ham_points,
                        const std::string& items, std::string_view earlier = "0") {
	return R"({"schema":1,"subscriber":"203.0.113.7","score":)" + std::string(score) +
	       R"(,"threshold":0E0,"is_below":)" + std::string(is_below) +
	       R"(,"sums":[{"kind":"ham","alerts":2.5E1,"points":)" + std::string(ham_points) +
	       R"(},{"kind":"spam","alerts":1.25E1,"points":-1.25E1},{"kind":"bot","alerts":0,"points":0}],"items":[)" +
	       items + R"(],"earlier":[{"kind":"ham","alerts":0,"points":0},{"kind":"spam","alerts":)" +
	       std::string(earlier) + R"(,"points":-1}]})";
}

} // namespace

TEST_SUITE("cli score") {
	TEST_CASE("the sum and every item") {
		FakeAgent agent;
		agent.answer(
		    200, answer_with("-2.5E0", "true", "1E1", item("ham", 25, 25) + "," + item("spam", -11.5, 23), "1E0"));
		const auto ran = gate25_command(agent, {"score", "203.0.113.7"});
		CHECK(agent.requests[0].target == "/v1/score/203.0.113.7");
		CHECK(ran.status == 0);
		CHECK(ran.out == "Subscriber 203.0.113.7\n"
		                 "Score -2.5, below the threshold 0\n"
		                 "\n"
		                 "KIND  ALERTS  POINTS\n"
		                 "ham       25      10  no more, however much ham\n"
		                 "spam    12.5   -12.5\n"
		                 "\n"
		                 "RECEIVED                 KIND  COUNT  REPORTER  PROOF  POINTS  STEP  WHY\n"
		                 "2026-11-21 23:43:33 UTC  ham      25  fbl       user       25     8  why\n"
		                 "2026-11-21 23:43:33 UTC  spam     23  fbl       user    -11.5     8  why\n"
		                 "\n"
		                 "Alerts that are not shown any more: 1 spam.\n");
	}
	TEST_CASE("ham that is not capped is not said to be") {
		FakeAgent agent;
		agent.answer(200, answer_with("0E0", "false", "25", item("not-spam", 25, 25)));
		const auto ran = gate25_command(agent, {"score", "203.0.113.7"});
		CHECK(contains(ran.out, "Score 0, not below the threshold 0\n"));
		CHECK_FALSE(contains(ran.out, "no more"));
		CHECK_FALSE(contains(ran.out, "not shown"));
	}
	TEST_CASE("nothing was ever said of him") {
		FakeAgent agent;
		agent.answer(200, R"({"schema":1,"subscriber":"203.0.113.7","score":0,"threshold":0,"is_below":false,)"
		                  R"("sums":[],"items":[],"earlier":[]})");
		CHECK(gate25_command(agent, {"score", "203.0.113.7"}).out ==
		      "Subscriber 203.0.113.7\nScore 0, not below the threshold 0\nNo alert about him is kept.\n");
		CHECK(gate25_command(agent, {"score", "203.0.113.0/24"}).status == 2);
	}
}
