// SPDX-License-Identifier: GPL-2.0-or-later
//
// The notice, over the loopback of both families: what it says, to whom, and how it ends.
#include "edge/smtp_notice.h"
#include "loop_thread.h"

#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <string>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace gate25;
using namespace gate25::test;

namespace {

const std::string greeting = "554 5.7.1 Not from here\r\n", again = "503 5.5.1 Bad sequence of commands, say QUIT\r\n",
                  goodbye = "221 2.0.0 Closing\r\n";

class Client {
public:
	Client(Family family, std::uint16_t port) : fd_(::socket(family == Family::ipv4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
		sockaddr_in v4{};
		v4.sin_family = AF_INET;
		v4.sin_port = htons(port);
		v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		sockaddr_in6 v6{};
		v6.sin6_family = AF_INET6;
		v6.sin6_port = htons(port);
		v6.sin6_addr = in6addr_loopback;
		const timeval limit{20, 0};
		::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
		const bool is_v4 = family == Family::ipv4;
		REQUIRE(::connect(fd_.get(), is_v4 ? reinterpret_cast<sockaddr*>(&v4) : reinterpret_cast<sockaddr*>(&v6),
		                  is_v4 ? sizeof v4 : sizeof v6) == 0);
	}
	void say(const std::string& text) const { ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL); }
	void say_no_more() const { ::shutdown(fd_.get(), SHUT_WR); }
	// So many bytes, or all there were until the end.
	std::string hear(std::size_t size) {
		std::string text(size, 0);
		std::size_t got = 0;
		while (got < size) {
			const auto part = ::recv(fd_.get(), text.data() + got, size - got, 0);
			if (part <= 0) {
				error_ = part < 0 ? errno : 0;
				break;
			}
			got += static_cast<std::size_t>(part);
		}
		text.resize(got);
		return text;
	}
	// "closed", "reset", or what came instead.
	std::string end() {
		if (const std::string text = hear(10'000); !text.empty()) return text;
		return error_ == 0 ? "closed" : error_ == ECONNRESET ? "reset" : "silence";
	}

private:
	Descriptor fd_;
	int error_ = 0;
};

class Notice : public LoopThread {
public:
	explicit Notice(SmtpNoticeLimits limits = {}, std::optional<std::uint16_t> dialled = 25) : dialled_(dialled) {
		auto opened = SmtpNotice::open(loop_, {0, "Not from here", [this](int) { return dialled_; }, limits});
		REQUIRE(opened);
		notice_ = std::move(*opened);
		run();
	}
	~Notice() {
		on_loop([this] { notice_.reset(); });
		end();
	}
	std::uint16_t port() const { return notice_->port(); }
	Client client(Family family) const { return {family, notice_->port()}; }
	SmtpNoticeStatus status() {
		SmtpNoticeStatus now;
		on_loop([&] { now = notice_->status(); });
		return now;
	}
	bool empties() {
		return wait_for([this] { return notice_->status().connections == 0; });
	}

private:
	std::optional<std::uint16_t> dialled_;
	std::unique_ptr<SmtpNotice> notice_;
};

constexpr std::array families{Family::ipv4, Family::ipv6};

// As RestrictAddressFamilies= of a unit does, for the calling thread only.
bool forbid(unsigned family, unsigned other) {
	constexpr unsigned refused = SECCOMP_RET_ERRNO | EAFNOSUPPORT;
	std::array<sock_filter, 7> filter{{
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, family, 2, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, other, 1, 0),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	    BPF_STMT(BPF_RET | BPF_K, refused),
	}};
	const sock_fprog program{filter.size(), filter.data()};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// What comes of it where sockets of these two families are refused.
Result<void> open_without(unsigned family, unsigned other) {
	Result<void> opened = fail(ErrorKind::bad_input, "there is no seccomp here");
	std::thread([&] {
		if (!forbid(family, other)) return;
		Loop loop;
		auto made = SmtpNotice::open(loop, {.port = 0, .text = "x"});
		opened = made ? Result<void>() : fail(made.error());
	}).join();
	return opened;
}

} // namespace

TEST_CASE("notice: it says why at once, and waits for QUIT") {
	Notice notice;
	for (const Family family : families) {
		Client client = notice.client(family);
		CHECK(client.hear(greeting.size()) == greeting);
		client.say("EHLO bot.example\r\n");
		CHECK(client.hear(again.size()) == again);
		client.say("quit\r\n");
		CHECK(client.hear(goodbye.size()) == goodbye);
		CHECK(client.end() == "closed");
	}
	CHECK(notice.empties());
	CHECK(notice.status().served == 2);
	CHECK(notice.status().refused == 0);
}

TEST_CASE("notice: lines may come together, in pieces, and with a bare newline") {
	Notice notice;
	Client client = notice.client(Family::ipv4);
	client.hear(greeting.size());
	client.say("HELO x\r\nMAIL FROM:<a@b.example>\nQU");
	CHECK(client.hear(2 * again.size()) == again + again);
	client.say("ITTER\r\nQU");
	CHECK(client.hear(again.size()) == again);
	client.say("IT\n");
	CHECK(client.end() == goodbye);
}

TEST_CASE("notice: QUIT counts with what stands behind it, other words do not") {
	Notice notice;
	for (const std::string word : {"QUIT now\r\n", "QUIT \r\n", "qUiT\n"}) {
		Client client = notice.client(Family::ipv6);
		client.hear(greeting.size());
		client.say(word);
		CHECK(client.end() == goodbye);
	}
	Client client = notice.client(Family::ipv6);
	client.hear(greeting.size());
	for (const std::string word : {"QUI\r\n", "QUITE\r\n", " QUIT\r\n", "\r\n"}) {
		client.say(word);
		CHECK(client.hear(again.size()) == again);
	}
}

TEST_CASE("notice: whoever goes without QUIT is let go") {
	Notice notice;
	Client client = notice.client(Family::ipv4);
	client.hear(greeting.size());
	client.say_no_more();
	CHECK(client.end() == "closed");
	CHECK(notice.empties());
}

TEST_CASE("notice: a line without an end is not waited for") {
	Notice notice;
	Client client = notice.client(Family::ipv4);
	client.hear(greeting.size());
	client.say(std::string(510, 'x') + "\r\n");
	CHECK(client.hear(again.size()) == again);
	client.say(std::string(600, 'x'));
	CHECK(client.hear(25) == "500 5.5.2 Line too long\r\n");
	CHECK(notice.empties());
}

TEST_CASE("notice: whoever talks without end is reset") {
	Notice notice({.commands = 3});
	Client client = notice.client(Family::ipv6);
	client.hear(greeting.size());
	client.say("NOOP\r\n");
	client.hear(again.size());
	client.say("NOOP\r\n");
	client.hear(again.size());
	client.say("NOOP\r\n");
	CHECK(client.end() == "reset");
	CHECK(notice.empties());
}

TEST_CASE("notice: time is short") {
	Notice notice({.time = Milliseconds(50)});
	for (const Family family : families) {
		Client client = notice.client(family);
		CHECK(client.hear(greeting.size()) == greeting);
		CHECK(client.end() == "reset");
	}
	CHECK(notice.empties());
}

TEST_CASE("notice: whoever did not dial port 25 hears nothing") {
	for (const std::optional<std::uint16_t> dialled : {std::optional<std::uint16_t>(2554), std::optional<std::uint16_t>()}) {
		Notice notice({}, dialled);
		for (const Family family : families) CHECK(notice.client(family).end() == "reset");
		CHECK(notice.status().refused == 2);
		CHECK(notice.status().served == 0);
	}
}

TEST_CASE("notice: without a redirect connection tracking names no port 25") {
	Loop loop;
	auto opened = SmtpNotice::open(loop, {.port = 0, .text = "Not from here"});
	REQUIRE(opened);
	for (const Family family : families) {
		Client client(family, (*opened)->port());
		const auto before = (*opened)->status().refused;
		CHECK(loop.run_until([&] { return (*opened)->status().refused > before; }, Milliseconds(20'000)));
		CHECK(client.end() == "reset");
	}
}

TEST_CASE("notice: a peer has some places, all together have some more, and each is free again") {
	Notice notice({.connections = 5, .per_peer = 3});
	std::vector<Client> there;
	for (const Family family : {Family::ipv4, Family::ipv4, Family::ipv4, Family::ipv6, Family::ipv6}) {
		there.push_back(notice.client(family));
		CHECK(there.back().hear(greeting.size()) == greeting);
	}
	CHECK(notice.status().connections == 5);
	CHECK(notice.client(Family::ipv4).end() == "reset"); // the peer's
	CHECK(notice.client(Family::ipv6).end() == "reset"); // everybody's
	CHECK(notice.status().refused == 2);
	there.clear();
	CHECK(notice.empties());
	for (const Family family : families) CHECK(notice.client(family).hear(greeting.size()) == greeting);
}

TEST_CASE("notice: a port that is taken is named") {
	const Notice notice;
	Loop loop;
	const auto taken = SmtpNotice::open(loop, {.port = notice.port(), .text = "x"});
	REQUIRE_FALSE(taken);
	CHECK(taken.error().text.find(std::to_string(notice.port())) != std::string::npos);
}

TEST_CASE("notice: with one family it serves that one, without both it says so") {
	CHECK(open_without(AF_INET, AF_INET));
	CHECK(open_without(AF_INET6, AF_INET6));
	const auto none = open_without(AF_INET, AF_INET6);
	REQUIRE_FALSE(none);
	CHECK(none.error().kind == ErrorKind::unavailable);
	CHECK(none.error().saved_errno == EAFNOSUPPORT);
	CHECK(none.error().text.find("RestrictAddressFamilies=AF_INET AF_INET6") != std::string::npos);
}
