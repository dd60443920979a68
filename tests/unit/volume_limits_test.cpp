// SPDX-License-Identifier: GPL-2.0-or-later
//
// Limits: their text, whom they concern, and when they are exceeded.
#include "core/recent_openings.h"
#include "core/volume_limits.h"

#include <doctest/doctest.h>

using namespace gate25;

namespace {

constexpr VolumeTime start = 1'800'000'000;
const VolumeKey alice = VolumeKey::of(Prefix::host(Address::ipv4(0x64400102)));

VolumeLimit limit_of(const char* text, Then then, Mode mode = Mode::enforce) {
	VolumeLimit limit;
	limit.limit = *parse_limit(text);
	limit.then = then;
	limit.mode = mode;
	return limit;
}

VolumeEntry connections_of(const VolumeKey& key, std::uint32_t count) {
	VolumeEntry entry(key, Activity::connections, start);
	for (std::uint32_t number = 0; number < count; ++number) entry.add_destination(destination_hash(Address::ipv4(number), 25), start);
	return entry;
}

} // namespace

TEST_CASE("every limit that is written is read again") {
	for (const Quantity quantity : all_quantities)
		for (const Window window : all_windows)
			for (const std::uint32_t most : {1U, 30U, most_limit}) {
				const Limit limit{quantity, most, window};
				const auto read = parse_limit(limit.text());
				REQUIRE(read);
				CHECK(*read == limit);
			}
	CHECK(parse_limit("attempted-destinations 50/day")->text() == "attempted-destinations 50/day");
}

TEST_CASE("what is no limit is refused, with the text and the form") {
	for (const char* text : {"", "connections", "connections 30", "30/hour", "connections 0/hour", "connections 60001/hour",
	                         "connections -1/hour", "connections 3.5/hour", "connections 30/week", "mails 30/hour",
	                         "connections  30/hour", "connections 30/hour ", "connections/30 hour", "connections 99999999999/day"}) {
		const auto read = parse_limit(text);
		REQUIRE(!read);
		CHECK(read.error().text.find("\"connections 30/hour\"") != std::string::npos);
	}
}

TEST_CASE("a limit is exceeded by one more than it allows") {
	const VolumeLimits limits({limit_of("connections 3/hour", Then::refuse)});
	CHECK(limits.exceeded(connections_of(alice, 3), start).refuse == nullptr);
	const VolumeEntry four = connections_of(alice, 4);
	const Exceeded exceeded = limits.exceeded(four, start);
	REQUIRE(exceeded.refuse != nullptr);
	CHECK(exceeded.alert == nullptr);
	CHECK(excess_text(four, exceeded.refuse->limit, start) == "4 connections to port 25 within an hour, more than 3");
	CHECK(limits.exceeded(four, start + 5000).refuse == nullptr);
}

TEST_CASE("what a limit does, and what it would do") {
	const VolumeEntry entry = connections_of(alice, 9);
	const auto check = [&](Then then, Mode mode, bool refuse, bool alert) {
		const VolumeLimits limits({limit_of("destinations 5/day", then, mode)});
		const Exceeded exceeded = limits.exceeded(entry, start);
		const bool is_enforced = mode == Mode::enforce;
		CHECK((exceeded.refuse != nullptr) == (refuse && is_enforced));
		CHECK((exceeded.would_refuse != nullptr) == (refuse && !is_enforced));
		CHECK((exceeded.alert != nullptr) == (alert && is_enforced));
		CHECK((exceeded.would_alert != nullptr) == (alert && !is_enforced));
	};
	for (const Mode mode : {Mode::enforce, Mode::monitor}) {
		check(Then::refuse, mode, true, false);
		check(Then::alert, mode, false, true);
		check(Then::refuse_and_alert, mode, true, true);
	}
}

TEST_CASE("a limit concerns its activity and its prefixes, both families") {
	VolumeLimit some = limit_of("connections 1/hour", Then::refuse);
	some.match = {*Prefix::parse("100.64.1.0/24"), *Prefix::parse("2001:db8:1000::/40")};
	const VolumeLimits limits({some});
	const VolumeKey bob = VolumeKey::of(Prefix::host(Address::ipv4(0x64400202)));
	const VolumeKey inside = VolumeKey::of(*Prefix::parse("2001:db8:1000:100::/56"));
	const VolumeKey outside = VolumeKey::of(*Prefix::parse("2001:db8:1100:100::/56"));
	CHECK(limits.exceeded(connections_of(alice, 2), start).refuse != nullptr);
	CHECK(limits.exceeded(connections_of(bob, 2), start).refuse == nullptr);
	CHECK(limits.exceeded(connections_of(inside, 2), start).refuse != nullptr);
	CHECK(limits.exceeded(connections_of(outside, 2), start).refuse == nullptr);
	CHECK(limits.concerning(alice).size() == 1);
	CHECK(limits.concerning(bob).empty());
	CHECK(limits.concerning(VolumeKey::of_user("alice")).empty());
	VolumeEntry attempts(alice, Activity::attempts, start);
	for (std::uint32_t i = 0; i < 5; ++i) attempts.add_destination(i, start);
	CHECK(limits.exceeded(attempts, start).refuse == nullptr);
}

TEST_CASE("a first packet that comes again is known, and what became of it") {
	RecentOpenings recent(25, 1024);
	const Opening opening{Address::ipv4(1), Address::ipv4(2), 40000, 25, 77};
	CHECK(!recent.find(opening, start));
	recent.remember(opening, start, true);
	CHECK(recent.find(opening, start + 127) == true);
	CHECK(!recent.find(opening, start + 130));
	for (int field = 0; field < 5; ++field) {
		Opening other = opening;
		if (field == 0) other.source = Address::ipv4(3);
		if (field == 1) other.destination = Address::ipv4(3);
		if (field == 2) ++other.source_port;
		if (field == 3) ++other.destination_port;
		if (field == 4) ++other.sequence;
		CHECK(!recent.find(other, start));
	}
	recent.remember(opening, start, false);
	CHECK(recent.find(opening, start + 1) == false);
}
