// SPDX-License-Identifier: GPL-2.0-or-later
//
// Clients that cost others something, if they are let.
#include "edge/peer.h"
#include "http_world.h"

#include <doctest/doctest.h>

#include <grp.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cstring>

using namespace gate25;
using namespace gate25::test;

namespace {

constexpr std::uint32_t nobody = 65534;

// Asks once as the user nobody and returns the beginning of the reply. Only system calls between fork and
// exit: the process has other threads.
std::string ask_as_nobody(const std::string& path) {
	sockaddr_un address{};
	address.sun_family = AF_UNIX;
	std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
	constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	int ends[2];
	REQUIRE(::pipe(ends) == 0);
	const pid_t child = ::fork();
	if (child == 0) {
		char bytes[4096];
		const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
		const bool is_ready = ::setgroups(0, nullptr) == 0 && ::setgid(nobody) == 0 && ::setuid(nobody) == 0 &&
		                      ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
		                      ::write(fd, request.data(), request.size()) > 0;
		for (ssize_t size = 0; is_ready && (size = ::read(fd, bytes, sizeof bytes)) > 0;)
			if (::write(ends[1], bytes, static_cast<std::size_t>(size)) < 0) break;
		::_exit(0);
	}
	::close(ends[1]);
	std::string reply;
	char bytes[4096];
	for (ssize_t size = 0; (size = ::read(ends[0], bytes, sizeof bytes)) > 0;)
		reply.append(bytes, static_cast<std::size_t>(size));
	::close(ends[0]);
	::waitpid(child, nullptr, 0);
	return reply;
}

std::vector<RawClient> silent_clients(const std::string& path, int count) {
	std::vector<RawClient> clients;
	for (int i = 0; i < count; ++i) clients.emplace_back(path);
	return clients;
}

} // namespace

TEST_CASE("http: the peer is who the kernel says, and a wrong one is refused with a reason" *
          doctest::skip(::geteuid() != 0)) {
	std::vector<Peer> asked; // of the loop's thread
	ServerWorld world({}, "nogroup", [&](const Peer& peer, SocketKind) -> Result<void> {
		asked.push_back(peer);
		if (peer.uid == 0) return {};
		return fail(ErrorKind::denied, peer.user + " may not use this socket");
	});
	const std::string reply = ask_as_nobody(world.path);
	CHECK(has_status(reply, 403));
	CHECK(body_of(reply) == R"({"schema":1,"error":{"code":"denied","message":"nobody may not use this socket"}})");
	RawClient root(world.path);
	CHECK(has_status(root.get("/"), 200));
	CHECK(has_status(root.get("/"), 200));
	world.on_loop([&] {
		REQUIRE(asked.size() == 2); // once for each connection
		CHECK(asked[0].uid == nobody);
		CHECK(asked[0].gid == nobody);
		CHECK(asked[0].user == "nobody");
		CHECK(asked[1].uid == 0);
	});
	CHECK(world.status().counters.denied == 1);
}

TEST_CASE("peer: members of a group") {
	CHECK(is_member(0, 0, "root"));
	CHECK_FALSE(is_member(nobody, nobody, "root"));
	CHECK(is_member(4242, 0, "root")); // by the primary group, even without a name
	CHECK_FALSE(is_member(4242, 4242, "root"));
	CHECK_FALSE(is_member(0, 0, "no-such-group"));
	CHECK(user_name(0) == "root");
	CHECK(user_name(4242424) == "uid 4242424");
}

TEST_CASE("http: silent and slow clients are closed by their deadline") {
	HttpLimits limits;
	limits.request_deadline = Milliseconds(100);
	ServerWorld world(limits);
	RawClient silent(world.path);
	RawClient in_the_head(world.path);
	RawClient in_the_body(world.path);
	in_the_head.send("GET / HT");
	in_the_body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
	CHECK(silent.is_closed_by_server());
	CHECK(in_the_head.is_closed_by_server());
	CHECK(in_the_body.is_closed_by_server());
	CHECK(world.wait_for([&] { return world.server().status().counters.timed_out == 3; }));
}

TEST_CASE("http: who asks nothing more is closed by the idle deadline") {
	HttpLimits limits;
	limits.idle_deadline = Milliseconds(10);
	ServerWorld world(limits);
	RawClient client(world.path);
	CHECK(has_status(client.get("/"), 200));
	CHECK(client.is_closed_by_server());
}

TEST_CASE("http: a byte now and then does not move the deadline") {
	HttpLimits limits;
	limits.request_deadline = Milliseconds(100);
	ServerWorld world(limits);
	RawClient client(world.path);
	const auto end = std::chrono::steady_clock::now() + too_long;
	bool is_open = client.send("GET /");
	while (is_open && std::chrono::steady_clock::now() < end) {
		is_open = client.send("x");
		std::this_thread::sleep_for(Milliseconds(5));
	}
	CHECK_FALSE(is_open);
}

TEST_CASE("http: a client that does not read its reply is closed, and delays nobody") {
	HttpLimits limits;
	limits.write_deadline = Milliseconds(100);
	limits.slowest_reader = std::size_t{1} << 30U;
	ServerWorld world(limits);
	RawClient greedy(world.path);
	greedy.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
	RawClient other(world.path);
	other.send("POST /v1/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
	CHECK(world.wait_for([&] { return world.server().status().counters.timed_out >= 1; }));
	CHECK(greedy.is_closed_by_server());
}

TEST_CASE("http: who leaves replies unread gets no further work done") {
	HttpLimits limits;
	limits.unread_total = 1 << 20;
	limits.write_deadline = Seconds(600);
	ServerWorld world(limits);
	RawClient greedy(world.path);
	greedy.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
	REQUIRE(world.wait_for([&] { return world.server().status().counters.requests == 1; }));
	RawClient second(world.path);
	CHECK(has_status(second.get("/"), 503));
	CHECK(body_of(greedy.reply()).size() == std::size_t{64} << 20U);
	CHECK(has_status(second.get("/"), 200));
}

TEST_CASE("http: all requests together have a bounded size") {
	HttpLimits limits;
	limits.bodies_total = 1000;
	ServerWorld world(limits);
	RawClient first(world.path);
	first.send("POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n" + std::string(900, 'x'));
	REQUIRE(world.wait_for([&] { return world.held.size() == 1; }));
	RawClient second(world.path);
	const std::string request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n" + std::string(900, 'x');
	second.send(request);
	const std::string reply = second.reply();
	CHECK(has_status(reply, 503));
	CHECK(reply.find("Retry-After: 1\r\n") != std::string::npos);
	world.on_loop([&] { world.held.front()(HttpResponse{}); });
	CHECK(has_status(first.reply(), 200));
	RawClient third(world.path);
	third.send(request);
	CHECK(has_status(third.reply(), 200));
}

TEST_CASE("http: a working client is served though far more silent ones are there") {
	HttpLimits limits;
	limits.max_connections = 64;
	ServerWorld world(limits);
	RawClient working(world.path);
	working.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	REQUIRE(world.wait_for([&] { return world.held.size() == 1; }));
	const auto silent = silent_clients(world.path, 1000);
	RawClient late(world.path);
	CHECK(has_status(late.get("/"), 200));
	world.on_loop([&] { world.held.front()(HttpResponse{}); });
	CHECK(has_status(working.reply(), 200)); // was never closed for others
	const HttpStatus status = world.status();
	CHECK(status.connections <= 64);
	CHECK(status.closed_for_others == 1002 - 64);
}

TEST_CASE("http: when all are at work, one more is told to try again") {
	HttpLimits limits;
	limits.max_connections = 2;
	ServerWorld world(limits);
	std::vector<RawClient> working = silent_clients(world.path, 2);
	for (RawClient& each : working) each.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	REQUIRE(world.wait_for([&] { return world.held.size() == 2; }));
	RawClient late(world.path);
	const std::string reply = late.reply();
	CHECK(has_status(reply, 503));
	CHECK(body_of(reply).find("too many connections") != std::string::npos);
	CHECK(world.status().counters.refused == 1);
}

TEST_CASE("quota: everybody has a share, and root a reserve") {
	Quota quota({10, 4, 3});
	quota.take(1, 4);
	CHECK_FALSE(quota.fits(1, 1));
	CHECK_FALSE(quota.fits_share(1, 1));
	CHECK(quota.fits(2, 3));
	CHECK_FALSE(quota.fits(2, 4)); // the reserve
	CHECK(quota.fits_share(2, 4));
	quota.take(0, 6);
	CHECK_FALSE(quota.fits(0, 1)); // the total
	quota.give(1, 4);
	CHECK(quota.fits(0, 4));
	CHECK(quota.held() == 6);
	CHECK(quota.held_by(1) == 0);
}

namespace {

struct FakeConnection : Connection {
	FakeConnection(ConnectionTable& where, std::uint32_t user) : Connection(user), table(where) {
		table.add(*this);
	}
	~FakeConnection() override { table.remove(*this); }
	void close() override {
		is_closed = true;
		table.remove(*this);
	}
	void finish() override {}
	ConnectionTable& table;
	bool is_closed = false;
};

} // namespace

TEST_CASE("connections: a user who opens too many closes his own oldest") {
	ConnectionTable table({10, 2, 2});
	FakeConnection other(table, 2);
	FakeConnection first(table, 1);
	FakeConnection second(table, 1);
	CHECK(table.make_place(1));
	CHECK(first.is_closed);
	CHECK_FALSE(second.is_closed);
	CHECK_FALSE(other.is_closed);
}

TEST_CASE("connections: others do not take the places of root") {
	ConnectionTable table({4, 4, 2});
	FakeConnection root(table, 0);
	FakeConnection first(table, 1);
	FakeConnection second(table, 2);
	first.enter(Connection::Phase::working);
	second.enter(Connection::Phase::working);
	CHECK_FALSE(table.make_place(3));
	CHECK_FALSE(root.is_closed);
	CHECK(table.make_place(0));
}

TEST_CASE("connections: who has said nothing goes before who is in the middle of a request") {
	ConnectionTable table({3, 3, 0});
	FakeConnection reading(table, 1);
	FakeConnection idle(table, 1);
	FakeConnection working(table, 1);
	reading.enter(Connection::Phase::reading);
	working.enter(Connection::Phase::working);
	CHECK(table.make_place(2));
	CHECK(idle.is_closed);
	table.add(idle);
	idle.enter(Connection::Phase::following);
	CHECK(table.make_place(2));
	CHECK(reading.is_closed);
	table.add(reading);
	reading.enter(Connection::Phase::working);
	CHECK_FALSE(table.make_place(2));
}
