// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/file.h"

#include "cli/text.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <sys/stat.h>
#include <system_error>

namespace gate25::cli {
namespace {

constexpr std::size_t largest = std::size_t{16} * 1024 * 1024;

struct Close {
	void operator()(std::FILE* file) const noexcept {
		if (file != stdin) std::fclose(file);
	}
};
using File = std::unique_ptr<std::FILE, Close>;

tl::unexpected<Error> cannot(std::string_view what, const std::string& path, int number) {
	return fail(number == ENOENT ? ErrorKind::not_found : ErrorKind::bad_input,
	            fmt::format("cannot {} {}: {}", what, clean(path), std::strerror(number)), number);
}

} // namespace

Result<std::string> read_file(const std::string& path) {
	const File file(path == "-" ? stdin : std::fopen(path.c_str(), "re"));
	if (!file) return cannot("open", path, errno);
	std::string text;
	char buffer[65536];
	while (text.size() <= largest) {
		const auto size = std::fread(buffer, 1, sizeof buffer, file.get());
		if (std::ferror(file.get()) != 0) return cannot("read", path, errno); // EISDIR, EIO
		if (size == 0) return text;
		text.append(buffer, size);
	}
	return fail(ErrorKind::bad_input, fmt::format("{} is larger than {} MiB", clean(path), largest >> 20U));
}

Result<RulesSource> read_rules(const std::string& directory) {
	RulesSource source;
	std::error_code error;
	for (std::filesystem::directory_iterator file(directory, error), end; !error && file != end;
	     file.increment(error)) {
		if (file->path().extension() != ".nft") continue;
		auto text = read_file(file->path().string());
		if (!text) return fail(text.error());
		source.emplace(file->path().filename().string(), std::move(*text));
	}
	if (error) return cannot("read the rules in", directory, error.value());
	return source;
}

} // namespace gate25::cli
