// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/config.h"
#include "wire/notice_address.h"

#include <doctest/doctest.h>

using namespace gate25;

namespace {

constexpr const char* network = "[network]\nsubscribers = [\"100.64.0.0/10\"]\nrelays = [\"192.0.2.25\"]\n";
constexpr const char* mail = "[notices]\nrelay = \"smtp://192.0.2.25:25\"\nfrom = \"Net <abuse@example.net>\"\n";

ConfigResult read(const std::string& text) { return read_config(network + text); }

NoticeRules good(const std::string& text) {
	ConfigResult result = read(text);
	for (const ConfigError& error : result.errors) FAIL_CHECK(error_text("text", error));
	return result.config.notices;
}

std::string error(const std::string& text) {
	const ConfigResult result = read(text);
	REQUIRE_MESSAGE(result.errors.size() == 1, text);
	return error_text("f", result.errors[0]);
}

} // namespace

TEST_CASE("without [notices] nobody is told anything") {
	CHECK_FALSE(good("").enabled);
	CHECK(good("[notices]\n").enabled);
	CHECK(good("[notices]\n").relay.empty());
}

TEST_CASE("[notices] and its hooks are read and printed") {
	const std::string text = std::string(mail) +
		"mail_to = \"c-{subscriber}@customers.example\"\nlanguage = \"pt-br\"\nprovider = \"Größe Netz\"\nsite = \"https://x.example/a?b\"\n"
		"help = \"+49 30 5550100\"\ndigest = \"12h\"\nper_hour = 5\npatience = \"1d\"\ntemplates = \"/srv/texts\"\n"
		"[[hook]]\nname = \"tickets\"\nurl = \"https://tickets.example:8443/in?q=1\"\nsecret_file = \"/etc/k\"\nevents = [\"quarantined\", \"released\"]\n"
		"[[hook]]\nname = \"chat\"\nurl = \"http://[2001:db8::1]/\"\nsecret_file = \"/etc/k\"\n";
	const NoticeRules rules = good(text);
	CHECK(rules.hooks.size() == 2);
	CHECK(rules.hooks[0].events == std::vector<std::string>{"quarantined", "released"});
	CHECK(rules.provider == "Größe Netz");
	CHECK(rules.digest == Seconds{12 * 3600});
	const ConfigResult first = read(text);
	const ConfigResult again = read_config(config_text(first.config));
	CHECK(again.errors.empty());
	CHECK(again.config == first.config);
}

TEST_CASE("what is wrong in [notices] is told") {
	const auto with = [](const std::string& line) { return error(std::string(mail) + line + "\n"); };
	CHECK(error("[notices]\nrelay = \"smtp://192.0.2.25:25\"\n").find(": \"relay\" needs \"from\"") != std::string::npos);
	CHECK(error("[notices]\nfrom = \"a@b.example\"\n").find("no mail is sent") != std::string::npos);
	CHECK(error("[notices]\nrelay = \"http://x\"\nfrom = \"a@b.example\"\n").find("smtp://") != std::string::npos);
	CHECK(with("mail_to = \"abuse@customers.example\"").find("{subscriber}") != std::string::npos);
	CHECK(with("mail_to = \"abuse@{subscriber}\"").find("{subscriber}") != std::string::npos);
	CHECK(with("language = \"../en\"").find("language") != std::string::npos);
	CHECK(with("site = \"javascript:alert(1)\"").find("URL") != std::string::npos);
	CHECK(with("provider = \"a\\nb\"").find("control") != std::string::npos);
	CHECK(with("digest = \"1s\"").find("at least \"1m\"") != std::string::npos);
	CHECK(with("per_hour = 0").find("per_hour") != std::string::npos);
	CHECK(with("templates = \"texts\"").find("templates") != std::string::npos);
}

TEST_CASE("what is wrong with a hook is told") {
	const auto hook = [](const std::string& lines) {
		return error(std::string(mail) + "[[hook]]\n" + lines);
	};
	const std::string rest = "url = \"https://x.example/\"\nsecret_file = \"/k\"\n";
	CHECK(hook(rest).find("\"name\"") != std::string::npos);
	CHECK(hook("name = \"mail\"\n" + rest).find("mail is") != std::string::npos);
	CHECK(hook("name = \"a\"\nsecret_file = \"/k\"\n").find("\"url\"") != std::string::npos);
	CHECK(hook("name = \"a\"\nurl = \"https://x.example/\"\n").find("\"secret_file\"") != std::string::npos);
	CHECK(hook("name = \"a\"\n" + rest + "events = [\"deleted\"]\n").find("quarantined, changed") != std::string::npos);
	CHECK(hook("name = \"a\"\n" + rest + "events = [\"changed\", \"changed\"]\n").find("already") != std::string::npos);
	CHECK(hook("name = \"a\"\n" + rest + "[[hook]]\nname = \"a\"\n" + rest).find("already") != std::string::npos);
	for (const char* url : {"ftp://x.example/", "https://u:p@x.example/", "https://x.example/a b", "https://x.example/#a", "file:///etc/passwd",
	                        "https://", "https://x.example:0/"})
		CHECK(hook("name = \"a\"\nurl = \"" + std::string(url) + "\"\nsecret_file = \"/k\"\n").find("without a password") != std::string::npos);
	CHECK(error("[[hook]]\nname = \"a\"\n" + rest).find("needs [notices]") != std::string::npos);
}

TEST_CASE("a subscriber's id becomes a mail address or nothing") {
	const auto to = [](std::string_view id) { return mail_to_of("{subscriber}@customers.example", id); };
	CHECK(to("anna.b+c") == "anna.b+c@customers.example");
	CHECK(to("00:11:22:33:44:55") == std::nullopt);
	for (const std::string_view bad : {"", "a b", "a@b", "a\r\nRCPT TO:<x@y>", "a>", "<a", "a\tb", ".a", "a.", "a..b", "Anná", "a\"b", "a,b@c.example,"})
		CHECK_MESSAGE(to(bad) == std::nullopt, bad);
	CHECK(to(std::string(64, 'a')).has_value());
	CHECK(to(std::string(65, 'a')) == std::nullopt);
	CHECK(mail_to_of("", "anna") == std::nullopt);
	CHECK(mail_to_of("x@{subscriber}", "y.example") == std::nullopt);
}

TEST_CASE("who a mail is from") {
	CHECK(parse_mailbox("a@b.example")->address == "a@b.example");
	CHECK(parse_mailbox("Größe Netz <a@b.example>")->name == "Größe Netz");
	for (const char* bad : {"", "a", "N <a>", "N a@b.example", "\"N\" <a@b.example>", "N <a@b.example>x", "N\r\nX: y <a@b.example>", "N <<a@b.example>"})
		CHECK_MESSAGE(!parse_mailbox(bad), bad);
}
