// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/reader/scratch.h"

#include "edge/reader/fd.h"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <unistd.h>

namespace gate25 {
namespace {

// Whoever wrote there may have been taken over: no link is followed, nothing below is entered, and the loop is not
// held up by a million files. What is left then is for systemd-tmpfiles.
constexpr int most_files = 1000;

struct CloseDirectory {
	void operator()(DIR* directory) const { ::closedir(directory); }
};

void empty(const std::string& path) {
	Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	const std::unique_ptr<DIR, CloseDirectory> directory(fd.get() < 0 ? nullptr : ::fdopendir(fd.get()));
	if (!directory) return;
	const int at = fd.release();
	int count = 0;
	while (const dirent* entry = ::readdir(directory.get())) {
		const std::string name = entry->d_name;
		if (name == "." || name == "..") continue;
		if (++count > most_files) return;
		if (::unlinkat(at, name.c_str(), 0) != 0) ::unlinkat(at, name.c_str(), AT_REMOVEDIR);
	}
}

constexpr std::string_view prefix = "gate25-reader-";

// The process that has made a directory of this name; 0: none of ours.
pid_t maker_of(std::string_view name) {
	pid_t pid = 0;
	if (!name.starts_with(prefix)) return 0;
	const auto [end, error] = std::from_chars(name.data() + prefix.size(), name.data() + name.size(), pid);
	return error == std::errc() && end != name.data() + name.size() && *end == '-' && pid > 0 ? pid : 0;
}

bool is_gone(pid_t pid) {
	return pid == ::getpid() || (::kill(pid, 0) != 0 && errno == ESRCH);
}

} // namespace

void Scratch::sweep(const std::string& place) {
	const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(place.c_str()));
	while (const dirent* entry = directory ? ::readdir(directory.get()) : nullptr) {
		const pid_t maker = maker_of(entry->d_name);
		if (maker != 0 && is_gone(maker)) Scratch(place + "/" + entry->d_name);
	}
}

Result<Scratch> Scratch::make(const std::string& place) {
	std::string path = place + "/" + std::string(prefix) + std::to_string(::getpid()) + "-XXXXXX";
	if (::mkdtemp(path.data()) == nullptr)
		return fail(ErrorKind::unavailable, "cannot make a directory below " + place + ": " + std::strerror(errno), errno);
	return Scratch(std::move(path));
}

Scratch::~Scratch() {
	if (path_.empty()) return;
	empty(path_);
	::rmdir(path_.c_str());
}

} // namespace gate25
