// SPDX-License-Identifier: GPL-2.0-or-later
//
// Landlock (Linux 5.13, asked for by number: no C library wraps it). What the running kernel does not know is left out.
#include "edge/reader/fd.h"
#include "edge/reader/sandbox.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/landlock.h>
#include <span>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace gate25 {
namespace {

// All that the kernel's sixth version has; older headers lack the end of it.
struct Ruleset {
	std::uint64_t files = 0;
	std::uint64_t network = 0; // version 4
	std::uint64_t scope = 0;   // version 6
};

constexpr std::uint64_t execute = 1U << 0U, write_file = 1U << 1U, read_file = 1U << 2U, read_directory = 1U << 3U,
                        remove_file = 1U << 5U, make_file = 1U << 8U;
constexpr std::uint64_t all_of_version_1 = (1U << 13U) - 1, refer = 1U << 13U, truncate_file = 1U << 14U,
                        device_calls = 1U << 15U;
constexpr std::uint64_t bind_tcp = 1U << 0U, connect_tcp = 1U << 1U;
constexpr std::uint64_t abstract_sockets = 1U << 0U, signals = 1U << 1U;

struct Allowed {
	std::string path;
	std::uint64_t rights = 0;
};

Ruleset ruleset_for(Task task, long version) {
	Ruleset set;
	set.files = all_of_version_1;
	if (version >= 2) set.files |= refer;
	if (version >= 3) set.files |= truncate_file;
	if (version >= 5) set.files |= device_calls;
	if (version >= 4) set.network = task == Task::fetch ? bind_tcp : bind_tcp | connect_tcp;
	if (version >= 6) set.scope = abstract_sockets | signals;
	return set;
}

std::vector<Allowed> allowed_for(const SandboxOptions& options) {
	constexpr std::uint64_t look = read_file | read_directory;
	switch (options.task) {
	case Task::read: break;
	case Task::verify:
		return {{"/usr", look | execute},
		        {"/lib", look | execute},
		        {"/lib64", look | execute},
		        {"/bin", look | execute},
		        {"/etc/ld.so.cache", read_file},
		        {"/etc/gcrypt", look},
		        {"/dev/null", read_file | write_file},
		        {"/dev/urandom", read_file},
		        {options.scratch, look | write_file | remove_file | make_file | truncate_file}};
	case Task::fetch:
		// Names are resolved as the provider has it, with certificates that he trusts.
		return {{"/usr", look | execute}, {"/lib", look | execute}, {"/lib64", look | execute}, {"/etc", look},
		        {"/run/systemd/resolve", look}, {"/dev/urandom", read_file}};
	}
	return {};
}

tl::unexpected<Error> failed(const std::string& what) {
	return fail(ErrorKind::unavailable, "Landlock refuses " + what + ": " + std::strerror(errno), errno);
}

Result<void> allow(int ruleset, const Allowed& allowed, std::uint64_t handled) {
	const Fd place(::open(allowed.path.c_str(), O_PATH | O_CLOEXEC));
	if (place.get() < 0) return {}; // not there: nothing to allow
	landlock_path_beneath_attr rule{};
	rule.parent_fd = place.get();
	rule.allowed_access = allowed.rights & handled;
	if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
		return failed(allowed.path);
	return {};
}

} // namespace

Result<void> restrict_files(const SandboxOptions& options) {
	const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (version < 1) return {}; // no such kernel, or switched off
	const Ruleset set = ruleset_for(options.task, version);
	const std::size_t size = version >= 6 ? sizeof(set) : version >= 4 ? 16 : 8;
	const Fd ruleset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &set, size, 0)));
	if (ruleset.get() < 0) return failed("a set of rules");
	for (const Allowed& allowed : allowed_for(options))
		if (auto done = allow(ruleset.get(), allowed, set.files); !done) return done;
	if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) return failed("to begin");
	return {};
}

} // namespace gate25
