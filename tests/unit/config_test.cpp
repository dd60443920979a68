// SPDX-License-Identifier: GPL-2.0-or-later
//
// The configuration is tested as text: tests/config/bad/NAME.toml must give the errors in NAME.errors,
// tests/config/good/NAME.toml must print as NAME.ok. GATE25_ACCEPT=1 in the environment writes what is
// found instead, to be read with `git diff`.
#include "wire/config.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

using namespace gate25;
namespace fs = std::filesystem;

namespace {

const fs::path source = GATE25_SOURCE;

std::string content(const fs::path& file) {
	std::ifstream in(file, std::ios::binary);
	REQUIRE_MESSAGE(in, file.string());
	std::ostringstream out;
	out << in.rdbuf();
	return out.str();
}

std::vector<fs::path> files(const fs::path& directory) {
	std::vector<fs::path> out;
	for (const auto& entry : fs::directory_iterator(source / "tests/config" / directory))
		if (entry.path().extension() == ".toml") out.push_back(entry.path());
	std::sort(out.begin(), out.end());
	return out;
}

std::string errors(const fs::path& file) {
	std::string out;
	for (const ConfigError& error : read_config(content(file)).errors)
		out += error_text(file.filename().string(), error) + '\n';
	return out;
}

void check_against(fs::path expected, std::string_view extension, const std::string& found) {
	expected.replace_extension(extension);
	if (std::getenv("GATE25_ACCEPT") != nullptr) std::ofstream(expected, std::ios::binary) << found;
	CHECK(found == content(expected));
}

Config good_config(const std::string& text) {
	ConfigResult result = read_config(text);
	for (const ConfigError& error : result.errors) FAIL_CHECK(error_text("text", error));
	return std::move(result.config);
}

} // namespace

TEST_CASE("every bad configuration is refused with all its errors, each in its place") {
	const auto bad = files("bad");
	CHECK(bad.size() >= 25);
	for (const fs::path& file : bad) {
		CAPTURE(file.filename().string());
		CHECK(!read_config(content(file)).errors.empty());
		check_against(file, ".errors", errors(file));
	}
}

TEST_CASE("a good configuration is read, printed, and read back the same") {
	for (const fs::path& file : files("good")) {
		CAPTURE(file.filename().string());
		const Config config = good_config(content(file));
		const std::string printed = config_text(config);
		check_against(file, ".ok", printed);
		CHECK(good_config(printed) == config);
		CHECK(config_text(good_config(printed)) == printed);
	}
}

TEST_CASE("an error names file, line and column and hurts no terminal") {
	CHECK(error_text("/etc/gate25/gate25.toml", {3, 7, "message"}) == "/etc/gate25/gate25.toml:3:7: message");
	CHECK(error_text("a\x1b[31m", {1, 1, "m"}) == "a\\x1b[31m:1:1: m");
	for (const fs::path& file : files("bad"))
		for (const char c : errors(file)) CHECK((c == '\n' || (c >= 0x20 && c < 0x7f)));
}

TEST_CASE("a configuration of hostile size or depth is refused at once") {
	std::string dots;
	for (int i = 0; i < 400000; ++i) dots += "a.";
	for (const std::string& text :
	     {'[' + dots + "a]", dots + "a = 1", "x = { " + dots + "a = 1 }", "x = " + std::string(400000, '['),
	      std::string(1 << 21, ' '), std::string(1 << 19, '\0'), "x = \"" + std::string(1 << 19, '"')}) {
		const auto found = read_config(text).errors;
		REQUIRE(found.size() == 1);
		CHECK(found.front().message.size() < 500);
	}
}

TEST_CASE("no mutation of a configuration crashes the reader, and what it accepts can be printed") {
	std::vector<std::string> seeds;
	for (const char* directory : {"good", "bad"})
		for (const fs::path& file : files(directory)) seeds.push_back(content(file));
	std::mt19937 random(25);
	unsigned accepted = 0;
	for (int i = 0; i < 20000; ++i) {
		std::string text = seeds[random() % seeds.size()];
		for (auto n = random() % 4; n > 0 && !text.empty(); --n) {
			const std::size_t at = random() % text.size();
			switch (random() % 4) {
			case 0: text.erase(at, random() % 16); break;
			case 1: text[at] = static_cast<char>(random()); break;
			case 2: text.insert(at, 1, "\"[]{}=.,#\n0 "[random() % 12]); break;
			default: text.insert(at, text.substr(random() % text.size(), random() % 40)); break;
			}
		}
		const ConfigResult result = read_config(text);
		if (!result.errors.empty()) continue;
		++accepted;
		REQUIRE(read_config(config_text(result.config)).config == result.config);
	}
	CHECK(accepted > 100);
}
