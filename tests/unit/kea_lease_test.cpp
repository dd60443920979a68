// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lines of Kea's memfile.
#include "wire/kea_lease.h"

#include <doctest/doctest.h>

using namespace gate25;

namespace {

constexpr std::string_view header4 = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context";
constexpr std::string_view header6 = "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,hwaddr,"
                                     "state,user_context,hwtype,hwaddr_source";

// One line behind its header.
Result<std::optional<Lease>> read(std::string_view header, std::string_view line, LeaseName name = LeaseName::hw_address) {
	KeaLeaseReader reader(name);
	const auto titles = reader.read(header);
	REQUIRE(titles.has_value());
	CHECK(!titles->has_value());
	return reader.read(line);
}

Lease lease(std::string_view header, std::string_view line, LeaseName name = LeaseName::hw_address) {
	const auto found = read(header, line, name);
	REQUIRE_MESSAGE(found.has_value(), (found ? "" : found.error().text));
	REQUIRE(found->has_value());
	return **found;
}

std::string error(std::string_view header, std::string_view line) {
	const auto found = read(header, line);
	REQUIRE(!found.has_value());
	return found.error().text;
}

UnixTime at(std::int64_t seconds) { return UnixTime(Seconds(seconds)); }

} // namespace

TEST_CASE("a lease of IPv4: who, since when, until when") {
	const Lease found = lease(header4, "100.64.1.20,02:00:00:AA:00:01,01:02:03,3600,1795362261,1,0,0,host.example,0,");
	CHECK(found.prefix == Prefix::parse("100.64.1.20").value());
	CHECK(found.state == Lease::State::held);
	CHECK(found.subscriber == "02:00:00:aa:00:01");
	CHECK(found.at == at(1795362261 - 3600));
	CHECK(found.until == at(1795362261));
	CHECK(found.ports.is_whole());
}

TEST_CASE("a lease is named by what the configuration says, and one without that is nameless") {
	const std::string_view line = "100.64.1.20,02:00:00:00:00:01,01:02:03,3600,1795362261,1,0,0,host&#x2cone,0,";
	CHECK(lease(header4, line, LeaseName::client_id).subscriber == "01:02:03");
	CHECK(lease(header4, line, LeaseName::hostname).subscriber == "host,one");
	for (const LeaseName name : {LeaseName::hw_address, LeaseName::client_id, LeaseName::hostname}) {
		const Lease found = lease(header4, "100.64.1.20,,,3600,1795362261,1,0,0,,0,", name);
		CHECK(found.state == Lease::State::nameless);
		CHECK(found.subscriber.empty());
		CHECK(found.prefix.text() == "100.64.1.20");
	}
	CHECK(lease(header4, "100.64.1.20,no address,,3600,1795362261,1,0,0,,0,").state == Lease::State::nameless);
}

TEST_CASE("the user context of Kea names before all else") {
	CHECK(lease(header4, "100.64.1.20,02:00:00:00:00:01,,3600,1795362261,1,0,0,,0,{ \"subscriber\": \"anna&#x2c \\\"x\\\"\" }").subscriber == "anna, \"x\"");
	// One that names nobody leaves it to the rest.
	for (const std::string_view context : {"{ \"subscriber\": \"\" }", "{ \"subscriber\": 7 }", "{ \"subscriber\": ", "[ \"subscriber\" ]", "{ \"id\": \"anna\" }"})
		CHECK(lease(header4, "100.64.1.20,02:00:00:00:00:01,,3600,1795362261,1,0,0,,0," + std::string(context)).subscriber == "02:00:00:00:00:01");
}

TEST_CASE("leases of IPv6: one address, or a prefix that was delegated") {
	const Lease single = lease(header6, "2001:db8:1000:100::1001,00:01:02:03,3600,1795362335,1,3600,0,7,128,0,0,,02:00:00:00:00:01,0,,1,0");
	CHECK(single.prefix.text() == "2001:db8:1000:100::1001");
	CHECK(single.subscriber == "02:00:00:00:00:01");
	const Lease delegated = lease(header6, "2001:db8:1401::,00:01:02:03,3600,1795362336,1,3600,2,8,56,0,0,,,0,,,", LeaseName::client_id);
	CHECK(delegated.prefix.text() == "2001:db8:1401::/56");
	CHECK(delegated.subscriber == "00:01:02:03");
	CHECK(lease(header6, "2001:db8:1000:100::1002,00:01:02:03,3600,1795362335,1,3600,1,7,128,0,0,,,0,,,").state == Lease::State::nameless);
}

TEST_CASE("a host has one name in both families: a client-id of RFC 4361 stands as its DUID") {
	CHECK(lease(header4, "100.64.1.20,,FF:00:00:00:07:00:01:02:03,3600,1795362261,1,0,0,,0,", LeaseName::client_id).subscriber == "00:01:02:03");
	CHECK(lease(header4, "100.64.1.20,,ff:00:00:00:07,3600,1795362261,1,0,0,,0,", LeaseName::client_id).subscriber == "ff:00:00:00:07");
}

TEST_CASE("what is declined, reclaimed, released or removed is free, and a lease may be for ever") {
	for (const std::string_view state : {"1", "2", "3"})
		CHECK(lease(header4, "100.64.1.20,02:00:00:00:00:01,,3600,1795362261,1,0,0,," + std::string(state) + ",").state == Lease::State::free);
	CHECK(lease(header4, "100.64.1.20,02:00:00:00:00:01,,3600,1795362261,1,0,0,,2,").at == at(1795362261));
	const Lease removed = lease(header4, "100.64.1.20,02:00:00:00:00:01,,0,1795362261,1,0,0,,0,");
	CHECK(removed.state == Lease::State::free);
	CHECK(!removed.at);
	CHECK(lease(header4, "100.64.1.20,02:00:00:00:00:01,,3600,1795362261,1,0,0,,4,").state == Lease::State::held);
	const Lease infinite = lease(header4, "100.64.1.22,02:00:00:00:00:03,,4294967295,6090325958,1,0,0,,0,");
	CHECK(!infinite.until);
	CHECK(infinite.at == at(6090325958 - 4294967295));
}

TEST_CASE("the header says where columns are, also of a later Kea, and a further header is obeyed") {
	const std::string later = std::string(header4) + ",pool_id";
	KeaLeaseReader reader(LeaseName::hw_address);
	REQUIRE(reader.read(later).has_value());
	CHECK((*reader.read("100.64.1.20,02:00:00:00:00:01,,3600,1795362261,1,0,0,,0,,5"))->subscriber == "02:00:00:00:00:01");
	CHECK(!reader.read("100.64.1.20,02:00:00:00:00:01,,3600,1795362261,1,0,0,,0,").has_value());
	REQUIRE(reader.read("address,state,hostname,expire,valid_lifetime,hwaddr,client_id").has_value());
	CHECK((*reader.read("100.64.1.21,0,,1795362261,60,02:00:00:00:00:02,"))->until == at(1795362261));
	reader.begin();
	CHECK(!reader.read("100.64.1.21,0,,1795362261,60,02:00:00:00:00:02,").has_value());
}

TEST_CASE("a line that cannot be a lease is an error that says why") {
	CHECK(error(header4, "100.64.1.20,02:00:00").find("11 fields was expected, got 2") != std::string::npos);
	CHECK(error(header4, "100.64.1.20x,02:00:00:00:00:01,,3600,1795362261,1,0,0,,0,").find("100.64.1.20x") != std::string::npos);
	CHECK(error(header4, "2001:db8::1,02:00:00:00:00:01,,3600,1795362261,1,0,0,,0,").find("other family") != std::string::npos);
	CHECK(error(header6, "::ffff:100.64.1.2,00:01,3600,1795362335,1,3600,0,7,128,0,0,,,0,,,").find("other family") != std::string::npos);
	CHECK(error(header4, "100.64.1.20,02:00:00:00:00:01,,3600,1795362261,1,0,0,,9,").find("0 to 4") != std::string::npos);
	for (const std::string_view times : {"-1,1795362261", "3600,", "3600,99999999999999", "3600,100", "4294967296,6090325958", "3600,1e9"})
		CHECK(error(header4, "100.64.1.20,02:00:00:00:00:01,," + std::string(times) + ",1,0,0,,0,").find("numbers that fit") != std::string::npos);
	CHECK(error(header6, "2001:db8:1401::1,00:01,3600,1795362336,1,3600,2,8,56,0,0,,,0,,,").find("bits behind") != std::string::npos);
	for (const std::string_view kind : {"3,8,56", "2,8,129", "2,8,0", "x,8,56", "2,8,"})
		CHECK(error(header6, "2001:db8:1401::,00:01,3600,1795362336,1,3600," + std::string(kind) + ",0,0,,,0,,,").find("prefix_len") != std::string::npos);
	KeaLeaseReader reader(LeaseName::hw_address);
	CHECK(!reader.read("100.64.1.20,02:00:00:00:00:01,,3600,1795362261,1,0,0,,0,").has_value());
	CHECK(!reader.read("address,hwaddr,valid_lifetime,expire,hostname,state").has_value());
	CHECK(!reader.read("address,duid,hwaddr,valid_lifetime,expire,hostname,state").has_value());
}
