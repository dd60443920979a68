// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/unix_socket.h"

#include "edge/peer.h"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace gate25 {
namespace {

constexpr mode_t only_owner = 0600;
constexpr mode_t owner_and_group = 0660;
constexpr mode_t everyone = 0666;
constexpr int backlog = 4096; // cut by net.core.somaxconn

tl::unexpected<Error> fail_errno(ErrorKind kind, int error, const std::string& what) {
	return fail(kind, fmt::format("{}: {}", what, std::strerror(error)), error);
}

Result<sockaddr_un> address_of(const std::string& path) {
	sockaddr_un address{};
	address.sun_family = AF_UNIX;
	if (path.empty() || path.find('\0') != std::string::npos)
		return fail(ErrorKind::bad_input, "the path of the socket is empty or holds a NUL: give a file name");
	if (path.size() >= sizeof address.sun_path)
		return fail(ErrorKind::bad_input,
		            fmt::format("the path of the socket is {} bytes long, the kernel takes {}: "
		                        "choose a shorter one than {}",
		                        path.size(), sizeof address.sun_path - 1, path));
	std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
	return address;
}

Result<Descriptor> new_socket(int flags) {
	Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
	if (!fd.is_open()) return fail_errno(ErrorKind::unavailable, errno, "cannot create a unix socket");
	return fd;
}

int connect_to(const Descriptor& fd, const sockaddr_un& address) {
	return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

std::string directory_of(const std::string& path) {
	const auto slash = path.rfind('/');
	if (slash == std::string::npos) return ".";
	return slash == 0 ? "/" : path.substr(0, slash);
}

std::string kind_of(mode_t mode) {
	if (S_ISLNK(mode)) return "a symbolic link";
	if (S_ISREG(mode)) return "a file";
	if (S_ISDIR(mode)) return "a directory";
	if (S_ISFIFO(mode)) return "a pipe";
	return "not a socket";
}

// Whoever may write to the directory may put something else in the place of the socket.
Result<void> check_directory(const std::string& path) {
	const std::string directory = directory_of(path);
	struct stat found {};
	if (::stat(directory.c_str(), &found) != 0) {
		const int error = errno;
		return fail(
		    error == ENOENT ? ErrorKind::not_found : ErrorKind::denied,
		    fmt::format("the directory {} of the socket cannot be used: {}; create it (install -d -m 0755 {})",
		                directory, std::strerror(error), directory),
		    error);
	}
	if ((found.st_mode & S_IWOTH) != 0 && (found.st_mode & S_ISVTX) == 0)
		return fail(ErrorKind::denied, fmt::format("the directory {0} of the socket may be written by everybody: "
		                                           "expected mode 0755 or tighter, found {1:04o}; chmod o-w {0}",
		                                           directory, found.st_mode & 07777U));
	return {};
}

// Two agents that start at the same moment: only one gets the lock. The file stays: to remove it would
// let a third one lock another file of the same name.
Result<Descriptor> take_lock(const std::string& path) {
	const std::string lock = path + ".lock";
	Descriptor fd(::open(lock.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, only_owner));
	if (!fd.is_open() && errno == ELOOP)
		return fail(ErrorKind::denied,
		            fmt::format("{} is a symbolic link: expected a file of our own; remove it", lock));
	if (!fd.is_open())
		return fail_errno(ErrorKind::denied, errno, fmt::format("cannot open the lock file {}", lock));
	struct stat found {};
	if (::fstat(fd.get(), &found) != 0 || !S_ISREG(found.st_mode) || found.st_nlink > 1)
		return fail(ErrorKind::denied,
		            fmt::format("{} is {}: expected a file of our own; remove it", lock,
		                        found.st_nlink > 1 ? "a hard link to another file" : kind_of(found.st_mode)));
	if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
		return fail(ErrorKind::conflict, fmt::format("another gate25d holds {}: stop it first, or give this one "
		                                             "sockets of its own",
		                                             lock));
	return fd;
}

tl::unexpected<Error> live_instance(const std::string& path, const Descriptor& connected) {
	const auto peer = peer_of(connected.get());
	return fail(ErrorKind::conflict, fmt::format("another gate25d{} answers on {}: stop it first, or give this one "
	                                             "sockets of its own",
	                                             peer ? fmt::format(" (process {})", peer->pid) : "", path));
}

// Makes the path free, or says why not. Only a socket on which nobody listens is removed.
Result<void> clear_path(const std::string& path, const sockaddr_un& address) {
	struct stat found {};
	if (::lstat(path.c_str(), &found) != 0) {
		if (errno == ENOENT) return {};
		return fail_errno(ErrorKind::denied, errno, fmt::format("cannot look at {}", path));
	}
	if (!S_ISSOCK(found.st_mode))
		return fail(ErrorKind::conflict, fmt::format("{} is {}: expected no file or an old socket; move it away or "
		                                             "choose another path",
		                                             path, kind_of(found.st_mode)));
	auto probe = new_socket(SOCK_NONBLOCK);
	if (!probe) return fail(probe.error());
	const int error = connect_to(*probe, address);
	if (error == 0 || error == EAGAIN) return live_instance(path, *probe); // EAGAIN: its backlog is full
	if (error != ECONNREFUSED && error != ENOENT)
		return fail_errno(ErrorKind::conflict, error,
		                  fmt::format("{} is a socket of another program: choose another path", path));
	if (::unlink(path.c_str()) != 0 && errno != ENOENT)
		return fail_errno(ErrorKind::denied, errno, fmt::format("cannot remove the old socket {}", path));
	return {};
}

} // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
	if (this == &other) return *this;
	close();
	fd_ = other.release();
	return *this;
}

int Descriptor::release() {
	return std::exchange(fd_, -1);
}

void Descriptor::close() {
	if (fd_ >= 0) ::close(release());
}

Result<UnixSocket> UnixSocket::listen(const UnixSocketOptions& options) {
	const auto address = address_of(options.path);
	if (!address) return fail(address.error());
	if (auto checked = check_directory(options.path); !checked) return fail(checked.error());
	auto lock = take_lock(options.path);
	if (!lock) return fail(lock.error());
	if (auto cleared = clear_path(options.path, *address); !cleared) return fail(cleared.error());

	UnixSocket made(options.path, std::move(*lock));
	if (auto bound = made.bind(); !bound) return fail(bound.error());
	if (auto admitted = made.admit(options); !admitted) return fail(admitted.error());
	if (::listen(made.fd(), backlog) != 0)
		return fail_errno(ErrorKind::unavailable, errno, fmt::format("cannot listen on {}", options.path));
	return made;
}

// bind() follows no link in the last place and never replaces a file, so what stands there now is ours.
Result<void> UnixSocket::bind() {
	auto fd = new_socket(SOCK_NONBLOCK);
	if (!fd) return fail(fd.error());
	const auto address = address_of(path_);
	const mode_t before = ::umask(0177);
	const int failed = ::bind(fd->get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address);
	const int error = errno;
	::umask(before);
	if (failed != 0) return fail_errno(ErrorKind::denied, error, fmt::format("cannot create the socket {}", path_));
	socket_ = std::move(*fd);
	struct stat made {};
	if (::lstat(path_.c_str(), &made) != 0 || !S_ISSOCK(made.st_mode))
		return fail(ErrorKind::conflict,
		            fmt::format("{} was replaced while it was made: somebody else may write to {}", path_,
		                        directory_of(path_)));
	device_ = made.st_dev;
	inode_ = made.st_ino;
	return {};
}

// The group first, the mode last, and nobody can connect before listen().
Result<void> UnixSocket::admit(const UnixSocketOptions& options) const {
	if (options.is_for_everyone) return set_mode(everyone);
	if (options.group.empty()) return {};
	const auto gid = gid_of(options.group);
	if (!gid) return fail(gid.error());
	if (::lchown(path_.c_str(), static_cast<uid_t>(-1), *gid) != 0)
		return fail_errno(ErrorKind::denied, errno, fmt::format("cannot give {} to the group {}", path_, options.group));
	return set_mode(owner_and_group);
}

Result<void> UnixSocket::set_mode(mode_t mode) const {
	if (::fchmodat(AT_FDCWD, path_.c_str(), mode, AT_SYMLINK_NOFOLLOW) == 0) return {};
	return fail_errno(ErrorKind::denied, errno, fmt::format("cannot set mode {:04o} of {}", mode, path_));
}

void UnixSocket::close() {
	if (!socket_.is_open()) return;
	struct stat found {};
	const bool is_ours = ::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == inode_;
	if (is_ours) ::unlink(path_.c_str());
	socket_.close();
	lock_.close();
}

Result<Descriptor> connect_unix(const std::string& path, Milliseconds limit) {
	const auto address = address_of(path);
	if (!address) return fail(address.error());
	auto fd = new_socket(0);
	if (!fd) return fd;
	const timeval patience{limit.count() / 1000, (limit.count() % 1000) * 1000};
	::setsockopt(fd->get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	const int error = connect_to(*fd, *address);
	if (error == 0) return fd;
	if (error == EACCES || error == EPERM)
		return fail(ErrorKind::denied,
		            fmt::format("{} may not be opened by {}: run as root, or become a member of the "
		                        "socket's group",
		                        path, user_name(::geteuid())),
		            error);
	const std::string why = error == EAGAIN ? "it accepts nobody" : std::strerror(error);
	return fail(ErrorKind::unavailable, fmt::format("no agent answers on {}: {}; is gate25d running?", path, why),
	            error);
}

} // namespace gate25
