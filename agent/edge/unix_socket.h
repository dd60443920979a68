// SPDX-License-Identifier: GPL-2.0-or-later
//
// A listening unix socket at a path, made so that nobody can turn it against us: a symlink, a foreign
// file, a directory that everybody may change and a live instance are refused by name, a socket that a
// dead agent left behind is replaced, and nothing is removed that is not ours.
#pragma once

#include "core/result.h"
#include "core/time.h"

#include <string>
#include <sys/types.h>

namespace gate25 {

// Owns a file descriptor.
class Descriptor {
public:
	Descriptor() = default;
	explicit Descriptor(int fd) : fd_(fd) {}
	Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
	Descriptor& operator=(Descriptor&& other) noexcept;
	~Descriptor() { close(); }

	int get() const { return fd_; }
	bool is_open() const { return fd_ >= 0; }
	int release();
	void close();

private:
	int fd_ = -1;
};

struct UnixSocketOptions {
	std::string path;  // absolute or relative, at most 107 bytes
	std::string group; // may connect too; empty: the owner alone
	bool is_for_everyone = false; // mode 0666: who may do what is decided by peer credentials alone
};

class UnixSocket {
public:
	// Listens; the descriptor does not block. Holds `<path>.lock` locked as long as it lives.
	[[nodiscard]] static Result<UnixSocket> listen(const UnixSocketOptions& options);
	UnixSocket(UnixSocket&&) noexcept = default;
	UnixSocket& operator=(UnixSocket&&) = delete;
	~UnixSocket() { close(); }

	int fd() const { return socket_.get(); }
	const std::string& path() const { return path_; }
	// Removes the path if it is still our socket, then gives the lock free.
	void close();

private:
	UnixSocket(std::string path, Descriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}
	Result<void> bind();
	Result<void> admit(const UnixSocketOptions& options) const;
	Result<void> set_mode(mode_t mode) const;

	std::string path_;
	Descriptor lock_;
	Descriptor socket_;
	dev_t device_ = 0;
	ino_t inode_ = 0;
};

// A blocking connection for clients; waits no longer than `limit` for a place in the agent's backlog.
[[nodiscard]] Result<Descriptor> connect_unix(const std::string& path, Milliseconds limit);

} // namespace gate25
