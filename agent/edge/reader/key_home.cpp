// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/reader/key_home.h"

#include "edge/reader/fd.h"
#include "edge/reader/sandbox.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gate25 {
namespace {

constexpr off_t largest_file = off_t{64} << 20U;

// No helper is started and nobody is asked; the web of trust decides, and not what a file of the reporter says.
constexpr std::string_view settings = "batch\n"
                                      "no-tty\n"
                                      "no-greeting\n"
                                      "no-autostart\n"
                                      "disable-dirmngr\n"
                                      "no-auto-key-locate\n"
                                      "no-auto-key-retrieve\n"
                                      "no-random-seed-file\n"
                                      "lock-never\n"
                                      "trust-model pgp\n";

tl::unexpected<Error> failed(const std::string& what, const std::string& path) {
	return fail(ErrorKind::unavailable, what + " " + path + ": " + std::strerror(errno), errno);
}

Result<Fd> new_file(const std::string& path) {
	Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
	if (file.get() < 0) return failed("cannot make", path);
	return file;
}

Result<void> copy(const std::string& from, const std::string& to) {
	const Fd source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
	if (source.get() < 0 && errno == ENOENT) return {};
	struct stat status{};
	if (source.get() < 0 || ::fstat(source.get(), &status) != 0) return failed("cannot read", from);
	if (!S_ISREG(status.st_mode) || status.st_size > largest_file)
		return fail(ErrorKind::unavailable, from + " is no file of at most 64 MiB");
	const auto file = new_file(to);
	if (!file) return fail(file.error());
	for (off_t done = 0; done < status.st_size;) {
		const auto size = ::sendfile(file->get(), source.get(), nullptr, static_cast<std::size_t>(status.st_size - done));
		if (size < 0) return failed("cannot copy", from);
		if (size == 0) break;
		done += size;
	}
	return {};
}

Result<void> write_settings(const std::string& path) {
	const auto file = new_file(path);
	if (!file) return fail(file.error());
	if (::write(file->get(), settings.data(), settings.size()) != static_cast<ssize_t>(settings.size()))
		return failed("cannot write", path);
	return {};
}

Result<void> give_away(const std::string& path, const ReaderUser& user) {
	if (::chown(path.c_str(), user.uid, user.gid) == 0 || errno == ENOENT) return {};
	return failed("cannot give away", path);
}

} // namespace

Result<void> copy_key_home(const std::string& from, const std::string& to) {
	constexpr std::array<const char*, 3> files{"/pubring.kbx", "/pubring.gpg", "/trustdb.gpg"};
	for (const char* name : files)
		if (auto done = copy(from + name, to + name); !done) return done;
	if (auto done = write_settings(to + "/gpg.conf"); !done) return done;
	if (::geteuid() != 0) return {};
	const auto user = reader_user();
	if (!user) return fail(user.error());
	for (const char* name : {"/pubring.kbx", "/pubring.gpg", "/trustdb.gpg", "/gpg.conf", ""})
		if (auto done = give_away(to + name, *user); !done) return done;
	return {};
}

Result<void> check_key_home(const std::string& home) {
	if (::access((home + "/gpg.conf").c_str(), R_OK) == 0) return {};
	return fail(ErrorKind::unavailable, home + " cannot be reached by the user who reads reports", errno);
}

} // namespace gate25
