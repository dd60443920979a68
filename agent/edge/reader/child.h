// SPDX-License-Identifier: GPL-2.0-or-later
//
// A gate25-reader that runs: started without a copy of the agent's memory, in a process group of its own, with one
// end of a socket pair as its standard input and nothing else of the agent's.
#pragma once

#include "core/result.h"
#include "edge/reader/fd.h"

#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace gate25 {

class Child {
public:
	// The arguments follow the program's name; "--parent PID" is added, so that it can die with the agent.
	[[nodiscard]] static Result<Child> start(const std::string& program, const std::vector<std::string>& arguments);
	Child(Child&& other) noexcept
	    : pid_(std::exchange(other.pid_, 0)), socket_(std::move(other.socket_)), death_(std::move(other.death_)) {}
	Child& operator=(Child&&) = delete;
	~Child(); // kills it and waits

	pid_t pid() const { return pid_; }
	Fd& socket() { return socket_; }             // not blocking
	int death() const { return death_.get(); }   // readable when it is dead
	void kill();                                 // it and all that it has started
	// To be called when death() is readable: what it died of, in words. The process is no more.
	std::string reap();

private:
	Child(pid_t pid, Fd socket, Fd death) : pid_(pid), socket_(std::move(socket)), death_(std::move(death)) {}
	pid_t pid_;
	Fd socket_, death_;
};

// Where gate25-reader is: $GATE25_READER, the build tree of the running program, where it was installed.
std::string reader_program();

} // namespace gate25
