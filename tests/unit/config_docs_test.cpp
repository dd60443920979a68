// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is written about the configuration is true: the shipped file, gate25.toml(5), and core/config.h agree.
#include "wire/config.h"

#include <doctest/doctest.h>

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

std::vector<std::string> all_keys() {
	const std::string printed = config_text(good_config(with_examples(content("packaging/gate25.toml"))));
	std::vector<std::string> out;
	const std::regex key("([a-z_0-9]+) = ");
	for (auto i = std::sregex_iterator(printed.begin(), printed.end(), key); i != std::sregex_iterator(); ++i)
		out.push_back((*i)[1].str());
	return out;
}

// From "*key* = " to the next entry, without the marks for bold type.
std::string entry(const std::string& page, const std::string& key) {
	const std::size_t begin = page.find("\n*" + key + "* = ");
	REQUIRE_MESSAGE(begin != std::string::npos, key);
	std::size_t end = page.find("\n\n*", begin);
	end = std::min(end, page.find("\n\n#", begin));
	return std::regex_replace(page.substr(begin, end - begin), std::regex("\\*"), "");
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

TEST_CASE("the shipped configuration and its manual show every key") {
	const std::string shown = with_examples(content("packaging/gate25.toml"));
	const std::string page = content("docs/man/gate25.toml.5.scd");
	const auto keys = all_keys();
	CHECK(keys.size() > 20);
	for (const std::string& key : keys) {
		CHECK_MESSAGE(std::regex_search(shown, std::regex("\n" + key + " +=")), key);
		CHECK(!entry(page, key).empty());
	}
}

TEST_CASE("the manual names the same defaults, and its example is good") {
	const std::string shipped = content("packaging/gate25.toml");
	const std::string page = content("docs/man/gate25.toml.5.scd");
	const std::regex line("\n#([a-z_0-9]+) = \"?([^\"\n]+)");
	unsigned compared = 0;
	for (auto i = std::sregex_iterator(shipped.begin(), shipped.end(), line); i != std::sregex_iterator(); ++i) {
		if ((*i)[2] == "[]") continue; // "none"
		++compared;
		const std::string text = std::regex_replace(entry(page, (*i)[1]), std::regex("\\s+"), " ");
		const std::size_t value = text.find((*i)[2].str(), text.find("Default: "));
		CHECK_MESSAGE(value != std::string::npos, text);
	}
	CHECK(compared > 10);
	const std::size_t begin = page.find("```\n") + 4;
	good_config(page.substr(begin, page.find("```", begin) - begin));
}
