// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/reader/child.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gate25 {
namespace {

namespace fs = std::filesystem;

// What the child shall find: its input, nowhere to write, a group of its own, no signal blocked or ignored.
class SpawnPlan {
public:
	explicit SpawnPlan(int input) {
		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
		for (const int fd : {STDOUT_FILENO, STDERR_FILENO})
			posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_WRONLY, 0);
		posix_spawnattr_init(&attributes);
		posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
		sigset_t signals;
		sigemptyset(&signals);
		posix_spawnattr_setsigmask(&attributes, &signals);
		sigfillset(&signals);
		posix_spawnattr_setsigdefault(&attributes, &signals);
	}
	~SpawnPlan() {
		posix_spawn_file_actions_destroy(&actions);
		posix_spawnattr_destroy(&attributes);
	}
	SpawnPlan(const SpawnPlan&) = delete;
	SpawnPlan& operator=(const SpawnPlan&) = delete;

	posix_spawn_file_actions_t actions{};
	posix_spawnattr_t attributes{};
};

tl::unexpected<Error> failed(const std::string& what, int error) {
	return fail(ErrorKind::unavailable, fmt::format("{}: {}", what, std::strerror(error)), error);
}

std::string death_text(const siginfo_t& info) {
	if (info.si_code == CLD_EXITED) return fmt::format("it ended with status {}", info.si_status);
	return fmt::format("it was ended by signal {}", info.si_status);
}

} // namespace

Result<Child> Child::start(const std::string& program, const std::vector<std::string>& arguments) {
	std::array<int, 2> ends{};
	if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
		return failed("cannot make a socket pair", errno);
	Fd ours(ends[0]);
	const Fd theirs(ends[1]);
	std::vector<std::string> words{program};
	words.insert(words.end(), arguments.begin(), arguments.end());
	words.insert(words.end(), {"--parent", std::to_string(::getpid())});
	std::vector<char*> pointers;
	for (std::string& word : words) pointers.push_back(word.data());
	pointers.push_back(nullptr);
	// Nothing of the agent's environment; one arena, since there is one thread.
	std::array<std::string, 4> settings{"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "MALLOC_ARENA_MAX=1", "G_SLICE=always-malloc"};
	std::array<char*, 5> environment{settings[0].data(), settings[1].data(), settings[2].data(), settings[3].data(), nullptr};
	const SpawnPlan plan(theirs.get());
	pid_t pid = 0;
	const int error =
	    ::posix_spawn(&pid, program.c_str(), &plan.actions, &plan.attributes, pointers.data(), environment.data());
	if (error != 0) return failed("cannot start " + program, error);
	Fd death(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
	const int no_descriptor = errno;
	Child child(pid, std::move(ours), std::move(death));
	if (child.death() < 0) return failed("cannot watch a process", no_descriptor);
	if (::fcntl(child.socket_.get(), F_SETFL, O_NONBLOCK) != 0) return failed("cannot use a socket pair", errno);
	return child;
}

Child::~Child() {
	if (pid_ == 0) return;
	kill();
	reap();
}

void Child::kill() {
	if (pid_ == 0) return;
	// Its group is gone only with its leader, which is ours to reap, so that no other can have the number.
	::kill(-pid_, SIGKILL);
	::kill(pid_, SIGKILL);
}

std::string Child::reap() {
	kill(); // what it has left behind
	siginfo_t info{};
	int done = 0;
	do done = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED);
	while (done != 0 && errno == EINTR);
	pid_ = 0;
	return done == 0 ? death_text(info) : "somebody else has reaped it";
}

std::string reader_program() {
	const char* from_environment = std::getenv("GATE25_READER");
	if (from_environment != nullptr && *from_environment != '\0') return from_environment;
	std::error_code error;
	const fs::path built = fs::read_symlink("/proc/self/exe", error).parent_path() / "reader" / "gate25-reader";
	if (!error && fs::exists(built, error)) return built;
	return GATE25_LIBEXEC_DIR "/gate25-reader";
}

} // namespace gate25
