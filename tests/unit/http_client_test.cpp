// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/http/target.h"
#include "edge/http_client.h"
#include "http_world.h"

#include <doctest/doctest.h>

using namespace gate25;
using namespace gate25::test;

TEST_CASE("client: asks and gets answers of any status") {
	ServerWorld world;
	auto client = HttpClient::connect(world.path);
	REQUIRE(client);
	const std::string body(std::size_t{3} << 20U, 'x');
	for (int i = 0; i < 3; ++i) {
		const auto answer = client->request("POST", "/v1/echo/" + percent_encode("a/b c"), body);
		REQUIRE(answer);
		CHECK(answer->status == 200);
		CHECK(answer->body == body);
		CHECK(answer->content_type == "application/json");
	}
	world.on_loop([&] { CHECK(world.last.path == std::vector<std::string>{"v1", "echo", "a/b c"}); });
	CHECK(client->request("GET", "/throw")->status == 500);
	CHECK(world.status().counters.accepted == 1);
}

TEST_CASE("client: hears why a request is refused in the middle of it") {
	HttpLimits limits;
	limits.body_limit = 1000;
	ServerWorld world(limits);
	auto client = HttpClient::connect(world.path);
	REQUIRE(client);
	const auto answer = client->request("POST", "/", std::string(std::size_t{20} << 20U, 'x'));
	REQUIRE(answer);
	CHECK(answer->status == 413);
	CHECK(client->request("GET", "/")->status == 200); // on a new connection
}

TEST_CASE("client: a connection that the agent has closed meanwhile is made again") {
	HttpLimits limits;
	limits.idle_deadline = Milliseconds(10);
	ServerWorld world(limits);
	auto client = HttpClient::connect(world.path);
	REQUIRE(client);
	CHECK(client->request("GET", "/")->status == 200);
	CHECK(world.is_idle());
	CHECK(client->request("GET", "/")->status == 200);
	CHECK(world.status().counters.accepted == 2);
}

TEST_CASE("client: follows events until it has enough or the agent stops") {
	ServerWorld world;
	std::thread sender([&] {
		world.wait_for([&] { return world.followers.size() == 1; });
		world.on_loop([&] {
			for (int i = 0; i < 5; ++i) world.followers[0]->send("count", std::to_string(i));
		});
		world.wait_for([&] { return world.followers.size() == 2; });
		world.on_loop([&] {
			world.followers[1]->send("count", "5");
			world.followers.clear();
		});
	});
	auto client = HttpClient::connect(world.path);
	REQUIRE(client);
	std::string seen;
	const auto enough = client->stream("/events", [&](const std::string& name, const std::string& json) {
		seen += name + json;
		return json != "3";
	});
	REQUIRE(enough);
	CHECK(enough->status == 200);
	CHECK(seen == "count0count1count2count3");
	const auto ended = client->stream("/events", [&](const std::string&, const std::string&) { return true; });
	REQUIRE_FALSE(ended);
	CHECK(ended.error().kind == ErrorKind::unavailable);
	CHECK(ended.error().text == "the agent on " + world.path + " ended the stream of events: it stops");
	CHECK(client->stream("/throw", {})->status == 500); // not a stream
	sender.join();
}

TEST_CASE("client: says what stands in the way") {
	TempDirectory directory;
	const std::string path = directory / "control.sock";
	auto absent = HttpClient::connect(path);
	REQUIRE_FALSE(absent);
	CHECK(absent.error().kind == ErrorKind::unavailable);
	CHECK(absent.error().text ==
	      "no agent answers on " + path + ": No such file or directory; is gate25d running?");
	std::ofstream(path).put('x');
	CHECK(HttpClient::connect(path).error().kind == ErrorKind::unavailable);
	CHECK(HttpClient::connect(std::string(200, 'x')).error().kind == ErrorKind::bad_input);
}

TEST_CASE("client: does not wait for ever") {
	ServerWorld world;
	auto client = HttpClient::connect(world.path, Milliseconds(50));
	REQUIRE(client);
	const auto answer = client->request("GET", "/hold");
	REQUIRE_FALSE(answer);
	CHECK(answer.error().kind == ErrorKind::unavailable);
	CHECK(answer.error().text == "the agent on " + world.path + " has not answered for 1 s");
}
