// SPDX-License-Identifier: GPL-2.0-or-later
//
// The system calls that a reader may make (seccomp). All others fail with EPERM, so that a library that tries
// something gets along without; a foreign architecture's calls kill.
#include "edge/reader/sandbox.h"

#include "core/handle.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <initializer_list>
#include <memory>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

namespace gate25 {
namespace {

using Filter = std::unique_ptr<void, Deleter<seccomp_release>>;

// Its input, its memory, its end.
constexpr auto always = {
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(close), SCMP_SYS(poll), SCMP_SYS(ppoll),
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom), SCMP_SYS(getpid),
    SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(fstat),
    SCMP_SYS(lseek), SCMP_SYS(sched_yield), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group)};

// Looking at files.
constexpr auto looking = {
    SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(fstatfs), SCMP_SYS(access),
    SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getdents64),
    SCMP_SYS(pread64), SCMP_SYS(getcwd), SCMP_SYS(fcntl), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3),
    SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(uname), SCMP_SYS(sysinfo),
    SCMP_SYS(getppid), SCMP_SYS(getpgrp), SCMP_SYS(sigaltstack), SCMP_SYS(set_robust_list), SCMP_SYS(set_tid_address),
    SCMP_SYS(rseq), SCMP_SYS(arch_prctl), SCMP_SYS(sched_getaffinity), SCMP_SYS(nanosleep),
    SCMP_SYS(clock_nanosleep), SCMP_SYS(mlock), SCMP_SYS(munlock), SCMP_SYS(getrusage), SCMP_SYS(times),
    SCMP_SYS(fadvise64), SCMP_SYS(mmap), SCMP_SYS(mprotect)};

// gpg and its files.
constexpr auto verifying = {
    SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(execve), SCMP_SYS(wait4), SCMP_SYS(waitid), SCMP_SYS(fork),
    SCMP_SYS(vfork), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
    SCMP_SYS(ftruncate), SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(flock), SCMP_SYS(fchmod), SCMP_SYS(umask),
    SCMP_SYS(pwrite64), SCMP_SYS(chdir), SCMP_SYS(alarm), SCMP_SYS(close_range)};

// One connection to a server, by name.
constexpr auto fetching = {
    SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt), SCMP_SYS(sendto), SCMP_SYS(recvfrom), SCMP_SYS(sendmsg), SCMP_SYS(recvmsg),
    SCMP_SYS(sendmmsg), SCMP_SYS(shutdown), SCMP_SYS(eventfd2)};

class Builder {
public:
	Builder() : filter_(seccomp_init(SCMP_ACT_ERRNO(EPERM))) {}

	void allow(std::initializer_list<int> calls) {
		for (const int call : calls) rule(SCMP_ACT_ALLOW, call, {});
	}
	void allow_if(int call, std::initializer_list<scmp_arg_cmp> conditions) { rule(SCMP_ACT_ALLOW, call, conditions); }
	// For the C library, which then takes the older call, whose arguments can be seen.
	void pretend_unknown(int call) { rule(SCMP_ACT_ERRNO(ENOSYS), call, {}); }

	Result<void> load() {
		if (!filter_) return fail(ErrorKind::unavailable, "no list of system calls can be made");
		if (problem_ == 0) problem_ = seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_NNP, 0); // it is set
		if (problem_ == 0) problem_ = seccomp_load(filter_.get());
		if (problem_ == 0) return {};
		return fail(ErrorKind::unavailable, std::string("seccomp is not to be had: ") + std::strerror(-problem_), -problem_);
	}

private:
	void rule(std::uint32_t action, int call, std::initializer_list<scmp_arg_cmp> conditions) {
		// Below zero, but no real number: this architecture has no such call.
		if (problem_ != 0 || !filter_ || call == __NR_SCMP_ERROR) return;
		const int done = seccomp_rule_add_array(filter_.get(), action, call, static_cast<unsigned>(conditions.size()),
		                                        conditions.begin());
		if (done != 0 && done != -EDOM) problem_ = done;
	}
	Filter filter_;
	int problem_ = 0;
};

scmp_arg_cmp has_none_of(unsigned argument, std::uint64_t bits) {
	return {argument, SCMP_CMP_MASKED_EQ, bits, 0};
}

scmp_arg_cmp is(unsigned argument, std::uint64_t value) {
	return {argument, SCMP_CMP_EQ, value, 0};
}

constexpr std::uint64_t new_namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                         CLONE_NEWPID | CLONE_NEWNET;
constexpr std::uint64_t any_writing = O_ACCMODE | O_CREAT | O_TRUNC;

void allow_reading(Builder& calls) {
	calls.allow_if(SCMP_SYS(mmap), {has_none_of(2, PROT_EXEC)});
	calls.allow_if(SCMP_SYS(mprotect), {has_none_of(2, PROT_EXEC)});
}

void allow_verifying(Builder& calls) {
	calls.allow(looking);
	calls.allow(verifying);
	calls.allow_if(SCMP_SYS(clone), {has_none_of(0, new_namespaces)});
	calls.allow_if(SCMP_SYS(prlimit64), {is(0, 0)});
}

void allow_fetching(Builder& calls) {
	calls.allow(looking);
	calls.allow(fetching);
	calls.allow_if(SCMP_SYS(open), {has_none_of(1, any_writing)});
	calls.allow_if(SCMP_SYS(openat), {has_none_of(2, any_writing)});
	// A thread that resolves the name, but no process.
	calls.allow_if(SCMP_SYS(clone), {{0, SCMP_CMP_MASKED_EQ, CLONE_THREAD | new_namespaces, CLONE_THREAD}});
	calls.allow_if(SCMP_SYS(prlimit64), {is(0, 0), is(2, 0)});
	// Not AF_UNIX: the agent's control socket is one. Netlink tells which of a server's addresses can be reached.
	for (const int family : {AF_INET, AF_INET6}) calls.allow_if(SCMP_SYS(socket), {is(0, static_cast<unsigned>(family))});
	calls.allow_if(SCMP_SYS(socket), {is(0, AF_NETLINK), is(2, 0)});
	calls.allow_if(SCMP_SYS(ioctl), {is(1, 0x541b)}); // FIONREAD
	calls.allow_if(SCMP_SYS(ioctl), {is(1, 0x5421)}); // FIONBIO
}

} // namespace

Result<void> restrict_calls(Task task) {
	Builder calls;
	calls.allow(always);
	calls.pretend_unknown(SCMP_SYS(clone3));
	switch (task) {
	case Task::read: allow_reading(calls); break;
	case Task::verify: allow_verifying(calls); break;
	case Task::fetch: allow_fetching(calls); break;
	}
	return calls.load();
}

} // namespace gate25
