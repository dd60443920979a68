// SPDX-License-Identifier: GPL-2.0-or-later
//
// Mail servers on the sockets of the policy service: their haste, their silence, their garbage.
#include "edge/policy_server.h"
#include "http_world.h"
#include "loop_thread.h"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>

using namespace gate25;
using namespace gate25::test;

namespace {

const PolicyEndpoint loopback4{*Address::parse("127.0.0.1"), 0}, loopback6{*Address::parse("::1"), 0};

// Answers each request with its own text in brackets; its loop runs on a thread of its own.
class PolicyWorld : public LoopThread {
public:
	using Change = std::function<void(PolicyServerOptions&)>;
	explicit PolicyWorld(const Change& change = {}) {
		PolicyServerOptions options;
		options.path = path;
		options.is_for_everyone = true;
		options.listen = {loopback4, loopback6};
		options.clients = {*Prefix::parse("127.0.0.1"), *Prefix::parse("::1")};
		options.answer = [this](std::string_view request) {
			++answered;
			return "[" + std::string(request) + "]\n\n";
		};
		options.answer_too_long = [] { return std::string("too long\n\n"); };
		options.on_stranger = [this](const std::string& who) { strangers.push_back(who); };
		if (change) change(options);
		auto opened = PolicyServer::open(loop_, std::move(options));
		if (!opened) throw std::runtime_error(opened.error().text);
		server_ = std::move(*opened);
		run();
	}
	~PolicyWorld() {
		on_loop([this] { server_.reset(); });
		end();
	}
	PolicyServerStatus status() {
		PolicyServerStatus now;
		on_loop([&] { now = server_->status(); });
		return now;
	}
	std::uint16_t port(std::size_t number) {
		std::uint16_t found = 0;
		on_loop([&] { found = server_->listening().at(number).port; });
		return found;
	}
	PolicyServer& server() { return *server_; }

	TempDirectory directory;
	std::string path = directory / "policy.sock";
	std::size_t answered = 0; // on the loop's thread
	std::vector<std::string> strangers;

private:
	std::unique_ptr<PolicyServer> server_;
};

// A connection over loopback, from an address of its choice.
class TcpClient {
public:
	TcpClient(Family family, std::uint16_t port, const char* from = nullptr) {
		const bool is_v6 = family == Family::ipv6;
		fd_ = Descriptor(::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
		const timeval limit{too_long.count(), 0};
		::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
		sockaddr_in v4{}, own{};
		v4.sin_family = own.sin_family = AF_INET;
		v4.sin_port = htons(port);
		v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		sockaddr_in6 v6{};
		v6.sin6_family = AF_INET6;
		v6.sin6_port = htons(port);
		v6.sin6_addr = in6addr_loopback;
		if (from != nullptr) {
			::inet_pton(AF_INET, from, &own.sin_addr);
			REQUIRE(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0);
		}
		const auto* to = is_v6 ? reinterpret_cast<const sockaddr*>(&v6) : reinterpret_cast<const sockaddr*>(&v4);
		REQUIRE(::connect(fd_.get(), to, is_v6 ? sizeof v6 : sizeof v4) == 0);
	}
	void send(std::string_view text) const { REQUIRE(::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL) > 0); }
	// What comes next; empty: the server has closed.
	std::string receive() const {
		char bytes[4096];
		const auto size = ::recv(fd_.get(), bytes, sizeof bytes, 0);
		return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : std::string();
	}

private:
	Descriptor fd_;
};

} // namespace

TEST_CASE("policy server: a request in any pieces gets its answer, and the connection stays") {
	PolicyWorld world;
	RawClient client(world.path);
	const std::string request = "a=1\nb=2\n\n";
	for (int round = 0; round < 3; ++round) {
		for (const char byte : request) REQUIRE(client.send({&byte, 1}));
		const std::string all = client.until(std::string("[a=1\nb=2]\n\n"));
		CHECK(all.ends_with("[a=1\nb=2]\n\n"));
	}
	REQUIRE(client.send("last=1\n\n"));
	CHECK(client.until("[last=1]").ends_with("[a=1\nb=2]\n\n[last=1]\n\n"));
	CHECK(world.status().connections == 1);
	CHECK(world.status().accepted == 1);
}

TEST_CASE("policy server: over TCP in both families") {
	PolicyWorld world;
	for (const auto& [family, number] : {std::pair(Family::ipv4, 0), std::pair(Family::ipv6, 1)}) {
		const TcpClient client(family, world.port(static_cast<std::size_t>(number)));
		client.send("a=1\n\n");
		CHECK(client.receive() == "[a=1]\n\n");
	}
}

TEST_CASE("policy server: an address that may not ask is closed unheard, and told of") {
	PolicyWorld world;
	const TcpClient stranger(Family::ipv4, world.port(0), "127.0.0.9");
	CHECK(stranger.receive().empty());
	CHECK(world.status().strangers == 1);
	CHECK(world.status().connections == 0);
	world.on_loop([&] {
		CHECK(world.strangers == std::vector<std::string>{"127.0.0.9"});
		world.server().set_clients({*Prefix::parse("127.0.0.0/28")});
	});
	const TcpClient again(Family::ipv4, world.port(0), "127.0.0.9");
	again.send("a=1\n\n");
	CHECK(again.receive() == "[a=1]\n\n");
}

TEST_CASE("policy server: a user who may not ask is closed unheard") {
	std::string asked;
	PolicyWorld world([&](PolicyServerOptions& options) {
		options.authorize = [&](const Peer& peer) -> Result<void> {
			asked = peer.user;
			return fail(ErrorKind::denied, "no");
		};
	});
	RawClient client(world.path);
	(void)client.send("a=1\n\n");
	CHECK(client.is_closed_by_server());
	CHECK(world.status().denied == 1);
	CHECK_FALSE(asked.empty());
	world.on_loop([&] { CHECK(world.answered == 0); });
}

TEST_CASE("policy server: requests in a row are answered in their order, however many") {
	PolicyWorld world;
	RawClient client(world.path);
	std::string row, wanted;
	for (int i = 0; i < 20'000; ++i) {
		row += "n=" + std::to_string(i) + "\n\n";
		wanted += "[n=" + std::to_string(i) + "]\n\n";
	}
	std::thread writer([&] { CHECK(client.send(row)); });
	const std::string got = client.until("[n=19999]\n\n");
	writer.join();
	CHECK(got == wanted);
}

TEST_CASE("policy server: nothing more is read from whoever does not read his answers; others are served") {
	PolicyWorld world;
	auto fd = connect_unix(world.path, too_long);
	REQUIRE(fd);
	::fcntl(fd->get(), F_SETFL, O_NONBLOCK);
	const std::string request = std::string(1000, 'x') + "\n\n";
	std::size_t sent = 0;
	// Until the server has read no more for some rounds of its loop: its side is full, and so is ours.
	for (int quiet = 0; quiet < 50 && sent < 100'000;) {
		if (::send(fd->get(), request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
			++sent;
			quiet = 0;
			continue;
		}
		world.on_loop([] {});
		++quiet;
	}
	CHECK(sent < 100'000);
	std::size_t answered = 0;
	world.on_loop([&] { answered = world.answered; });
	CHECK(answered < sent);
	RawClient other(world.path);
	REQUIRE(other.send("a=1\n\n"));
	CHECK(other.until("[a=1]\n\n") == "[a=1]\n\n");
}

TEST_CASE("policy server: the longest request passes; a longer one is answered and is the last") {
	const auto shorter = [](PolicyServerOptions& options) { options.limits.longest_request = 100; };
	for (const bool is_whole : {false, true}) {
		PolicyWorld world(shorter);
		RawClient client(world.path);
		REQUIRE(client.send(std::string(100, 'x') + "\n\n"));
		CHECK(client.until("]\n\n") == "[" + std::string(100, 'x') + "]\n\n");
		REQUIRE(client.send(std::string(101, 'y') + (is_whole ? "\n\n" : "yy")));
		CHECK(client.until("too long\n\n").ends_with("]\n\ntoo long\n\n"));
		CHECK(client.is_closed_by_server());
		CHECK(world.status().too_long == 1);
	}
}

TEST_CASE("policy server: an empty line alone is an empty request") {
	PolicyWorld world;
	RawClient client(world.path);
	REQUIRE(client.send("\n\na=1\n\n\n"));
	CHECK(client.until("[a=1]\n\n[]\n\n") == "[]\n\n[]\n\n[a=1]\n\n[]\n\n");
}

TEST_CASE("policy server: for a newcomer the connection goes that was idle for the longest time") {
	PolicyWorld world([](PolicyServerOptions& options) { options.limits.max_connections = 2; });
	RawClient first(world.path), second(world.path);
	for (RawClient* client : {&second, &first}) {
		REQUIRE(client->send("a=1\n\n"));
		CHECK(client->until("[a=1]\n\n") == "[a=1]\n\n");
	}
	RawClient third(world.path);
	REQUIRE(third.send("a=3\n\n"));
	CHECK(third.until("[a=3]\n\n") == "[a=3]\n\n");
	CHECK(second.is_closed_by_server());
	REQUIRE(first.send("b=1\n\n"));
	CHECK(first.until("[b=1]\n\n") == "[a=1]\n\n[b=1]\n\n");
	CHECK(world.status().closed_for_others == 1);
	CHECK(world.status().connections == 2);
}

TEST_CASE("policy server: whoever has too many connections loses his own") {
	PolicyWorld world([](PolicyServerOptions& options) { options.limits.max_per_peer = 2; });
	const TcpClient other(Family::ipv4, world.port(0));
	other.send("a=1\n\n");
	CHECK(other.receive() == "[a=1]\n\n");
	std::vector<std::unique_ptr<RawClient>> many;
	for (int i = 0; i < 10; ++i) {
		many.push_back(std::make_unique<RawClient>(world.path));
		REQUIRE(many.back()->send("a=1\n\n"));
		CHECK(many.back()->until("[a=1]\n\n") == "[a=1]\n\n");
	}
	CHECK(world.status().connections == 3);
	other.send("b=1\n\n");
	CHECK(other.receive() == "[b=1]\n\n");
}

TEST_CASE("policy server: the silent, the slow and the unheard are closed in the end") {
	PolicyWorld world([](PolicyServerOptions& options) {
		options.limits.look_every = Milliseconds(5);
		options.limits.idle_deadline = options.limits.request_deadline = options.limits.write_deadline = Milliseconds(50);
	});
	RawClient silent(world.path), slow(world.path), unheard(world.path);
	REQUIRE(slow.send("a="));
	std::thread writer([&] { // fails when it is closed
		while (unheard.send(std::string(1000, 'x') + "\n\n")) {
		}
	});
	CHECK(silent.is_closed_by_server());
	CHECK(slow.is_closed_by_server());
	CHECK(world.wait_for([&] { return world.server().status().connections == 0; }));
	writer.join();
	CHECK(world.status().timed_out == 3);
}

TEST_CASE("policy server: stopping closes all, and the path is gone") {
	PolicyWorld world;
	RawClient client(world.path);
	REQUIRE(client.send("a=1\n\n"));
	CHECK(client.until("[a=1]\n\n") == "[a=1]\n\n");
	bool is_stopped = false;
	world.on_loop([&] { world.server().stop([&] { is_stopped = true; }); });
	CHECK(world.wait_for([&] { return is_stopped; }));
	CHECK(client.is_closed_by_server());
	CHECK_FALSE(std::filesystem::exists(world.path));
}

TEST_CASE("policy server: a port that another has is refused by name") {
	PolicyWorld world;
	Loop loop;
	PolicyServerOptions options;
	options.listen = {PolicyEndpoint{loopback6.address, world.port(1)}};
	const auto opened = PolicyServer::open(loop, std::move(options));
	REQUIRE_FALSE(opened);
	CHECK(opened.error().text == "cannot listen on [::1]:" + std::to_string(world.port(1)) +
	                                 " for the policy service: Address already in use; another program has it: choose another port");
}

TEST_CASE("policy server: an address that is not here yet is listened on") {
	PolicyWorld world([](PolicyServerOptions& options) {
		options.listen = {PolicyEndpoint{*Address::parse("192.0.2.77"), 0}, PolicyEndpoint{*Address::parse("2001:db8::77"), 0}};
	});
	CHECK(world.port(0) != 0);
	CHECK(world.port(1) != 0);
}
