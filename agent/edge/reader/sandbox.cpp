// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/reader/sandbox.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace gate25 {
namespace {

constexpr rlim_t mebibyte = rlim_t{1} << 20U;

tl::unexpected<Error> failed(const std::string& what) {
	return fail(ErrorKind::unavailable, "the sandbox cannot be closed: " + what + ": " + std::strerror(errno), errno);
}

bool limit(int resource, rlim_t most) {
	const rlimit both{most, most};
	return ::setrlimit(static_cast<__rlimit_resource_t>(resource), &both) == 0;
}

Result<void> drop_capabilities() {
	__user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
	std::array<__user_cap_data_struct, 2> none{};
	if (::syscall(SYS_capset, &header, none.data()) != 0) return failed("no capability can be given up");
	std::array<__user_cap_data_struct, 2> left{};
	if (::syscall(SYS_capget, &header, left.data()) != 0) return failed("capabilities cannot be read");
	for (const auto& part : left)
		if ((part.effective | part.permitted | part.inheritable) != 0) return errno = EPERM, failed("a capability stays");
	return {};
}

// The bounding set shrinks only with CAP_SETPCAP. Without, no_new_privs does as well: nothing that is run gains any.
void shrink_bounds() {
	::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability) >= 0; ++capability)
		::prctl(PR_CAPBSET_DROP, capability);
}

Result<void> become(const ReaderUser& user) {
	if (::setgroups(0, nullptr) != 0) return failed("groups cannot be given up");
	if (::setresgid(user.gid, user.gid, user.gid) != 0) return failed("the group cannot be changed");
	if (::setresuid(user.uid, user.uid, user.uid) != 0) return failed("the user cannot be changed");
	return {};
}

Result<void> die_with(pid_t parent) {
	if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return failed("it could outlive its parent");
	if (parent != 0 && ::getppid() != parent) return errno = ESRCH, failed("its parent is gone already");
	return {};
}

} // namespace

Result<ReaderUser> reader_user() {
	for (const char* name : {"gate25-reader", "nobody"}) {
		errno = 0;
		const passwd* entry = ::getpwnam(name);
		if (entry != nullptr && entry->pw_uid != 0) return ReaderUser{entry->pw_uid, entry->pw_gid};
	}
	return fail(ErrorKind::unavailable, "there is no user gate25-reader or nobody to read reports as");
}

Result<void> drop_rights() {
	shrink_bounds();
	if (::geteuid() == 0 || ::getuid() == 0) {
		const auto user = reader_user();
		if (!user) return fail(user.error());
		if (auto done = become(*user); !done) return done;
	}
	return drop_capabilities();
}

// So that a process stays below 64 MiB with what it shares. The largest and worst of reports take 33 in all.
Result<void> set_limits(Task task) {
	const bool reads = task == Task::read;
	bool is_set = limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, reads ? 0 : 64 * mebibyte) &&
	              limit(RLIMIT_NOFILE, reads ? 8 : 64) && limit(RLIMIT_NPROC, reads ? 0 : 64) &&
	              limit(RLIMIT_CPU, reads ? 300 : 15) && limit(RLIMIT_MSGQUEUE, 0);
#if !defined(__SANITIZE_ADDRESS__) // which reserves terabytes
	is_set = is_set && limit(RLIMIT_DATA, 56 * mebibyte) && limit(RLIMIT_AS, 512 * mebibyte);
#endif
	if (!is_set) return failed("a limit cannot be set");
	return {};
}

Result<void> enter_sandbox(const SandboxOptions& options) {
	if (::close_range(STDERR_FILENO + 1, ~0U, 0) != 0) return failed("what the agent has left open stays open");
	if (::chdir("/") != 0) return failed("the directory cannot be left");
	::umask(0077);
	if (auto done = drop_rights(); !done) return done;
	if (::prctl(PR_SET_DUMPABLE, 0) != 0) return failed("others could look into it");
	// After the change of user, which takes it back.
	if (auto done = die_with(options.parent); !done) return done;
	if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("it could gain privileges");
	// GPGME disowns what it starts; it shall come back here, and count against this user no longer than it runs.
	if (options.task == Task::verify && ::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return failed("it cannot reap");
	if (auto done = restrict_files(options); !done) return done;
	if (auto done = set_limits(options.task); !done) return done;
	return restrict_calls(options.task);
}

} // namespace gate25
