// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a reader that was taken over can do: nothing of this. The bad reader tries from within the real sandbox.
#include "world.h"

#include <sys/syscall.h>

using namespace gate25;
using reader_test::BadWorld;
using reader_test::patience;
using reader_test::World;

namespace {

bool has_landlock() {
	return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, 1) > 0;
}

// The same in the process that fetches keys, whose answer is a key.
std::string obey_in_fetcher(BadWorld& world, const std::string& order) {
	world.options.openpgp.server = order;
	std::optional<Result<std::optional<std::string>>> answer;
	world.start().fetch_key("00", [&](auto told) { answer = std::move(told); });
	REQUIRE(world.loop.run_until([&] { return answer.has_value(); }, patience));
	return *answer && **answer ? ***answer : "error";
}

const std::vector<std::string> never{"socket-unix", "socket-raw", "mount",     "unshare",     "become-root", "raise-limit", "dumpable",
                                     "bpf",         "io-uring",   "keyring",   "userfaultfd", "perf",        "read-memory 1"};

void check_always_refused(const std::function<std::string(const std::string&)>& obey) {
	for (const std::string& attempt : never) {
		CAPTURE(attempt);
		CHECK(obey(attempt).find("refused: E") != std::string::npos);
	}
	const auto self = std::to_string(::getpid());
	for (const char* verb : {"kill ", "kill-nobody ", "ptrace "}) CHECK(obey(verb + self).find("refused: EPERM") != std::string::npos);
	CHECK(obey("read-file /etc/shadow").find("refused: E") != std::string::npos);
	CHECK(obey("clone3").find("refused: ENOSYS") != std::string::npos);
}

} // namespace

TEST_CASE("sandbox: the kernel says so") {
	World world;
	REQUIRE(world.read(reader_test::arf("203.0.113.7")));
	const auto readers = reader_test::children();
	REQUIRE(readers.size() == 1);
	auto status = reader_test::status_of(readers[0]);
	CHECK(status["Name"] == "gate25-reader");
	for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) CHECK(status[set] == "0000000000000000");
	CHECK(status["NoNewPrivs"] == "1");
	CHECK(status["Seccomp"] == "2");
	CHECK(status["Threads"] == "1");
	if (::geteuid() == 0) {
		CHECK(status["CapBnd"] == "0000000000000000");
		CHECK(status["Uid"] == "65534\t65534\t65534\t65534");
		CHECK(status["Gid"] == "65534\t65534\t65534\t65534");
		CHECK(status["Groups"].find_first_not_of(" ") == std::string::npos);
	}
	const std::string fds = fmt::format("/proc/{}/fd", readers[0]);
	std::vector<std::string> open;
	for (const auto& entry : std::filesystem::directory_iterator(fds)) open.push_back(entry.path().filename());
	CHECK(open.size() == 3);
}

TEST_CASE("sandbox: who reads has no files, no processes, no network") {
	BadWorld world;
	const auto obey = [&](const std::string& order) { return world.obey(order); };
	CHECK(obey("nothing") == "obeyed");
	check_always_refused(obey);
	const std::string somewhere = world.scratch.path + "/file";
	for (const std::string& attempt : {std::string("socket-ipv4"), std::string("socket-ipv6"), std::string("socket-netlink"),
	                                   std::string("read-file /etc/passwd"), std::string("read-file /usr/bin/gpg"),
	                                   "write-file " + somewhere, "make-directory " + somewhere, "link " + somewhere,
	                                   std::string("fork-bomb"), std::string("exec"), std::string("new-code")}) {
		CAPTURE(attempt);
		CHECK(obey(attempt) == "refused: EPERM");
	}
	CHECK(world.pool->health().restarts == 0);
}

TEST_CASE("sandbox: who verifies has gpg and its own directory") {
	BadWorld world;
	const auto obey = [&](const std::string& order) { return world.obey(order, "signature"); };
	check_always_refused(obey);
	CHECK(obey("read-file /usr/bin/gpg") == "allowed");
	for (const char* attempt : {"socket-ipv4", "socket-ipv6", "socket-netlink"}) CHECK(obey(attempt) == "refused: EPERM");
	CHECK(obey("make-directory /tmp/gate25-made") == "refused: EPERM");
	CHECK(obey("link /tmp/gate25-made") == "refused: EPERM");
	CHECK(obey("fork-bomb") == "refused: EAGAIN");
	if (has_landlock()) {
		CHECK(obey("read-file /etc/passwd") == "refused: EACCES");
		CHECK(obey("write-file /tmp/gate25-made") == "refused: EACCES");
	} else {
		MESSAGE("this kernel has no Landlock: files are guarded by their owners alone");
	}
	CHECK_FALSE(std::filesystem::exists("/tmp/gate25-made"));
}

TEST_CASE("sandbox: who fetches has the network, and reads only") {
	BadWorld world;
	const auto obey = [&](const std::string& order) { return obey_in_fetcher(world, order); };
	check_always_refused(obey);
	const auto is = [&](const std::string& order, const char* wanted) {
		CAPTURE(order);
		CHECK(obey(order).find(wanted) != std::string::npos);
	};
	for (const char* attempt : {"socket-ipv4", "socket-ipv6", "read-file /etc/hosts"}) is(attempt, "allowed");
	// Netlink to look at its own addresses, but not to nftables.
	for (const char* attempt : {"socket-netlink", "write-file /tmp/gate25-made", "fork-bomb", "exec", "connect /run/gate25/control.sock"})
		is(attempt, "refused: EPERM");
}
