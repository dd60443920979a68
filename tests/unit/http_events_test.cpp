// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/http/event_reader.h"
#include "edge/http_client.h"
#include "http_world.h"

#include <doctest/doctest.h>

using namespace gate25;
using namespace gate25::test;

namespace {

RawClient follower(ServerWorld& world, const std::string& version = "1.1") {
	RawClient client(world.path);
	const std::size_t before = world.followers.size();
	client.send("GET /events HTTP/" + version + "\r\nHost: x\r\n\r\n");
	REQUIRE(world.wait_for([&] { return world.followers.size() > before; }));
	return client;
}

} // namespace

TEST_CASE("events: a follower gets what is sent") {
	ServerWorld world;
	RawClient client = follower(world);
	world.on_loop([&] {
		world.followers[0]->send("quarantine", R"({"id":1})");
		world.followers[0]->send("re\nlease", "a\nb");
	});
	const std::string text = client.until("data: b\n\n");
	CHECK(has_status(text, 200));
	CHECK(text.find("Content-Type: text/event-stream\r\n") != std::string::npos);
	CHECK(text.find("event: quarantine\ndata: {\"id\":1}\n\n") != std::string::npos);
	CHECK(text.find("event: release\ndata: a\ndata: b\n\n") != std::string::npos);
	CHECK(world.status().followers == 1);
}

TEST_CASE("events: a follower of HTTP/1.0 gets them without chunks") {
	ServerWorld world;
	RawClient client = follower(world, "1.0");
	world.on_loop([&] { world.followers[0]->send("a", "1"); });
	CHECK(body_of(client.until("data: 1\n\n")) == "event: a\ndata: 1\n\n");
}

TEST_CASE("events: a heart beats, so that a dead peer is noticed") {
	HttpLimits limits;
	limits.heartbeat = Milliseconds(10);
	ServerWorld world(limits);
	RawClient client = follower(world);
	CHECK(client.until(": heartbeat\n\n").find(": heartbeat\n\n") != std::string::npos);
}

TEST_CASE("events: a follower who does not read is dropped, the others go on") {
	ServerWorld world;
	RawClient slow = follower(world);
	RawClient quick = follower(world);
	const std::string big(10'000, 'x');
	int sent = 0;
	const auto send = [&] {
		world.followers[0]->send("e", big);
		if (++sent <= 5) world.followers[1]->send("e", big);
		return !world.followers[0]->is_open();
	};
	CHECK(world.wait_for(send));
	CHECK(sent < 200); // the queue and the kernel's buffer
	CHECK(slow.is_closed_by_server());
	world.on_loop([&] {
		CHECK(world.followers[1]->is_open());
		world.followers[1]->send("last", "1");
	});
	CHECK(quick.until("event: last").find("event: last") != std::string::npos);
	CHECK(world.status().counters.dropped_followers == 1);
}

TEST_CASE("events: a follower who has stopped reading is dropped by the deadline") {
	HttpLimits limits;
	limits.follower_queue = std::size_t{100} << 20U;
	limits.write_deadline = Milliseconds(50);
	ServerWorld world(limits);
	RawClient slow = follower(world);
	world.on_loop([&] { world.followers[0]->send("e", std::string(std::size_t{4} << 20U, 'x')); });
	CHECK(world.wait_for([&] { return !world.followers[0]->is_open(); }));
}

TEST_CASE("events: the sender learns that a follower has gone, and may let go himself") {
	ServerWorld world;
	RawClient gone = follower(world);
	RawClient there = follower(world);
	gone.close();
	CHECK(world.wait_for([&] { return !world.followers[0]->is_open(); }));
	world.on_loop([&] {
		world.followers[0]->send("e", "nobody hears it");
		world.followers.clear();
	});
	CHECK(there.until("0\r\n\r\n").find("\r\n0\r\n\r\n") != std::string::npos);
	CHECK(there.is_closed_by_server());
	CHECK(world.is_idle());
}

TEST_CASE("events: followers are let go when the server stops") {
	ServerWorld world;
	RawClient client = follower(world);
	bool is_stopped = false;
	world.on_loop([&] { world.server().stop([&] { is_stopped = true; }); });
	CHECK(client.is_closed_by_server());
	CHECK(world.wait_for([&] { return is_stopped; }));
	world.on_loop([&] { CHECK_FALSE(world.followers[0]->is_open()); });
}

TEST_CASE("events: cut anywhere, they are read the same") {
	const std::string text =
	    "event: a\ndata: 1\n\n: heartbeat\n\ndata:2\r\ndata: 3\r\n\r\nevent: c\n\nevent: d\ndata\n\n";
	for (std::size_t cut = 0; cut <= text.size(); ++cut) {
		EventReader reader;
		std::string seen;
		const auto note = [&](const std::string& name, const std::string& data) {
			seen += "[" + name + "|" + data + "]";
			return true;
		};
		CHECK(reader.take(std::string_view(text).substr(0, cut), note));
		CHECK(reader.take(std::string_view(text).substr(cut), note));
		CHECK(seen == "[a|1][|2\n3][d|]");
	}
}
