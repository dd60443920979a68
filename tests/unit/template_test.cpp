// SPDX-License-Identifier: GPL-2.0-or-later
#include "courier/template.h"

#include <doctest/doctest.h>

using namespace gate25;

namespace {

const TemplateNames names{{"code", "until", "level"}, {{"samples", {"at", "port"}}}};

TemplateValues sample(const std::string& at, const std::string& port = "") {
	TemplateValues values;
	values.texts = {{"at", at}, {"port", port}};
	return values;
}

const TemplateParts parts{{"greeting", {"_greeting.txt", "Hello {{code}}\n"}},
                          {"one", {"_one.txt", "[{{at}}{{#until}} until {{until}}{{/until}}]"}},
                          {"wrong", {"_wrong.txt", "fine\n{{nobody}}\n"}},
                          {"nested", {"_nested.txt", "{{>greeting}}"}}};

std::string filled(const std::string& text, const TemplateValues& values, Escape escape = Escape::none) {
	std::vector<std::string> errors;
	const auto made = Template::parse("x.txt", text, names, parts, errors);
	for (const std::string& error : errors) FAIL_CHECK(error);
	return made ? made->fill(values, escape) : "";
}

std::vector<std::string> errors_of(const std::string& text) {
	std::vector<std::string> errors;
	CHECK_FALSE(Template::parse("x.txt", text, names, parts, errors));
	return errors;
}

} // namespace

TEST_CASE("a text is filled with values, conditions and lists") {
	TemplateValues values;
	values.texts = {{"code", "K7QF-3M2P"}, {"until", ""}};
	values.lists["samples"] = {sample("10:00", "4711"), sample("11:00")};
	CHECK(filled("code {{code}}!", values) == "code K7QF-3M2P!");
	CHECK(filled("{{#code}}yes{{/code}}{{^code}}no{{/code}}", values) == "yes");
	CHECK(filled("{{#until}}yes{{/until}}{{^until}}for ever{{/until}}", values) == "for ever");
	CHECK(filled("{{#samples}}[{{at}}{{#port}} port {{port}}{{/port}} {{code}}]{{/samples}}", values) ==
	      "[10:00 port 4711 K7QF-3M2P][11:00 K7QF-3M2P]");
	CHECK(filled("{{^samples}}none{{/samples}}", values) == "");
	values.lists.clear();
	CHECK(filled("{{^samples}}none{{/samples}}{{#samples}}x{{/samples}}", values) == "none");
}

TEST_CASE("a section's tag alone on its line takes the line with it") {
	TemplateValues values;
	values.texts["code"] = "K";
	CHECK(filled("a\n{{#code}}\nb\n{{/code}}\nc\n", values) == "a\nb\nc\n");
	CHECK(filled("a\n  {{#until}}  \r\nb\n{{/until}}\nc", values) == "a\nc");
	CHECK(filled("a {{#code}}\nb{{/code}}\n", values) == "a \nb\n");
	CHECK(filled("{{#code}}{{/code}}\nx", values) == "\nx");
}

TEST_CASE("a value can neither end a line nor write HTML") {
	TemplateValues values;
	values.texts["code"] = "a\r\nBcc: x@y.example\n<b>&\"'";
	CHECK(filled("{{code}}", values) == "a  Bcc: x@y.example <b>&\"'");
	CHECK(filled("<p>{{code}}", values, Escape::html) == "<p>a  Bcc: x@y.example &lt;b&gt;&amp;&quot;&#39;");
	// What a value says is no tag.
	values.texts["code"] = "{{level}}";
	values.texts["level"] = "port25";
	CHECK(filled("{{code}}", values) == "{{level}}");
}

TEST_CASE("what is wrong with a text is said with its place") {
	CHECK(errors_of("a\nb {{cod}}") == std::vector<std::string>{"x.txt:2:3: nothing is called \"cod\"; did you mean \"code\"?"});
	CHECK(errors_of("{{at}}").front().starts_with("x.txt:1:1: nothing is called \"at\""));
	CHECK(errors_of("{{samples}}") == std::vector<std::string>{"x.txt:1:1: \"samples\" is a list: {{#samples}} begins it"});
	CHECK(errors_of("{{#code}}x") == std::vector<std::string>{"x.txt:1:1: expected {{/code}} to end this"});
	CHECK(errors_of("x\n  {{/code}}").front() == "x.txt:2:3: {{/code}} ends nothing that was begun");
	CHECK(errors_of("{{#code}}{{/level}}").front() == "x.txt:1:10: {{/level}} ends nothing that was begun; {{/code}} is expected");
	CHECK(errors_of("a {{code").front() == "x.txt:1:3: expected }} after {{");
	CHECK(errors_of("{{}}").size() == 1);
	CHECK(errors_of("{{ code }}").size() == 1); // as it is written, and not otherwise
	CHECK(errors_of("\xff").front() == "x.txt:1:1: expected UTF-8");
	CHECK(errors_of("{{a}}{{b}}{{code}}").size() == 2);
	CHECK(errors_of("{{#samples}}{{#samples}}{{/samples}}{{/samples}}").size() == 1);
}

TEST_CASE("a hostile text ends") {
	std::string deep;
	for (int i = 0; i < 5000; ++i) deep += "{{#code}}";
	REQUIRE(errors_of(deep).size() == 1);
	CHECK(errors_of(deep).front() == "x.txt:1:145: sections may be nested 16 deep, this is one more");
	std::string ends;
	for (int i = 0; i < 5000; ++i) ends += "{{/code}}";
	CHECK_FALSE(errors_of(ends).empty());
}

TEST_CASE("what texts share stands in a part of its own, also within a list") {
	TemplateValues values;
	values.texts = {{"code", "K7QF-3M2P"}, {"until", ""}};
	values.lists["samples"] = {sample("10:00"), sample("11:00")};
	CHECK(filled("a\n{{>greeting}}\nb", values) == "a\nHello K7QF-3M2P\nb");
	CHECK(filled("{{#samples}}{{>one}}{{/samples}}", values) == "[10:00][11:00]");
	values.texts["until"] = "noon";
	CHECK(filled("{{#samples}}{{>one}}{{/samples}}", values) == "[10:00 until noon][11:00 until noon]");
}

TEST_CASE("an error in a part is named where it is, and a part that is not there where it is missed") {
	CHECK(errors_of("a\n{{>wrong}}\n").front().starts_with("_wrong.txt:2:1: nothing is called \"nobody\""));
	CHECK(errors_of("a\n {{>elsewhere}}").front() == "x.txt:2:2: there is no part \"elsewhere\": it would be the file _elsewhere beside this one");
	CHECK(errors_of("{{>nested}}").front() == "_nested.txt:1:1: a part has no parts itself");
	CHECK(errors_of("{{>one}}").front().starts_with("_one.txt:1:2: nothing is called \"at\"")); // of a list that is not open
}
