// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is written about the configuration is true: the shipped file, gate25.toml(5), and core/config.h agree.
#include "wire/config.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

using namespace gate25;

namespace {

std::string content(const std::string& file) {
	std::ifstream in(std::string(GATE25_SOURCE "/") + file, std::ios::binary);
	REQUIRE_MESSAGE(in, file);
	std::ostringstream out;
	out << in.rdbuf();
	return out.str();
}

Config good_config(const std::string& text) {
	ConfigResult result = read_config(text);
	for (const ConfigError& error : result.errors) FAIL_CHECK(error_text("text", error));
	return std::move(result.config);
}

// "#key = default" becomes live.
std::string with_defaults(const std::string& shipped) {
	return std::regex_replace(shipped, std::regex("\n#([a-z_0-9]+ =)"), "\n$1");
}

// "#   key = example" becomes live too: every section and key of the configuration is there.
std::string with_examples(const std::string& shipped) {
	return std::regex_replace(with_defaults(shipped), std::regex("\n#   "), "\n");
}

struct Line {
	std::string section; // "[alerts]", "[[prefix]]"
	std::string key;
	std::string value;
};

// The keys of a text with their sections; `key` says what a line with one looks like, and both in brackets.
std::vector<Line> lines_with(const std::regex& key, const std::string& text) {
	const std::regex header("(?:#   )?(\\[+[a-z0-9_]+\\]+)");
	std::vector<Line> out;
	std::istringstream in(text);
	std::string section;
	for (std::string line; std::getline(in, line);) {
		std::smatch found;
		if (std::regex_match(line, found, header))
			section = found[1];
		else if (std::regex_match(line, found, key))
			out.push_back({section, found[1], found[2]});
	}
	return out;
}

// All that the reader knows, as it prints them.
std::vector<Line> all_keys() {
	const Config config = good_config(with_examples(content("packaging/gate25.toml")));
	return lines_with(std::regex("([a-z_0-9]+) = (.*)"), config_text(config));
}

// From "*key* = " to the next entry, without the marks for bold type.
std::string entry(const std::string& page, const Line& line) {
	const std::size_t section = page.find("\n# " + line.section + '\n');
	REQUIRE_MESSAGE(section != std::string::npos, line.section);
	const std::size_t next_section = page.find("\n# ", section + 1);
	const std::size_t begin = page.find("\n*" + line.key + "* = ", section);
	REQUIRE_MESSAGE(begin < next_section, line.section << ' ' << line.key);
	const std::size_t end = std::min(page.find("\n\n*", begin), next_section);
	return std::regex_replace(page.substr(begin, end - begin), std::regex("\\*"), "");
}

// The sentence that begins with "Default: ", or "Defaults: " for several keys; without quotes.
std::string default_in(const std::string& entry) {
	const std::string text = std::regex_replace(std::regex_replace(entry, std::regex("\\s+"), " "), std::regex("\""), "") + ' ';
	const std::size_t begin = text.find("Default");
	REQUIRE_MESSAGE(begin != std::string::npos, text);
	return text.substr(begin, text.find(". ", begin) - begin + 1);
}

// 1 is not in 10, nor in -1 or 0.1.
std::regex whole_word(const std::string& value) {
	const std::string bare = std::regex_replace(value, std::regex("\""), "");
	const std::string escaped = std::regex_replace(bare, std::regex("[\\[\\].]"), "\\$&");
	return std::regex("[ ,]" + escaped + "([^0-9a-z.]|\\.?$)");
}

// The examples of a page that are whole configurations.
std::vector<std::string> examples(const std::string& page) {
	constexpr std::string_view fence = "\n```\n";
	std::vector<std::string> out;
	for (std::size_t at = page.find(fence); at != std::string::npos; at = page.find(fence, at)) {
		const std::size_t begin = at + fence.size(), end = page.find(fence, begin);
		REQUIRE(end != std::string::npos);
		if (std::string text = page.substr(begin, end - begin); text.starts_with("[network]")) out.push_back(text + '\n');
		at = end + fence.size();
	}
	return out;
}

} // namespace

TEST_CASE("the shipped configuration is good, and the defaults it shows are the defaults") {
	const std::string shipped = content("packaging/gate25.toml");
	const Config config = good_config(shipped);
	Config defaults;
	defaults.network.subscribers = config.network.subscribers;
	defaults.network.relays = config.network.relays;
	CHECK(config == defaults);
	CHECK(with_defaults(shipped) != shipped);
	CHECK(good_config(with_defaults(shipped)) == defaults);
}

TEST_CASE("the shipped configuration and its manual show every key, each in its section") {
	const auto shown = lines_with(std::regex("([a-z_0-9]+) += (.*)"), with_examples(content("packaging/gate25.toml")));
	const std::string page = content("docs/man/gate25.toml.5.scd");
	const auto keys = all_keys();
	CHECK(keys.size() > 45);
	for (const Line& line : keys) {
		const auto is_same = [&](const Line& one) { return one.section == line.section && one.key == line.key; };
		CHECK_MESSAGE(std::any_of(shown.begin(), shown.end(), is_same), line.section << ' ' << line.key);
		CHECK(!entry(page, line).empty());
	}
}

TEST_CASE("the manual names the same defaults") {
	const std::string page = content("docs/man/gate25.toml.5.scd");
	unsigned compared = 0;
	for (const Line& line : lines_with(std::regex("#([a-z_0-9]+) = (.*)"), content("packaging/gate25.toml"))) {
		if (line.value == "[]" || line.value == "\"\"") continue; // "none"
		++compared;
		const std::string named = default_in(entry(page, line));
		CHECK_MESSAGE(std::regex_search(named, whole_word(line.value)), line.section << ' ' << line.key << ": " << named);
	}
	CHECK(compared > 25);
}

TEST_CASE("the examples of the manual are good") {
	const auto all = examples(content("docs/man/gate25.toml.5.scd"));
	CHECK(all.size() == 2);
	for (const std::string& text : all) good_config(text);
}
