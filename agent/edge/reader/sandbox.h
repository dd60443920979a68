// SPDX-License-Identifier: GPL-2.0-or-later
//
// What gate25-reader gives up before it reads the first byte of a stranger: capabilities, the user, the file system,
// the network, other processes, and more memory and time than one report may cost. There is no way back.
#pragma once

#include "core/result.h"

#include <string>
#include <sys/types.h>

namespace gate25 {

enum class Task : std::uint8_t {
	read,   // nothing but its input and its memory: no file, no process, no network
	verify, // runs gpg and writes to its own directory; no network
	fetch   // one connection to a key server; no process, and writes no file
};

struct SandboxOptions {
	Task task = Task::read;
	std::string scratch; // verify: the directory that it may write to
	pid_t parent = 0;    // dies with it
};

// Everything or an error: there is no half of it. Landlock is used where the kernel has it.
[[nodiscard]] Result<void> enter_sandbox(const SandboxOptions& options);

// The parts, in their order.
[[nodiscard]] Result<void> drop_rights();                    // another user when root, and no capability
[[nodiscard]] Result<void> set_limits(Task task);
[[nodiscard]] Result<void> restrict_files(const SandboxOptions& options); // Landlock
[[nodiscard]] Result<void> restrict_calls(Task task);        // seccomp

// Whom root becomes to read: the user gate25-reader, or nobody.
struct ReaderUser {
	uid_t uid = 0;
	gid_t gid = 0;
};
[[nodiscard]] Result<ReaderUser> reader_user();

} // namespace gate25
