// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lines of dnsmasq's lease file.
#include "wire/dnsmasq_lease.h"

#include <doctest/doctest.h>

using namespace gate25;

namespace {

Lease lease(std::string_view line, LeaseName name = LeaseName::hw_address) {
	const auto found = DnsmasqLeaseReader(name).read(line);
	REQUIRE_MESSAGE(found.has_value(), line);
	REQUIRE(found->has_value());
	return **found;
}

} // namespace

TEST_CASE("a lease of IPv4 in dnsmasq's file") {
	const std::string_view line = "1795362261 02:00:00:AA:00:01 100.64.1.20 laptop 01:02:00:00:aa:00:01";
	CHECK(lease(line).prefix.text() == "100.64.1.20");
	CHECK(lease(line).subscriber == "02:00:00:aa:00:01");
	CHECK(lease(line).until == UnixTime(Seconds(1795362261)));
	CHECK(!lease(line).at);
	CHECK(lease(line, LeaseName::hostname).subscriber == "laptop");
	CHECK(lease(line, LeaseName::client_id).subscriber == "01:02:00:00:aa:00:01");
	CHECK(!lease("0 02:00:00:aa:00:01 100.64.1.20 * *").until);
	CHECK(lease("0 06-02:00:00:aa:00:01 100.64.1.20 * *").subscriber == "06-02:00:00:aa:00:01");
}

TEST_CASE("a lease of IPv6 in dnsmasq's file") {
	CHECK(!(*DnsmasqLeaseReader(LeaseName::hw_address).read("duid 00:01:00:01:2e:11:22:33:02:00:00:00:00:ff")).has_value());
	// DUID-LLT, DUID-LL, and one that says nothing of the hardware.
	CHECK(lease("1795362261 7 2001:db8:1000:100::20 * 00:01:00:01:2e:11:22:33:02:00:00:00:00:01").subscriber == "02:00:00:00:00:01");
	CHECK(lease("1795362261 T7 2001:db8:1000:100::20 * 00:03:00:01:02:00:00:00:00:01").subscriber == "02:00:00:00:00:01");
	CHECK(lease("1795362261 7 2001:db8:1000:100::20 * 00:04:01:02").state == Lease::State::nameless);
	CHECK(lease("1795362261 7 2001:db8:1000:100::20 * 00:04:01:02", LeaseName::client_id).subscriber == "00:04:01:02");
	CHECK(lease("1795362261 7 2001:db8:1000:100::20 * *", LeaseName::client_id).state == Lease::State::nameless);
}

TEST_CASE("a star is no name") {
	for (const LeaseName name : {LeaseName::hostname, LeaseName::client_id})
		CHECK(lease("1795362261 02:00:00:00:00:01 100.64.1.20 * *", name).state == Lease::State::nameless);
}

TEST_CASE("what dnsmasq would not write is an error") {
	DnsmasqLeaseReader reader(LeaseName::hw_address);
	for (const std::string_view line : {"1795362261 02:00:00:00:00:01 100.64.1.20 *", "1795362261 02:00:00:00:00:01 100.64.1.20 * * *", "x 02:00:00:00:00:01 100.64.1.20 * *",
	                                    "1795362261 02:00:00:00:00:01 100.64.1 * *", "-1 02:00:00:00:00:01 100.64.1.20 * *", "duid", "1795362261", " "})
		CHECK_MESSAGE(!reader.read(line).has_value(), line);
	// Durations instead of times: nobody could say when such a lease is over.
	CHECK(reader.read("3600 02:00:00:00:00:01 100.64.1.20 * *").error().text.find("without a clock") != std::string::npos);
	CHECK(!(*reader.read("")).has_value());
}
