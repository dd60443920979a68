// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/unix_socket.h"
#include "http_world.h"

#include <doctest/doctest.h>

#include <grp.h>
#include <sys/stat.h>
#include <sys/un.h>

using namespace gate25;
using namespace gate25::test;
namespace fs = std::filesystem;

namespace {

std::string text_of(const std::string& path) {
	std::ifstream in(path);
	return {std::istreambuf_iterator<char>(in), {}};
}

std::string refusal(const std::string& path, ErrorKind kind) {
	auto socket = UnixSocket::listen({path, {}});
	if (socket) return "it listens";
	CHECK(socket.error().kind == kind);
	return socket.error().text;
}

bool contains(const std::string& text, const std::string& part) {
	return text.find(part) != std::string::npos;
}

// A socket whose owner died without a word.
void leave_stale_socket(const std::string& path) {
	const Descriptor fd(::socket(AF_UNIX, SOCK_STREAM, 0));
	sockaddr_un address{};
	address.sun_family = AF_UNIX;
	path.copy(address.sun_path, sizeof address.sun_path - 1);
	REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
	REQUIRE(::listen(fd.get(), 1) == 0);
}

} // namespace

TEST_CASE("unix socket: only the owner may connect unless a group is named, and it goes with its owner") {
	TempDirectory directory;
	const std::string path = directory / "s";
	struct stat found {};
	{
		auto socket = UnixSocket::listen({path, {}});
		REQUIRE(socket);
		REQUIRE(::lstat(path.c_str(), &found) == 0);
		CHECK((found.st_mode & 07777U) == 0600);
		CHECK(connect_unix(path, too_long));
	}
	CHECK_FALSE(fs::exists(path));
	const auto* own = ::getgrgid(::getegid());
	REQUIRE(own != nullptr);
	auto socket = UnixSocket::listen({path, own->gr_name});
	REQUIRE(socket);
	REQUIRE(::lstat(path.c_str(), &found) == 0);
	CHECK((found.st_mode & 07777U) == 0660);
	auto public_socket = UnixSocket::listen({directory / "p", {}, true});
	REQUIRE(public_socket);
	REQUIRE(::lstat((directory / "p").c_str(), &found) == 0);
	CHECK((found.st_mode & 07777U) == 0666);
}

TEST_CASE("unix socket: an unknown group is named and leaves nothing behind") {
	TempDirectory directory;
	auto socket = UnixSocket::listen({directory / "s", "no-such-group"});
	REQUIRE_FALSE(socket);
	CHECK(contains(socket.error().text, "there is no group 'no-such-group': create it"));
	CHECK_FALSE(fs::exists(directory / "s"));
}

TEST_CASE("unix socket: what a dead agent left is replaced") {
	TempDirectory directory;
	leave_stale_socket(directory / "s");
	CHECK(UnixSocket::listen({directory / "s", {}}));
}

TEST_CASE("unix socket: a symbolic link is refused and its target untouched") {
	TempDirectory directory;
	std::ofstream(directory / "precious") << "text";
	fs::create_symlink(directory / "precious", directory / "s");
	CHECK(contains(refusal(directory / "s", ErrorKind::conflict),
	               "is a symbolic link: expected no file or an old socket"));
	CHECK(text_of(directory / "precious") == "text");
	CHECK(fs::is_symlink(directory / "s"));
	fs::create_symlink(directory / "absent", directory / "dangling");
	CHECK(contains(refusal(directory / "dangling", ErrorKind::conflict), "is a symbolic link"));
	leave_stale_socket(directory / "stale");
	fs::create_symlink(directory / "stale", directory / "to-stale");
	CHECK(contains(refusal(directory / "to-stale", ErrorKind::conflict), "is a symbolic link"));
}

TEST_CASE("unix socket: a foreign file is refused and untouched") {
	TempDirectory directory;
	std::ofstream(directory / "s") << "text";
	fs::create_hard_link(directory / "s", directory / "h");
	CHECK(contains(refusal(directory / "s", ErrorKind::conflict), "is a file: expected no file or an old socket"));
	CHECK(contains(refusal(directory / "h", ErrorKind::conflict), "is a file"));
	CHECK(text_of(directory / "s") == "text");
	fs::create_directory(directory / "d");
	CHECK(contains(refusal(directory / "d", ErrorKind::conflict), "is a directory"));
}

TEST_CASE("unix socket: a lock file that is not ours is refused and untouched") {
	TempDirectory directory;
	std::ofstream(directory / "precious") << "text";
	fs::create_symlink(directory / "precious", directory / "s.lock");
	CHECK(contains(refusal(directory / "s", ErrorKind::denied), "s.lock is a symbolic link"));
	fs::create_hard_link(directory / "precious", directory / "h.lock");
	CHECK(contains(refusal(directory / "h", ErrorKind::denied), "h.lock is a hard link to another file"));
	fs::create_symlink(directory / "absent", directory / "d.lock");
	CHECK(contains(refusal(directory / "d", ErrorKind::denied), "d.lock is a symbolic link"));
	CHECK_FALSE(fs::exists(directory / "absent"));
	CHECK(text_of(directory / "precious") == "text");
}

TEST_CASE("unix socket: a second agent is refused, with or without the lock file") {
	TempDirectory directory;
	const std::string path = directory / "s";
	auto first = UnixSocket::listen({path, {}});
	REQUIRE(first);
	CHECK(contains(refusal(path, ErrorKind::conflict), "another gate25d holds " + path + ".lock"));
	fs::remove(path + ".lock");
	CHECK(refusal(path, ErrorKind::conflict) == "another gate25d (process " + std::to_string(::getpid()) +
	                                                ") answers on " + path +
	                                                ": stop it first, or give this one sockets of its own");
	CHECK(connect_unix(path, too_long)); // the first one still answers
}

TEST_CASE("unix socket: a busy instance is a live one") {
	TempDirectory directory;
	const std::string path = directory / "s";
	const Descriptor fd(::socket(AF_UNIX, SOCK_STREAM, 0));
	sockaddr_un address{};
	address.sun_family = AF_UNIX;
	path.copy(address.sun_path, sizeof address.sun_path - 1);
	REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
	REQUIRE(::listen(fd.get(), 0) == 0);
	std::vector<Result<Descriptor>> waiting;
	do waiting.push_back(connect_unix(path, Milliseconds(1)));
	while (waiting.back());
	CHECK(waiting.back().error().text ==
	      "no agent answers on " + path + ": it accepts nobody; is gate25d running?");
	CHECK(contains(refusal(path, ErrorKind::conflict), "answers on " + path));
}

TEST_CASE("unix socket: a socket of another kind is not ours") {
	TempDirectory directory;
	const std::string path = directory / "s";
	const Descriptor fd(::socket(AF_UNIX, SOCK_DGRAM, 0));
	sockaddr_un address{};
	address.sun_family = AF_UNIX;
	path.copy(address.sun_path, sizeof address.sun_path - 1);
	REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
	CHECK(contains(refusal(path, ErrorKind::conflict), "is a socket of another program"));
	CHECK(fs::exists(path));
}

TEST_CASE("unix socket: the directory must not be everybody's") {
	TempDirectory directory;
	fs::create_directory(directory / "open");
	fs::permissions(directory / "open", fs::perms(0777));
	CHECK(contains(refusal(directory / "open/s", ErrorKind::denied),
	               "expected mode 0755 or tighter, found 0777; chmod o-w"));
	fs::permissions(directory / "open", fs::perms(01777)); // as /tmp
	CHECK(UnixSocket::listen({directory / "open/s", {}}));
	CHECK(contains(refusal(directory / "absent/s", ErrorKind::not_found), "create it (install -d -m 0755"));
}

TEST_CASE("unix socket: a path must fit") {
	CHECK(
	    contains(refusal(std::string(108, 'x'), ErrorKind::bad_input), "is 108 bytes long, the kernel takes 107"));
	CHECK(contains(refusal("", ErrorKind::bad_input), "empty"));
}

TEST_CASE("unix socket: what has taken our place meanwhile is left alone") {
	TempDirectory directory;
	const std::string path = directory / "s";
	auto socket = UnixSocket::listen({path, {}});
	REQUIRE(socket);
	fs::remove(path);
	leave_stale_socket(path);
	socket->close();
	CHECK(fs::exists(path));
}
