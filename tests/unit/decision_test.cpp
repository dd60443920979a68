// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/config.h"
#include "core/alert.h"
#include "core/decision.h"
#include "core/element.h"
#include "core/text.h"

#include <doctest/doctest.h>

using namespace gate25;

TEST_CASE("levels and kinds of alert are read as they are printed") {
	for (const Level level : all_levels) CHECK(parse_level(level_text(level)).value() == level);
	for (int i = 0; i <= static_cast<int>(AlertKind::other); ++i) {
		const auto kind = static_cast<AlertKind>(i);
		CHECK(parse_kind(kind_text(kind)).value() == kind);
	}
	CHECK(level_text(Level::port25) == "port25");
	CHECK(kind_text(AlertKind::missed_spam) == "missed-spam");
	CHECK(kind_text(AlertKind::other) == "other");
}

TEST_CASE("an unknown word is quoted and the known ones are named") {
	CHECK(parse_level("Port25").error().text ==
	      "expected a level (notify, limit, port25, mail, garden), got \"Port25\"");
	CHECK(parse_kind("missed_spam").error().text ==
	      "expected a kind of alert (spam, missed-spam, ham, not-spam, bot, malware, other), got \"missed_spam\"");
	CHECK(!parse_level(""));
	CHECK(!parse_kind("spam "));
}

TEST_CASE("only accusations count against a subscriber") {
	CHECK(is_accusation(AlertKind::bot));
	CHECK(!is_accusation(AlertKind::not_spam));
	CHECK(!is_accusation(AlertKind::other));
}

TEST_CASE("a set has the name that the rules give it") {
	CHECK(DecisionSet{Level::port25, Family::ipv4, 0}.name() == "quarantine4_port25");
	CHECK(DecisionSet{Level::mail, Family::ipv6, 64}.name() == "quarantine6_64_mail");
	CHECK(DecisionSet{std::nullopt, Family::ipv4, 0}.name() == "exempt4");
	CHECK(DecisionSet{std::nullopt, Family::ipv6, 48}.name() == "exempt6_48");
}

TEST_CASE("a subscriber is one IPv4 address or one IPv6 prefix") {
	Network network;
	network.further_lengths_ipv6 = {64, 48};
	CHECK(subscriber_of(network, Address::parse("203.0.113.7").value()).text() == "203.0.113.7");
	CHECK(subscriber_of(network, Address::parse("2001:db8:1:2ff::9").value()).text() == "2001:db8:1:200::/56");
	for (const unsigned length : {48U, 56U, 64U}) CHECK(is_decision_length(network, Family::ipv6, length));
	CHECK(!is_decision_length(network, Family::ipv6, 128));
	CHECK(is_decision_length(network, Family::ipv4, 32));
	CHECK(!is_decision_length(network, Family::ipv4, 24));
}

TEST_CASE("redirect is used when any policy redirects") {
	Config config;
	CHECK(!uses_redirect(config));
	config.prefixes.push_back({Prefix::parse("100.64.8.0/24").value(), PolicyAction::redirect});
	CHECK(uses_redirect(config));
	config.prefixes.clear();
	config.port25.policy = PolicyAction::redirect;
	CHECK(uses_redirect(config));
	for (const auto action : {PolicyAction::block, PolicyAction::redirect, PolicyAction::open})
		CHECK(!policy_text(action).empty());
}

TEST_CASE("quoted text hurts neither a terminal nor JSON") {
	CHECK(quoted("abc") == "\"abc\"");
	CHECK(quoted("a\"b\\c") == R"("a\"b\\c")");
	CHECK(quoted("\x1b[31m\n") == R"("\x1b[31m\x0a")");
	CHECK(quoted("\xd0\xb0\x9b") == R"("\xd0\xb0\x9b")");
	CHECK(quoted(std::string(1000, 'x')).size() == 85);
}

TEST_CASE("a typing error finds the word that was meant") {
	const std::array<std::string_view, 4> words{"policy", "deny", "relays", "routers"};
	CHECK(nearest("polcy", words) == "policy");
	CHECK(nearest("ploicy", words) == "policy");
	CHECK(nearest("relay", words) == "relays");
	CHECK(nearest("dn", words).empty());
	CHECK(nearest("subscribers", words).empty());
	CHECK(nearest("", words).empty());
	CHECK(nearest(std::string(1 << 20, 'x'), words).empty());
}
