// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/files.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

namespace gate25 {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_file = 16 << 20;
constexpr mode_t directory_mode = 0755;

} // namespace

Result<std::string> read_file(const std::string& path) {
	std::ifstream file(path, std::ios::binary);
	if (!file) return fail(ErrorKind::not_found, "cannot read " + path + ": " + std::strerror(errno), errno);
	std::error_code not_regular;
	if (fs::is_directory(path, not_regular)) return fail(ErrorKind::bad_input, path + " is a directory, expected a file");
	std::string text;
	for (std::array<char, 64 * 1024> piece; file.read(piece.data(), piece.size()), file.gcount() > 0;) {
		text.append(piece.data(), static_cast<std::size_t>(file.gcount()));
		if (text.size() > longest_file) return fail(ErrorKind::bad_input, path + " is larger than 16 MiB");
	}
	return text;
}

Result<RulesSource> read_rules(const std::string& directory) {
	std::error_code error;
	RulesSource source;
	for (const auto& entry : fs::directory_iterator(directory, error)) {
		if (entry.path().extension() != ".nft") continue;
		auto text = read_file(entry.path());
		if (!text) return fail(text.error());
		source[entry.path().filename()] = std::move(*text);
	}
	if (error) return fail(ErrorKind::not_found, "cannot read the rules in " + directory + ": " + error.message());
	if (source.empty()) return fail(ErrorKind::not_found, "there are no .nft files in " + directory);
	return source;
}

std::string rules_directory(const std::string& configured) {
	if (!configured.empty()) return configured;
	const char* from_environment = std::getenv("GATE25_RULES");
	return from_environment != nullptr && *from_environment != '\0' ? from_environment : GATE25_RULES_DIR;
}

Result<void> make_parent(const std::string& path) {
	const std::string parent = fs::path(path).parent_path();
	if (parent.empty() || ::mkdir(parent.c_str(), directory_mode) == 0 || errno == EEXIST) return {};
	return fail(ErrorKind::denied, "cannot make the directory " + parent + ": " + std::strerror(errno), errno);
}

} // namespace gate25
