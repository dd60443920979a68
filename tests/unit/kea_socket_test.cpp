// SPDX-License-Identifier: GPL-2.0-or-later
//
// Kea's control socket, played by a thread that answers what it is told to.
#include "edge/sources/kea_socket.h"
#include "store_fixture.h"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

using namespace gate25;
using namespace gate25::test;

namespace {

constexpr Milliseconds too_long{20'000};
const std::string family = R"({"arguments":{"Dhcp4":{}},"result":0})";
const std::string no_more = R"({"arguments":{"count":0,"leases":[]},"result":3})";

std::string page(const std::string& address) {
	return R"({"arguments":{"count":1,"leases":[{"cltt":1795358661,"hw-address":"02:00:00:00:00:01","ip-address":")" + address +
	       R"(","state":0,"valid-lft":3600}]},"result":0})";
}

// Answers each connection with the next of its answers, the last one for ever; an empty one is silence.
class FakeKea {
public:
	FakeKea(std::string path, std::vector<std::string> answers) : answers_(std::move(answers)) {
		listening_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		sockaddr_un address{};
		address.sun_family = AF_UNIX;
		path.copy(address.sun_path, sizeof address.sun_path - 1);
		REQUIRE(::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
		REQUIRE(::listen(listening_, 16) == 0);
		thread_ = std::thread([this] { serve(); });
	}
	~FakeKea() {
		is_over_ = true;
		::shutdown(listening_, SHUT_RDWR);
		thread_.join();
		for (const int fd : silent_) ::close(fd);
		::close(listening_);
	}
	// What was asked, one after the other.
	std::string asked() {
		const std::lock_guard lock(mutex_);
		return asked_;
	}

private:
	void serve() {
		for (std::size_t i = 0; !is_over_; ++i) {
			const int fd = ::accept(listening_, nullptr, nullptr);
			if (fd < 0) return;
			std::array<char, 1000> bytes;
			const auto size = ::read(fd, bytes.data(), bytes.size());
			{
				const std::lock_guard lock(mutex_);
				asked_.append(bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0).append("\n");
			}
			const std::string& answer = answers_[std::min(i, answers_.size() - 1)];
			if (answer.empty()) {
				silent_.push_back(fd);
				continue;
			}
			// In two pieces, as a big one comes.
			(void)::send(fd, answer.data(), answer.size() / 2, MSG_NOSIGNAL);
			(void)::send(fd, answer.data() + answer.size() / 2, answer.size() - answer.size() / 2, MSG_NOSIGNAL);
			::close(fd);
		}
	}
	std::vector<std::string> answers_;
	std::vector<int> silent_;
	std::mutex mutex_;
	std::string asked_;
	std::atomic<bool> is_over_ = false;
	int listening_ = -1;
	std::thread thread_;
};

struct Asking {
	void open(Milliseconds patience = too_long) {
		KeaSocketOptions options;
		options.path = directory.path() + "/kea.sock";
		options.every = Milliseconds(5);
		options.patience = patience;
		options.page = 1;
		options.handler = [this](LeasePiece piece, LeasesTaken taken) {
			if (piece.begins) text.clear();
			for (const Lease& lease : piece.leases) text += lease.prefix.text() + ' ';
			if (!piece.problem.empty()) problem = piece.problem;
			if (piece.is_whole) ++whole;
			taken();
		};
		socket = std::make_unique<KeaSocket>(loop, std::move(options));
	}
	bool comes(const std::function<bool()>& condition) { return loop.run_until(condition, too_long); }
	std::string path() const { return directory.path() + "/kea.sock"; }

	TemporaryDirectory directory;
	Loop loop;
	std::string text, problem;
	unsigned whole = 0;
	std::unique_ptr<KeaSocket> socket;
};

} // namespace

TEST_CASE("a Kea is asked for its family once, and then for page after page") {
	Asking asking;
	FakeKea kea(asking.path(), {family, page("100.64.1.2"), page("100.64.1.3"), no_more});
	asking.open();
	CHECK(asking.comes([&] { return asking.whole == 1; }));
	CHECK(asking.text == "100.64.1.2 100.64.1.3 ");
	CHECK(asking.comes([&] { return asking.whole == 2; })); // another picture, in which there is nothing
	CHECK(asking.text.empty());
	CHECK(asking.problem.empty());
	const std::string asked = kea.asked();
	CHECK(asked.find("config-get") == asked.rfind("config-get"));
	CHECK(asked.find(R"("from":"100.64.1.2","limit":1)") < asked.find(R"("from":"100.64.1.3","limit":1)"));
}

TEST_CASE("a Kea that is not there, has no hook, says nothing or goes in circles shows no whole picture") {
	Asking absent;
	absent.open();
	CHECK(absent.comes([&] { return absent.problem.find("does not answer") != std::string::npos; }));
	Asking bare;
	FakeKea without_hook(bare.path(), {family, R"({"result":2,"text":"'lease4-get-page' command not supported."})"});
	bare.open();
	CHECK(bare.comes([&] { return bare.problem.find("libdhcp_lease_cmds.so") != std::string::npos; }));
	Asking waiting;
	FakeKea silent(waiting.path(), {family, page("100.64.1.2"), ""});
	waiting.open(Milliseconds(50));
	CHECK(waiting.comes([&] { return waiting.problem.find("no answer within 50 ms") != std::string::npos; }));
	Asking turning;
	FakeKea circle(turning.path(), {family, page("100.64.1.2"), page("100.64.1.2")});
	turning.open();
	CHECK(turning.comes([&] { return turning.problem.find("has nothing behind it") != std::string::npos; }));
	for (const Asking* one : {&absent, &bare, &waiting, &turning}) CHECK(one->whole == 0);
}

TEST_CASE("a Kea that comes back is asked anew, and what it is") {
	Asking asking;
	asking.open();
	CHECK(asking.comes([&] { return !asking.problem.empty(); }));
	FakeKea kea(asking.path(), {family, page("100.64.1.2"), "nonsense", family, page("100.64.1.9"), no_more});
	CHECK(asking.comes([&] { return asking.whole == 1; }));
	CHECK(asking.text == "100.64.1.9 ");
	CHECK(asking.problem.find("nonsense") != std::string::npos);
}
