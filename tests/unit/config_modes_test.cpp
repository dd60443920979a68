// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the configuration says about an address, and numbers that are read as they stand.
#include "core/config.h"
#include "wire/config.h"

#include <cstdio>
#include <doctest/doctest.h>

using namespace gate25;

namespace {

constexpr const char* network = R"([network]
subscribers = ["100.64.0.0/10", "2001:db8:1000::/36"]
relays = ["192.0.2.25"]
)";

Config good_config(const std::string& more) {
	ConfigResult result = read_config(network + more);
	for (const ConfigError& error : result.errors) FAIL_CHECK(error_text("text", error));
	return std::move(result.config);
}

Mode mode_at(const Config& config, const char* address) {
	return mode_of(config, subscriber_of(config.network, Address::parse(address).value()));
}

} // namespace

TEST_CASE("the mode is that of the longest prefix that has one, whatever the policies are") {
	const Config config = good_config(R"(
[alerts]
mode = "monitor"
[[prefix]]
match = ["100.64.0.0/16", "2001:db8:1000::/40"]
mode = "enforce"
[[prefix]]
match = ["100.64.8.7", "2001:db8:1008:700::/56"]
mode = "enforce"
[[prefix]]
match = ["100.64.8.0/24", "2001:db8:1008::/48"]
policy = "open"
mode = "monitor"
[[prefix]]
match = ["100.64.9.0/24", "2001:db8:1009::/48"]
policy = "open"
)");
	for (const char* monitored : {"100.65.0.1", "2001:db8:1100::1", "100.64.8.8", "2001:db8:1008:800::1", "198.51.100.1"})
		CHECK_MESSAGE(mode_at(config, monitored) == Mode::monitor, monitored);
	// The last two lie in a longer prefix, which has a policy and no mode.
	for (const char* enforced : {"100.64.0.1", "2001:db8:1000::1", "100.64.8.7", "2001:db8:1008:7ff::1", "100.64.9.1",
	                             "2001:db8:1009::1"})
		CHECK_MESSAGE(mode_at(config, enforced) == Mode::enforce, enforced);
	CHECK(config.prefixes.size() == 4);
	CHECK(config.modes.size() == 6);
}

TEST_CASE("without a prefix the mode is that of the alerts") {
	CHECK(mode_at(good_config(""), "100.64.0.1") == Mode::enforce);
	CHECK(mode_at(good_config("[alerts]\nmode = \"monitor\""), "2001:db8:1000::1") == Mode::monitor);
}

TEST_CASE("a [[prefix]] with a mode alone changes no policy") {
	CHECK(good_config("[[prefix]]\nmatch = \"100.64.8.0/24\"\nmode = \"monitor\"").prefixes.empty());
}

TEST_CASE("every weight of two places is read exactly, and printed as it is read") {
	for (int hundredths = 0; hundredths <= 1000; ++hundredths) {
		char written[16];
		std::snprintf(written, sizeof written, "%d.%02d", hundredths / 100, hundredths % 100);
		const Config config =
		    good_config("[[reporter]]\nname = \"a\"\nusers = [\"a\"]\nweight = " + std::string(written));
		REQUIRE(config.reporters.size() == 1);
		CHECK_MESSAGE(config.reporters.front().weight == hundredths, written);
		CHECK(read_config(config_text(config)).config == config);
	}
}

TEST_CASE("numbers are found wherever they stand in a line, and in no time") {
	std::string text = "score = { ham = 0.25 }\nreporter = [";
	for (int i = 0; i < 10000; ++i)
		text += "{name = \"\u00e4" + std::to_string(i) + "\", users = [\"u" + std::to_string(i) + "\"], weight = " +
		        std::to_string(i % 10) + ".5}, ";
	const ConfigResult result = read_config(text + "]\n" + network);
	REQUIRE(result.errors.empty());
	for (std::size_t i = 0; i < result.config.reporters.size(); ++i)
		REQUIRE(result.config.reporters[i].weight == static_cast<Points>(i % 10) * 100 + 50);
}
