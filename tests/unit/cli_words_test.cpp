// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/words.h"

#include "cli/help.h"
#include "cli/verbs.h"

#include <doctest/doctest.h>
#include <set>

using namespace gate25::cli;

namespace {

auto read(std::vector<std::string_view> line) {
	return read_words(line);
}

std::string error_of(std::vector<std::string_view> line) {
	const auto words = read_words(line);
	return words ? "" : words.error().error.text;
}

bool contains(const std::string& text, std::string_view part) {
	return text.find(part) != text.npos;
}

} // namespace

TEST_SUITE("cli words") {
	TEST_CASE("options stand before and after the verb") {
		const auto words =
		    read({"--json", "quarantine", "--for=24h", "203.0.113.7", "--level", "mail", "--socket", "/s"});
		REQUIRE(words);
		CHECK(words->verb->name == "quarantine");
		CHECK(words->argument(0) == "203.0.113.7");
		CHECK(words->option("for") == "24h");
		CHECK(words->option("level") == "mail");
		CHECK(words->option("socket") == "/s");
		CHECK(words->has("json"));
		CHECK_FALSE(words->option("reason"));
	}
	TEST_CASE("a value may look like an option, and be empty") {
		const auto words = read({"release", "7", "--reason", "--json"});
		REQUIRE(words);
		CHECK(words->option("reason") == "--json");
		CHECK_FALSE(words->has("json"));
		CHECK(read({"release", "7", "--reason="})->option("reason") == "");
	}
	TEST_CASE("two dashes end the options") {
		CHECK(read({"release", "--", "7"})->argument(0) == "7");
		CHECK(contains(error_of({"release", "--", "--json"}), "\"--json\""));
	}
	TEST_CASE("a lone dash is a file") {
		CHECK(read({"import", "-"})->argument(0) == "-");
	}
	TEST_CASE("--help demands nothing") {
		CHECK(read({"alert", "--help"})->has("help"));
		CHECK(read({"-h"})->has("help"));
		CHECK(read({"-V"})->has("version"));
	}

	TEST_CASE("what is wrong is named") {
		struct {
			std::vector<std::string_view> line;
			std::string_view says;
		} const table[] = {
		    {{}, "expected a verb"},
		    {{"--json"}, "expected a verb"},
		    {{"lsit"}, "unknown verb \"lsit\"; did you mean \"list\"?"},
		    {{"frobnicate"}, "unknown verb \"frobnicate\""},
		    {{"\x1b[2J"}, "\"\\x1b[2J\""},
		    {{"--levle", "x"}, "unknown option \"--levle\" before a verb"},
		    {{"list", "--levle", "mail"}, "did you mean \"--level\"?"},
		    {{"list", "-l"}, "unknown option \"-l\""},
		    {{"list", "--level"}, "--level wants a value: LEVEL"},
		    {{"list", "--level", "port2"}, "got \"port2\"; did you mean \"port25\"?"},
		    {{"list", "--level", "Mail"}, "notify, limit, port25, mail, garden"},
		    {{"list", "--level", "mail", "--level", "mail"}, "--level was given twice"},
		    {{"list", "--all=yes"}, "--all takes no value"},
		    {{"list", "--for", "1h"}, "unknown option \"--for\""},
		    {{"list", "x"}, "\"x\" is one word too many"},
		    {{"quarantine"}, "ADDR|PREFIX is missing"},
		    {{"quarantine", "203.0.113.300"}, "\"203.0.113.300\""},
		    {{"quarantine", "203.0.113.7/24"}, "203.0.113.0/24"},
		    {{"quarantine", "203.0.113.7", "--for", "0"}, "\"0\""},
		    {{"quarantine", "203.0.113.7", "--for", "500ms"}, "\"500ms\""},
		    {{"quarantine", "203.0.113.7", "--for", "-1h"}, "\"-1h\""},
		    {{"quarantine", "203.0.113.7", "--reason", "\xff"}, "UTF-8"},
		    {{"alert", "203.0.113.0/24"}, "one address"},
		    {{"alert", "7"}, "\"7\""},
		    {{"history", "203.0.113.7", "--limit", "0"}, "\"0\""},
		    {{"show", "0"}, "\"0\""},
		    {{"show", "99999999999999999999"}, "\"99999999999999999999\""},
		    {{"alert", "203.0.113.7"}, "--kind KIND is missing"},
		    {{"alert", "203.0.113.7", "--kind", "spm"}, "did you mean \"spam\"?"},
		    {{"alert", "203.0.113.7", "--kind", "spam", "--at", "yesterday"}, "\"yesterday\""},
		    {{"alert", "203.0.113.7", "--kind", "spam", "--port", "65536"}, "1 to 65535"},
		    {{"alert", "203.0.113.7", "--kind", "spam", "--count", "12x"}, "\"12x\""},
		    {{"explain", "203.0.113.7"}, "DST is missing"},
		    {{"explain", "203.0.113.7", "192.0.2.1", "0"}, "1 to 65535"},
		    {{"export", "--format", "xml"}, "nft, json"},
		    {{"import", ""}, "a file name"},
		    {{"completion", "csh"}, "bash, zsh, fish"},
		    {{"help", "lis"}, "did you mean \"list\"?"},
		};
		for (const auto& row : table) {
			const auto text = error_of(row.line);
			CAPTURE(text);
			CAPTURE(row.says);
			CHECK(contains(text, row.says));
		}
	}

	TEST_CASE("the table is whole: every verb runs, names are unique, optional arguments come last") {
		std::set<std::string_view> names;
		for (const auto& verb : verbs()) {
			CAPTURE(verb.name);
			CHECK(names.insert(verb.name).second);
			CHECK((verb.run != nullptr));
			CHECK_FALSE(verb.help.empty());
			bool was_optional = false;
			for (const auto& argument : verb.arguments) {
				CHECK_FALSE((was_optional && !argument.is_optional));
				was_optional = argument.is_optional;
			}
			for (const auto& option : verb.options) {
				CHECK((option.value.empty() == (option.kind == Kind::nothing)));
				for (const auto& global : global_options()) CHECK(option.name != global.name);
			}
		}
	}
	TEST_CASE("the help names every verb but the hidden one, and fits 80 columns") {
		const auto text = help_text();
		for (const auto& verb : verbs()) CHECK(contains(text, "\n  " + std::string(verb.name)) != verb.is_hidden);
		for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
			CHECK(text.find('\n', at) - at <= 80);
		}
		CHECK(contains(help_text(*find_verb("alert")), "gate25 alert ADDR --kind KIND [--reporter NAME]"));
	}
}
