// SPDX-License-Identifier: GPL-2.0-or-later
//
// Sessions that are under way when something is decided, at both of their ends.
#include "stage.h"

#include <string>

using namespace gate25;
using namespace gate25::compare;

namespace {

Config with_policy(PolicyAction policy) {
	Config config = plain_config();
	config.port25.policy = policy;
	return config;
}

Config with_garden() {
	Config config = with_policy(PolicyAction::open);
	config.garden.enabled = true;
	config.garden.portal_ipv4 = Address::parse(both_families[0].portal).value();
	config.garden.portal_ipv6 = Address::parse(both_families[1].portal).value();
	return config;
}

std::string counted(const Outcome& outcome, const Names& names) {
	std::string text = text_of(outcome.moved);
	for (std::size_t at = text.find(names.digit + std::string("=")); at != std::string::npos; at = text.find(names.digit + std::string("=")))
		text.replace(at, 1, "#");
	return text;
}

void shake_hands(Stage& stage, const Names& names, std::uint16_t port) {
	REQUIRE(stage.tcp(names.subscriber, 2000, names.outside, port).fate == "passes");
	REQUIRE(stage.tcp(names.outside, port, names.subscriber, 2000, flag_syn | flag_ack).fate == "passes");
	REQUIRE(stage.tcp(names.subscriber, 2000, names.outside, port, flag_ack).fate == "passes");
}

// First the server is told, then the subscriber; what the server still sends earns it a reset.
void check_cut(Stage& stage, const Names& names, std::uint16_t port, const std::string& counter) {
	CAPTURE(names.digit);
	CAPTURE(counter);
	const Outcome first = stage.tcp(names.subscriber, 2000, names.outside, port, flag_ack);
	CHECK(first.fate == "reset");
	CHECK(counted(first, names) == (counter < "cut_#=1" ? counter + " cut_#=1" : "cut_#=1 " + counter));
	const Outcome second = stage.tcp(names.subscriber, 2000, names.outside, port, flag_ack);
	CHECK(second.fate == "answered");
	CHECK(counted(second, names) == (counter < "reset#=1" ? counter + " reset#=1" : "reset#=1 " + counter));
	CHECK(stage.tcp(names.outside, port, names.subscriber, 2000, flag_ack).fate == "answered");
}

// Its next packet becomes a reset for the server, the ones after that earn resets.
void check_redirected(Stage& stage, const Names& names, Level level, const char* server) {
	CAPTURE(level_text(level));
	CAPTURE(server);
	REQUIRE(stage.tcp(names.subscriber, 2000, names.outside, 25).fate == std::string("redirect 587 ") + server);
	stage.tcp(server, 587, names.subscriber, 2000, flag_syn | flag_ack);
	stage.tcp(names.subscriber, 2000, names.outside, 25, flag_ack);
	stage.tcp(names.subscriber, 2001, names.outside, 587);
	stage.quarantine(names.subscriber_prefix, level);
	const Outcome first = stage.tcp(names.subscriber, 2000, names.outside, 25, flag_ack);
	REQUIRE(first.seen.size() == 1);
	CHECK(first.seen[0].frame.packet.destination == Address::parse(server).value());
	CHECK(first.seen[0].frame.packet.destination_port == 587);
	CHECK(first.seen[0].frame.flags == flag_rst);
	CHECK(first.seen[0].frame.has_good_sum);
	CHECK(counted(first, names) == "cut_#=1 redirected#=1");
	const Outcome second = stage.tcp(names.subscriber, 2000, names.outside, 25, flag_ack);
	CHECK(second.fate == "answered");
	CHECK(counted(second, names) == "redirected#=1 reset#=1");
	const Outcome back = stage.tcp(server, 587, names.subscriber, 2000, flag_ack);
	CHECK(back.fate == "answered");
	CHECK(counted(back, names) == "redirected#=1 reset#=1");
	const bool is_spared = level == Level::port25;
	CHECK((stage.tcp(names.subscriber, 2001, names.outside, 587, flag_ack).fate == "passes") == is_spared);
	stage.release(names.subscriber_prefix, level);
}

} // namespace

TEST_CASE("a live session ends at both ends with its next packets") {
	Stage stage(with_policy(PolicyAction::open));
	for (const Names& names : both_families)
		for (const auto& [level, counter] : {std::pair{Level::port25, "port25_#=1"}, {Level::mail, "mail#=1"}, {Level::garden, "garden#=1"}}) {
			REQUIRE(Firewall::run("flush set inet gate25 cut4; flush set inet gate25 cut6") == "");
			shake_hands(stage, names, 25);
			stage.quarantine(names.subscriber_prefix, level);
			check_cut(stage, names, 25, counter);
			stage.release(names.subscriber_prefix, level);
		}
}

TEST_CASE("level garden ends every live session, with garden.nft loaded") {
	Stage stage(with_garden());
	for (const Names& names : both_families)
		for (const std::uint16_t port : {std::uint16_t{25}, std::uint16_t{587}, std::uint16_t{443}}) {
			shake_hands(stage, names, port);
			stage.quarantine(names.subscriber_prefix, Level::garden);
			check_cut(stage, names, port, "garden#=1");
			stage.release(names.subscriber_prefix, Level::garden);
		}
}

TEST_CASE("level port25 leaves a live session to 587 alone, level mail does not") {
	Stage stage(with_policy(PolicyAction::open));
	for (const Names& names : both_families) {
		shake_hands(stage, names, 587);
		stage.quarantine(names.subscriber_prefix, Level::port25);
		CHECK(stage.tcp(names.subscriber, 2000, names.outside, 587, flag_ack).fate == "passes");
		CHECK(stage.tcp(names.outside, 587, names.subscriber, 2000, flag_ack).fate == "passes");
		stage.release(names.subscriber_prefix, Level::port25);
		stage.quarantine(names.subscriber_prefix, Level::mail);
		check_cut(stage, names, 587, "mail#=1");
	}
}

TEST_CASE("a redirected session speaks with 587 and its client believes in 25") {
	Stage stage(with_policy(PolicyAction::redirect));
	for (const Names& names : both_families) {
		const std::string redirected = std::string("redirect 587 ") + names.outside;
		CHECK(stage.tcp(names.subscriber, 2000, names.outside, 25).fate == redirected);
		const Outcome back = stage.tcp(names.outside, 587, names.subscriber, 2000, flag_syn | flag_ack);
		REQUIRE(back.seen.size() == 1);
		CHECK(back.seen[0].frame.packet.source_port == 25);
		CHECK(back.seen[0].frame.has_good_sum);
		const Outcome next = stage.tcp(names.subscriber, 2000, names.outside, 25, flag_ack);
		CHECK(next.fate == redirected);
		CHECK(counted(next, names) == ""); // a connection is counted once
	}
}

TEST_CASE("a live redirected session ends at both ends, and only the redirected one") {
	for (const RedirectTo to : {RedirectTo::same_host, RedirectTo::relay})
		for (const Level level : {Level::port25, Level::mail, Level::garden}) {
			Config config = with_policy(PolicyAction::redirect);
			config.port25.redirect_to = to;
			Stage stage(config);
			for (const Names& names : both_families) check_redirected(stage, names, level, to == RedirectTo::relay ? names.relay : names.outside);
		}
}

TEST_CASE("the portal answers in the name of the site that was asked for") {
	Stage stage(with_garden());
	for (const Names& names : both_families) {
		stage.quarantine(names.subscriber_prefix, Level::garden);
		const Outcome asked = stage.tcp(names.subscriber, 2000, names.outside, 80);
		CHECK(asked.fate == std::string("redirect 80 ") + names.portal);
		CHECK(counted(asked, names) == "portal#=1");
		const Outcome back = stage.tcp(names.portal, 80, names.subscriber, 2000, flag_syn | flag_ack);
		REQUIRE(back.seen.size() == 1);
		CHECK(back.seen[0].frame.packet.source == Address::parse(names.outside).value());
	}
}

TEST_CASE("what is released passes with the next packet") {
	Stage stage(with_policy(PolicyAction::open));
	for (const Names& names : both_families) {
		stage.quarantine(names.subscriber_prefix, Level::port25);
		CHECK(stage.tcp(names.subscriber, 2000, names.outside, 25).fate == "answered");
		CHECK(stage.tcp(names.subscriber, 2001, names.relay, 25).fate == "passes");
		stage.release(names.subscriber_prefix, Level::port25);
		CHECK(stage.tcp(names.subscriber, 2002, names.outside, 25).fate == "passes");
	}
}
