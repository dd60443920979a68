// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/subscriber_key.h"

#include <doctest/doctest.h>
#include <set>

using namespace gate25;

TEST_SUITE("subscriber key") {
	TEST_CASE("the first 64 bits of the SHA-256 of the name, in the discard-only block") {
		CHECK(subscriber_key("anna").text() == "100::5557:9b55:7896:d0ce");
		CHECK(subscriber_key("").text() == "100::e3b0:c442:98fc:1c14");
		CHECK(subscriber_bits(subscriber_key("anna")) == 0x55579b557896d0ceU);
		CHECK(subscriber_key_of(0x55579b557896d0ceU) == subscriber_key("anna"));
	}

	TEST_CASE("it is nobody's prefix, and no prefix is one") {
		CHECK(is_subscriber_key(subscriber_key("anna")));
		for (const char* text : {"100::/64", "100::1:0:0:0:1", "2001:db8::1", "192.0.2.1", "::"})
			CHECK_FALSE(is_subscriber_key(Prefix::parse(text).value()));
		CHECK(is_subscriber_key(Prefix::parse("100::1").value()));
	}

	TEST_CASE("names that differ in one letter, or in its case, are others") {
		std::set<std::uint64_t> keys;
		for (const char* name : {"anna", "Anna", "anna ", "annb", "ann", "02:00:00:00:00:01", "02:00:00:00:00:02"})
			keys.insert(subscriber_bits(subscriber_key(name)));
		CHECK(keys.size() == 7);
	}
}
