// SPDX-License-Identifier: GPL-2.0-or-later
#include "http_world.h"

#include <doctest/doctest.h>

#include <random>

using namespace gate25;
using namespace gate25::test;

TEST_CASE("http: many requests on one connection") {
	ServerWorld world;
	RawClient client(world.path);
	for (int i = 0; i < 100; ++i) {
		const std::string body = std::to_string(i);
		REQUIRE(client.send("POST /v1/echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
		                    "\r\n\r\n" + body));
		const std::string reply = client.reply();
		REQUIRE(has_status(reply, 200));
		CHECK(body_of(reply) == body);
	}
	CHECK(world.status().counters.accepted == 1);
}

TEST_CASE("http: requests that are sent ahead are answered in order") {
	ServerWorld world;
	RawClient client(world.path);
	const std::string first = "POST /v1/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n";
	client.send(first + "a" + first + "b" + first + "c");
	CHECK(body_of(client.reply()) == "a");
	CHECK(body_of(client.reply()) == "b");
	CHECK(body_of(client.reply()) == "c");
}

TEST_CASE("http: a chunked body arrives whole") {
	ServerWorld world;
	RawClient client(world.path);
	client.send("POST /v1/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
	            "5;name=value\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\nTrailer: x\r\n\r\n");
	CHECK(body_of(client.reply()) == "hello world");
	CHECK(has_status(client.get("/"), 200));
}

TEST_CASE("http: the handler gets the request decoded") {
	ServerWorld world;
	RawClient client(world.path);
	client.send("DELETE /v1/quarantines/2001:db8::%2F56?reason=a+b%2Bc&all HTTP/1.1\r\nHost: x\r\n"
	            "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
	REQUIRE(has_status(client.reply(), 200));
	world.on_loop([&] {
		CHECK(world.last.method == "DELETE");
		CHECK(world.last.path == std::vector<std::string>{"v1", "quarantines", "2001:db8::/56"});
		CHECK(world.last.query == std::map<std::string, std::string>{{"reason", "a b+c"}, {"all", ""}});
		CHECK(world.last.content_type == "application/json");
		CHECK(world.last.body == "{}");
		CHECK(world.last.peer.uid == ::geteuid());
		CHECK(world.last.peer.pid == ::getpid());
		CHECK_FALSE(world.last.peer.user.empty());
	});
}

TEST_CASE("http: what is malformed gets 400 and is closed") {
	ServerWorld world;
	const std::string post = "POST / HTTP/1.1\r\nHost: x\r\n";
	for (const std::string& text : {
	         std::string("hello\r\n\r\n"),
	         std::string("GET / HTTP/1.1\r\nHost: x\r\nbroken field\r\n\r\n"),
	         std::string("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"),
	         std::string("GET / HTTP/1.1\r\n\r\n"),
	         std::string("GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", 29),
	         post + "Content-Length: -1\r\n\r\n",
	         post + "Content-Length: 18446744073709551616\r\n\r\n",
	         post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
	         post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	         post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
	         std::string("\x16\x03\x01\x02 tls\r\n\r\n"),
	     }) {
		CAPTURE(text);
		RawClient client(world.path);
		client.send(text);
		const std::string reply = client.reply();
		CHECK(has_status(reply, 400));
		CHECK(body_of(reply).rfind(R"({"schema":1,"error":{"code":"bad_input","message":")", 0) == 0);
		CHECK(client.is_closed_by_server());
	}
	RawClient client(world.path);
	CHECK(has_status(client.get("/"), 200));
	CHECK(world.status().counters.broken == 11);
}

TEST_CASE("http: mutilated requests stop nobody") {
	HttpLimits limits;
	limits.linger_deadline = Milliseconds(50);
	ServerWorld world(limits);
	const std::vector<std::string> seeds = {
		"POST /v1/echo?a=1&b=%2F HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
		"POST /v1/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n",
		"GET /events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n",
		"HEAD http://x/twice HTTP/1.0\r\nExpect: 100-continue\r\nConnection: keep-alive, upgrade\r\n\r\n",
	};
	std::mt19937 random(25);
	const auto below = [&](std::size_t end) { return random() % end; };
	for (int i = 0; i < 2000; ++i) {
		std::string text = seeds[below(seeds.size())];
		for (std::size_t changes = below(4) + 1; changes > 0; --changes) {
			const std::size_t at = below(text.size());
			switch (below(4)) {
			case 0: text[at] = static_cast<char>(below(256)); break;
			case 1: text.erase(at, below(8)); break;
			case 2: text.insert(at, text.substr(below(text.size()), below(20))); break;
			default: text.insert(at, 1, "\r\n\0%:;= "[below(9)]); break;
			}
			if (text.empty()) text = "x";
		}
		RawClient client(world.path);
		client.send(text);
		client.stop_sending();
	}
	RawClient client(world.path);
	CHECK(has_status(client.get("/"), 200));
	client.close();
	CHECK(world.is_idle());
}

TEST_CASE("http: what is not spoken is named") {
	ServerWorld world;
	const auto status_of = [&](const std::string& head) {
		RawClient client(world.path);
		client.send(head + "\r\n");
		return client.reply().substr(9, 3);
	};
	CHECK(status_of("GET / HTTP/2.0\r\nHost: x\r\n") == "505");
	CHECK(status_of("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n") == "501");
	CHECK(status_of("POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n") == "415");
	CHECK(status_of("POST / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nContent-Length: 1\r\n") == "417");
	CHECK(status_of("GET / HTTP/1.0\r\n") == "200");
}

TEST_CASE("http: a wrong target gets 400 and the connection goes on") {
	ServerWorld world;
	RawClient client(world.path);
	for (const char* target : {"/%", "/%4", "/%zz", "/%u1234", "/%00", "/%ff", "/?a=1&a=2", "/?=1", "x", "*"}) {
		CAPTURE(target);
		CHECK(has_status(client.get(target), 400));
	}
	CHECK(has_status(client.get("/"), 200));
}

TEST_CASE("http: oversized requests are refused before they are read") {
	HttpLimits limits;
	limits.body_limit = 1000;
	ServerWorld world(limits);
	{
		RawClient client(world.path);
		client.send("POST /v1/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n");
		const std::string reply = client.reply();
		CHECK(has_status(reply, 413));
		CHECK(
		    body_of(reply) ==
		    R"({"schema":1,"error":{"code":"too_large","message":"the body of a request may have 1000 bytes: send it in parts"}})");
		CHECK(client.is_closed_by_server());
	}
	{
		RawClient client(world.path);
		client.send("POST /v1/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
		            std::string(1001, 'x') + "\r\n0\r\n\r\n");
		CHECK(has_status(client.reply(), 413));
	}
	{
		RawClient client(world.path);
		client.send("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(16 * 1024, 'x') + "\r\n\r\n");
		CHECK(has_status(client.reply(), 431));
	}
	RawClient client(world.path);
	client.send("POST /v1/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x'));
	CHECK(has_status(client.reply(), 200));
}

TEST_CASE("http: a client that sends a gibibyte reads why it is refused") {
	ServerWorld world;
	RawClient client(world.path);
	client.send("POST /v1/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n");
	const std::string part(std::size_t{1} << 20U, 'x');
	for (int i = 0; i < 1024 && client.send(part); ++i) {
	}
	CHECK(has_status(client.reply(), 413));
}

TEST_CASE("http: a client that asks first is told to go on") {
	ServerWorld world;
	RawClient client(world.path);
	client.send("POST /v1/echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
	CHECK(client.reply() == "HTTP/1.1 100 Continue\r\n\r\n");
	client.send("ok");
	CHECK(body_of(client.reply()) == "ok");
}

TEST_CASE("http: HEAD gets the length without the body") {
	ServerWorld world;
	RawClient client(world.path);
	client.send("HEAD /v1/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc");
	const std::string reply = client.until("nothing more");
	CHECK(has_status(reply, 200));
	CHECK(reply.find("Content-Length: 3\r\n") != std::string::npos);
	CHECK(body_of(reply).empty());
}

TEST_CASE("http: a handler answers late, twice, never, or throws") {
	ServerWorld world;
	RawClient client(world.path);
	CHECK(has_status(client.get("/twice"), 200));
	CHECK(has_status(client.get("/throw"), 500));
	CHECK(has_status(client.get("/memory"), 503));
	CHECK(has_status(client.get("/never"), 500));
	client.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	REQUIRE(world.wait_for([&] { return world.held.size() == 1; }));
	RawClient other(world.path);
	CHECK(has_status(other.get("/"), 200)); // meanwhile
	world.on_loop([&] { world.held.front()(HttpResponse{201, "late", "text/plain", {}}); });
	const std::string reply = client.reply();
	CHECK(has_status(reply, 201));
	CHECK(body_of(reply) == "late");
	CHECK(has_status(client.get("/"), 200));
}

TEST_CASE("http: a client that has gone meanwhile does no harm") {
	ServerWorld world;
	{
		RawClient client(world.path);
		client.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
		REQUIRE(world.wait_for([&] { return world.held.size() == 1; }));
	}
	world.on_loop([&] { world.held.front()(HttpResponse{}); });
	CHECK(world.is_idle());
}

TEST_CASE("http: a client that has sent all and shut its side gets its reply") {
	ServerWorld world;
	RawClient client(world.path);
	client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	client.stop_sending();
	CHECK(has_status(client.reply(), 200));
	CHECK(client.is_closed_by_server());
}

TEST_CASE("http: a stop lets running replies end and refuses new connections") {
	ServerWorld world;
	RawClient working(world.path);
	RawClient idle(world.path);
	CHECK(has_status(idle.get("/"), 200));
	working.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	REQUIRE(world.wait_for([&] { return world.held.size() == 1; }));
	bool is_stopped = false;
	world.on_loop([&] { world.server().stop([&] { is_stopped = true; }); });
	CHECK(idle.is_closed_by_server());
	CHECK_FALSE(RawClient(world.path).is_connected());
	CHECK_FALSE(std::filesystem::exists(world.path));
	CHECK_FALSE(is_stopped);
	world.on_loop([&] { world.held.front()(HttpResponse{}); });
	const std::string reply = working.reply();
	CHECK(has_status(reply, 200));
	CHECK(reply.find("Connection: close") != std::string::npos);
	working.close();
	CHECK(world.wait_for([&] { return is_stopped; }));
}

TEST_CASE("http: a stop does not wait for ever") {
	HttpLimits limits;
	limits.stop_deadline = Milliseconds(50);
	ServerWorld world(limits);
	RawClient client(world.path);
	client.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	REQUIRE(world.wait_for([&] { return world.held.size() == 1; }));
	bool is_stopped = false;
	world.on_loop([&] { world.server().stop([&] { is_stopped = true; }); });
	CHECK(world.wait_for([&] { return is_stopped; }));
	CHECK(client.is_closed_by_server());
	world.on_loop([&] { world.held.front()(HttpResponse{}); }); // too late, and nobody minds
}
