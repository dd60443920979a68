// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/whole_file.h"

#include "core/time.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace gate25 {

tl::unexpected<Error> system_failure(const std::string& what) {
	const int system_error = errno;
	return fail(ErrorKind::storage, what + ": " + std::strerror(system_error), system_error);
}

Result<void> sync_path(const std::string& path) {
	const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
	if (file < 0) return system_failure(path);
	Result<void> result;
	if (fsync(file) != 0) result = system_failure(path);
	close(file);
	return result;
}

std::string time_for_name() {
	std::string text = time_text(std::chrono::floor<Seconds>(std::chrono::system_clock::now()));
	std::erase(text, ':');
	return text;
}

std::string in_sql_quotes(const std::string& text) {
	std::string quoted = "'";
	for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
	return quoted + "'";
}

} // namespace gate25
