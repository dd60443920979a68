// SPDX-License-Identifier: GPL-2.0-or-later
//
// The sockets of RADIUS accounting, over loopback of both families.
#include "edge/sources/radius_server.h"
#include "loop_thread.h"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

using namespace gate25;
using namespace gate25::test;

namespace {

constexpr std::size_t enough = 200; // datagrams: more than one turn takes

// Answers each datagram with itself, turned round, and only when it is told to.
class RadiusWorld : public LoopThread {
public:
	explicit RadiusWorld(const std::vector<const char*>& addresses) {
		RadiusServerOptions options;
		for (const char* address : addresses) options.listen.push_back({*Address::parse(address), 0});
		options.take = [this](std::span<const RadiusDatagram> some) {
			++turns;
			for (const RadiusDatagram& each : some) taken.push_back({each.path, {each.bytes.rbegin(), each.bytes.rend()}});
		};
		auto opened = RadiusServer::open(loop_, std::move(options));
		if (!opened) throw std::runtime_error(opened.error().text);
		server_ = std::move(*opened);
		run();
	}
	~RadiusWorld() {
		on_loop([this] { server_.reset(); });
		end();
	}
	std::uint16_t port(std::size_t number) { return server_->listening().at(number).port; }
	void answer() {
		on_loop([this] { server_->send(taken); });
	}
	RadiusServerStatus status() {
		RadiusServerStatus now;
		on_loop([&] { now = server_->status(); });
		return now;
	}
	std::vector<RadiusAnswer> taken; // on the loop's thread
	std::size_t turns = 0;

private:
	std::unique_ptr<RadiusServer> server_;
};

struct Endpoint {
	Endpoint(const char* address, std::uint16_t port) {
		if (const Address read = *Address::parse(address); read.family() == Family::ipv4) {
			auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
			v4.sin_family = AF_INET;
			v4.sin_port = htons(port);
			std::memcpy(&v4.sin_addr, read.bytes().data(), 4);
			length = sizeof v4;
		} else {
			auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
			v6.sin6_family = AF_INET6;
			v6.sin6_port = htons(port);
			std::memcpy(&v6.sin6_addr, read.bytes().data(), 16);
			length = sizeof v6;
		}
	}
	const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
	sockaddr_storage storage{};
	socklen_t length = 0;
};

// A connected socket takes answers from the very address and port only that it has asked.
class Asker {
public:
	Asker(const char* from, const char* to, std::uint16_t port) {
		const Endpoint own(from, 0), other(to, port);
		fd_ = Descriptor(::socket(own.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
		const timeval limit{20, 0};
		::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
		REQUIRE(::bind(fd_.get(), own.get(), own.length) == 0);
		REQUIRE(::connect(fd_.get(), other.get(), other.length) == 0);
	}
	void ask(const std::string& text) { REQUIRE(::send(fd_.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size())); }
	std::string answer() {
		std::string out(5000, '\0');
		const ssize_t got = ::recv(fd_.get(), out.data(), out.size(), 0);
		out.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
		return got < 0 ? "nothing came" : out;
	}

private:
	Descriptor fd_;
};

} // namespace

TEST_CASE("radius server: both families are taken with who sent them, and answered") {
	RadiusWorld world({"127.0.0.1", "::1"});
	Asker v4("127.0.0.1", "127.0.0.1", world.port(0)), v6("::1", "::1", world.port(1));
	v4.ask("abc");
	v6.ask("def");
	REQUIRE(world.wait_for([&] { return world.taken.size() == 2; }));
	world.on_loop([&] {
		for (const RadiusAnswer& each : world.taken) {
			CHECK(each.path.peer == each.path.own);
			CHECK(each.path.peer.text() == (each.path.listener == 0 ? "127.0.0.1" : "::1"));
			CHECK(each.path.port != 0);
		}
	});
	world.answer();
	CHECK(v4.answer() == "cba");
	CHECK(v6.answer() == "fed");
	CHECK(world.status().sent == 2);
}

TEST_CASE("radius server: who listens on all addresses answers from the one that was asked") {
	RadiusWorld world({"0.0.0.0", "::"});
	Asker far("127.0.0.1", "127.0.0.77", world.port(0)), v6("::1", "::1", world.port(1));
	far.ask("abc");
	v6.ask("def");
	REQUIRE(world.wait_for([&] { return world.taken.size() == 2; }));
	world.answer();
	CHECK(far.answer() == "cba");
	CHECK(v6.answer() == "fed");
}

TEST_CASE("radius server: many that wait are taken together, and what is too long is not taken") {
	RadiusWorld world({"127.0.0.1"});
	Asker asker("127.0.0.1", "127.0.0.1", world.port(0));
	asker.ask(std::string(4097, 'x'));
	asker.ask(std::string(4096, 'y'));
	REQUIRE(world.wait_for([&] { return world.taken.size() == 1; }));
	CHECK(world.status().too_long == 1);
	world.on_loop([&] { // it waits meanwhile
		CHECK(world.taken.front().bytes.size() == 4096);
		for (std::size_t i = 0; i < enough; ++i) asker.ask(std::to_string(i));
		world.taken.clear();
		world.turns = 0;
	});
	REQUIRE(world.wait_for([&] { return world.taken.size() == enough; }));
	world.on_loop([&] { CHECK(world.turns == (enough + RadiusServer::at_once - 1) / RadiusServer::at_once); });
	world.answer();
	for (std::size_t i = 0; i < enough; ++i) {
		const std::string text = std::to_string(i);
		CHECK(asker.answer() == std::string(text.rbegin(), text.rend()));
	}
	CHECK(world.status().received == enough + 2);
}

TEST_CASE("radius server: an answer that cannot go holds up no other, and one for an endpoint that is gone goes nowhere") {
	RadiusWorld world({"127.0.0.1"});
	Asker asker("127.0.0.1", "127.0.0.1", world.port(0));
	asker.ask("abc");
	REQUIRE(world.wait_for([&] { return world.taken.size() == 1; }));
	world.on_loop([&] {
		RadiusAnswer nowhere = world.taken.front(), gone = nowhere;
		nowhere.path.own = *Address::parse("198.51.100.1"); // not ours
		gone.path.listener = 7;
		world.taken.insert(world.taken.begin(), {nowhere, gone});
	});
	world.answer();
	CHECK(asker.answer() == "cba");
	CHECK(world.status().sent == 1);
	CHECK(world.status().unsent == 1);
}

TEST_CASE("radius server: a port that another has is an error that names it") {
	RadiusWorld world({"127.0.0.1"});
	Loop loop;
	RadiusServerOptions options;
	options.listen = {{*Address::parse("127.0.0.1"), world.port(0)}};
	const auto opened = RadiusServer::open(loop, std::move(options));
	REQUIRE(!opened);
	CHECK(opened.error().text.find("127.0.0.1:" + std::to_string(world.port(0))) != std::string::npos);
	CHECK(opened.error().text.find("another program has it") != std::string::npos);
}
