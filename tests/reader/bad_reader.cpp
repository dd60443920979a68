// SPDX-License-Identifier: GPL-2.0-or-later
//
// A reader that was taken over: the sandbox and the conversation are those of gate25-reader, and its jobs say what it
// shall do. It answers with one report, whose reason tells how that went.
#include "edge/reader/conversation.h"
#include "edge/reader/sandbox.h"
#include "wire/reading.h"

#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <map>
#include <netinet/in.h>
#include <sched.h>
#include <string>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

using namespace gate25;

namespace {

long fork_bomb() {
	long born = 0;
	for (int i = 0; i < 1000; ++i) {
		const pid_t child = ::fork();
		if (child == 0) ::_exit(0);
		if (child < 0) return -1;
		++born;
	}
	return born;
}

long open_for(const std::string& path, int flags) {
	const int fd = ::open(path.c_str(), flags, 0600);
	if (fd >= 0) ::close(fd);
	return fd;
}

long connect_to(const std::string& path) {
	const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
	sockaddr_un address{};
	address.sun_family = AF_UNIX;
	path.copy(address.sun_path, sizeof(address.sun_path) - 1);
	return fd < 0 ? -1 : ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

long clone3_process() {
	std::vector<std::uint64_t> arguments(11);
	arguments[4] = SIGCHLD;
	return ::syscall(SYS_clone3, arguments.data(), arguments.size() * sizeof(arguments[0]));
}

long raise_limit() {
	const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
	return ::setrlimit(RLIMIT_NPROC, &all);
}

const std::map<std::string, std::function<long(const std::string&)>> attempts{
    {"socket-ipv4", [](const auto&) { return ::socket(AF_INET, SOCK_STREAM, 0); }},
    {"socket-ipv6", [](const auto&) { return ::socket(AF_INET6, SOCK_DGRAM, 0); }},
    {"socket-unix", [](const auto&) { return ::socket(AF_UNIX, SOCK_STREAM, 0); }},
    {"socket-netlink", [](const auto&) { return ::socket(AF_NETLINK, SOCK_RAW, 12); }},
    {"socket-raw", [](const auto&) { return ::socket(AF_INET, SOCK_RAW, 1); }},
    {"connect", connect_to},
    {"read-file", [](const auto& path) { return open_for(path, O_RDONLY); }},
    {"write-file", [](const auto& path) { return open_for(path, O_WRONLY | O_CREAT); }},
    {"make-directory", [](const auto& path) { return ::mkdir(path.c_str(), 0700); }},
    {"link", [](const auto& path) { return ::symlink("/etc/passwd", path.c_str()); }},
    {"kill", [](const auto& pid) { return ::kill(std::stoi(pid), SIGKILL); }},
    {"kill-nobody", [](const auto& pid) { return ::kill(std::stoi(pid), 0); }},
    {"ptrace", [](const auto& pid) { return ::ptrace(PTRACE_ATTACH, std::stoi(pid), nullptr, nullptr); }},
    {"read-memory", [](const auto& pid) { return ::syscall(SYS_process_vm_readv, std::stoi(pid), nullptr, 0, nullptr, 0, 0); }},
    {"mount", [](const auto&) { return ::mount("none", "/tmp", "tmpfs", 0, nullptr); }},
    {"unshare", [](const auto&) { return ::unshare(CLONE_NEWUSER); }},
    {"fork-bomb", [](const auto&) { return fork_bomb(); }},
    {"clone3", [](const auto&) { return clone3_process(); }},
    {"exec", [](const auto&) { return ::execl("/bin/true", "true", nullptr); }},
    {"become-root", [](const auto&) { return ::setresuid(0, 0, 0); }},
    {"raise-limit", [](const auto&) { return raise_limit(); }},
    {"new-code", [](const auto&) {
	     return ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1L : 0L;
     }},
    {"dumpable", [](const auto&) { return ::prctl(PR_SET_DUMPABLE, 1); }},
    {"bpf", [](const auto&) { return ::syscall(SYS_bpf, 0, nullptr, 0); }},
    {"io-uring", [](const auto&) { return ::syscall(SYS_io_uring_setup, 1, nullptr); }},
    {"keyring", [](const auto&) { return ::syscall(SYS_keyctl, 0, -3, 0); }},
    {"userfaultfd", [](const auto&) { return ::syscall(SYS_userfaultfd, 0); }},
    {"perf", [](const auto&) { return ::syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0); }},
};

[[noreturn]] void eat_memory() {
	for (;;) {
		auto* bytes = new std::vector<char>(std::size_t{1} << 20U, 'x');
		if (bytes->back() != 'x') ::_exit(3);
	}
}

std::string told(const std::string& why) {
	ReadReport read;
	read.report.why = why;
	return spell_reading({{read}, 0});
}

// "VERB REST": what the answer is.
std::string obey(const std::string& order) {
	const auto blank = std::min(order.find(' '), order.size());
	const std::string verb = order.substr(0, blank), rest = order.substr(std::min(blank + 1, order.size()));
	if (verb == "die") ::_exit(1);
	if (verb == "hang") for (;;) ::sched_yield();
	if (verb == "eat") eat_memory();
	if (verb == "lie") return rest;
	const auto attempt = attempts.find(verb);
	if (attempt == attempts.end()) return told("obeyed");
	errno = 0;
	return told(attempt->second(rest) < 0 ? std::string("refused: ") + ::strerrorname_np(errno) : "allowed");
}

} // namespace

int main(int argc, char** argv) {
	SandboxOptions sandbox;
	for (int i = 1; i < argc; ++i) {
		const std::string word = argv[i];
		if (word == "--verify" && i + 2 < argc) {
			sandbox.task = Task::verify;
			sandbox.scratch = argv[i += 2];
		}
		if (word == "--fetch") sandbox.task = Task::fetch;
		if (word == "--parent" && i + 1 < argc) sandbox.parent = std::stoi(argv[++i]);
	}
	Conversation agent(0);
	const auto closed = enter_sandbox(sandbox);
	agent.answer(0, closed ? spell_ready() : spell_failed(closed.error().text));
	agent.flush();
	while (const auto job = agent.next_job()) {
		const auto order = agent.text(job->sizes[0]);
		for (std::size_t i = 1; order && i < job->sizes.size(); ++i) agent.skip(job->sizes[i]);
		if (!order) break;
		std::string answer = obey(*order);
		if (sandbox.task == Task::fetch) answer = spell_key(&answer);
		agent.answer(job->number, answer);
		if (*order != "gather") agent.flush();
	}
	agent.flush();
	::_exit(0);
}
