// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the kernel counts by itself: connections at level limit, resets.
#include "stage.h"

#include <string>

using namespace gate25;
using namespace gate25::compare;

namespace {

constexpr unsigned all_limits[] = {1, 2, 5, 10, 20, 50, 100};
constexpr unsigned reset_burst = 40; // deny_reset in gate25.nft

Config limited(unsigned limit, Deny deny) {
	Config config = plain_config();
	config.port25.policy = PolicyAction::open;
	config.port25.deny = deny;
	config.quarantine.limit = limit;
	return config;
}

std::string with(const std::string& text, const Names& names) {
	std::string out = text;
	for (std::size_t at = out.find('#'); at != std::string::npos; at = out.find('#')) out.replace(at, 1, names.digit);
	return out;
}

} // namespace

TEST_CASE("level limit lets the configured number of connections out, and not one more") {
	for (const unsigned limit : all_limits) {
		Stage stage(limited(limit, Deny::reset));
		for (const Names& names : both_families) {
			CAPTURE(limit);
			CAPTURE(names.digit);
			stage.quarantine(names.subscriber_prefix, Level::limit);
			for (std::uint16_t port = 1024; port < 1024 + limit; ++port)
				REQUIRE(stage.tcp(names.subscriber, port, names.outside, 25).fate == "passes");
			const Outcome refused = stage.tcp(names.same_subscriber, 3000, names.outside, 25);
			CHECK(refused.fate == "answered");
			CHECK(text_of(refused.moved) == with("limit#=1 reset#=1", names));
			CHECK(stage.tcp(names.subscriber, 3001, names.outside, 587).fate == "answered");
			CHECK(stage.tcp(names.other_subscriber, 3000, names.outside, 25).fate == "passes");
		}
	}
}

TEST_CASE("at level limit only what opens a connection is counted") {
	Stage stage(limited(1, Deny::drop));
	for (const Names& names : both_families) {
		stage.quarantine(names.subscriber_prefix, Level::limit);
		for (const std::uint8_t flags : {flag_ack, std::uint8_t{flag_syn | flag_ack}, flag_rst, std::uint8_t{flag_fin | flag_ack}})
			for (int i = 0; i < 3; ++i) CHECK(stage.tcp(names.subscriber, 2000, names.outside, 25, flags).fate == "passes");
		CHECK(stage.tcp(names.subscriber, 2001, names.outside, 25).fate == "passes");
		const Outcome refused = stage.tcp(names.subscriber, 2002, names.outside, 25);
		CHECK(refused.fate == "nothing");
		CHECK(text_of(refused.moved) == with("drop#=1 limit#=1", names));
		CHECK(stage.tcp(names.subscriber, 2001, names.outside, 25, flag_ack).fate == "passes");
		CHECK(stage.tcp(names.outside, 25, names.subscriber, 2001, flag_ack).fate == "passes");
	}
}

TEST_CASE("a redirected connection counts at level limit, and past it the client sees a reset of the host it dialled") {
	Config config = limited(1, Deny::reset);
	config.port25.policy = PolicyAction::redirect;
	Stage stage(config);
	for (const Names& names : both_families) {
		stage.quarantine(names.subscriber_prefix, Level::limit);
		CHECK(stage.tcp(names.subscriber, 2000, names.outside, 25).fate == std::string("redirect 587 ") + names.outside);
		const Outcome refused = stage.tcp(names.subscriber, 2001, names.outside, 25);
		CHECK(refused.fate == "answered");
		CHECK(text_of(refused.moved) == with("limit#=1 redirect#=1 reset#=1", names));
	}
}

TEST_CASE("past the rate of resets a flood is dropped, the neighbour still gets his reset") {
	Stage stage(plain_config());
	for (const Names& names : both_families) {
		unsigned answered = 0, dropped = 0;
		for (std::uint16_t port = 1024; port < 1024 + 3 * reset_burst; ++port) {
			const Outcome outcome = stage.tcp(names.subscriber, port, names.outside, 25);
			if (outcome.fate == "answered" && text_of(outcome.moved) == with("block#=1 reset#=1", names)) ++answered;
			if (outcome.fate == "nothing" && text_of(outcome.moved) == with("block#=1 drop#=1", names)) ++dropped;
		}
		CHECK(answered >= reset_burst);
		CHECK(dropped > 0);
		CHECK(answered + dropped == 3 * reset_burst);
		CHECK(stage.tcp(names.other_subscriber, 1024, names.outside, 25).fate == "answered");
	}
}
