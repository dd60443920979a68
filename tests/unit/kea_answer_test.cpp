// SPDX-License-Identifier: GPL-2.0-or-later
//
// What Kea answers at its control socket.
#include "wire/kea_answer.h"

#include <doctest/doctest.h>

using namespace gate25;

namespace {

std::string page_of(const std::string& leases) {
	return R"({ "arguments": { "count": 1, "leases": [ )" + leases + R"( ] }, "result": 0, "text": "1 lease(s) found." })";
}

KeaPage page(const std::string& leases, Family family = Family::ipv4, LeaseName name = LeaseName::hw_address) {
	auto found = read_kea_page(page_of(leases), family, name);
	REQUIRE(found.has_value());
	return std::move(*found);
}

UnixTime at(std::int64_t seconds) { return UnixTime(Seconds(seconds)); }

} // namespace

TEST_CASE("a page of IPv4 leases") {
	const KeaPage found = page(R"({"client-id":"01:02:03","cltt":1795358661,"hostname":"a.b","hw-address":"02:00:00:00:00:01","ip-address":"100.64.1.20",
	 "state":0,"subnet-id":1,"user-context":{"subscriber":"anna"},"valid-lft":3600},
	 {"cltt":1795358662,"hostname":"","hw-address":"02:00:00:00:00:02","ip-address":"100.64.1.9","state":0,"subnet-id":1,"valid-lft":4294967295},
	 {"cltt":1795358662,"hostname":"","hw-address":"02:00:00:00:00:03","ip-address":"100.64.1.10","state":2,"subnet-id":1,"valid-lft":60},
	 {"cltt":1795358662,"hostname":"","ip-address":"100.64.1.11","state":0,"subnet-id":1,"valid-lft":60})");
	REQUIRE(found.leases.size() == 4);
	CHECK(found.count == 4);
	CHECK(found.bad == 0);
	CHECK(found.last == Address::parse("100.64.1.20").value());
	CHECK(found.leases[0].subscriber == "anna");
	CHECK(found.leases[0].at == at(1795358661));
	CHECK(found.leases[0].until == at(1795358661 + 3600));
	CHECK(found.leases[1].subscriber == "02:00:00:00:00:02");
	CHECK(!found.leases[1].until);
	CHECK(found.leases[2].state == Lease::State::free);
	CHECK(found.leases[3].state == Lease::State::nameless);
}

TEST_CASE("a page of IPv6 leases") {
	const KeaPage found = page(R"({"cltt":1795358735,"duid":"00:01:02:03","hostname":"","iaid":7,"ip-address":"2001:db8:1000:100::1001","state":0,
	 "type":"IA_NA","valid-lft":3600},
	 {"cltt":1795358736,"duid":"00:01:02:03","hostname":"","iaid":8,"ip-address":"2001:db8:1401::","prefix-len":56,"state":0,"type":"IA_PD","valid-lft":3600})",
	                           Family::ipv6, LeaseName::client_id);
	REQUIRE(found.leases.size() == 2);
	CHECK(found.leases[0].prefix.text() == "2001:db8:1000:100::1001");
	CHECK(found.leases[1].prefix.text() == "2001:db8:1401::/56");
	CHECK(found.leases[1].subscriber == "00:01:02:03");
	CHECK(found.last == Address::parse("2001:db8:1401::").value());
}

TEST_CASE("a bad lease of a page is counted, and the others are read") {
	const KeaPage found = page(R"({"cltt":1,"hw-address":"02:00:00:00:00:01","ip-address":"100.64.1.20","state":0,"valid-lft":60},
	 {"cltt":-1,"hw-address":"02:00:00:00:00:01","ip-address":"100.64.1.21","state":0,"valid-lft":60},
	 {"cltt":1,"hw-address":"02:00:00:00:00:01","ip-address":"2001:db8::1","state":0,"valid-lft":60},
	 {"cltt":1,"hw-address":"02:00:00:00:00:01","ip-address":"100.64.1.22","state":77,"valid-lft":60},
	 {"cltt":1,"hw-address":"02:00:00:00:00:01","ip-address":"nowhere","state":0,"valid-lft":60}, 7)");
	CHECK(found.count == 6);
	CHECK(found.leases.size() == 1);
	CHECK(found.bad == 5);
	CHECK(found.problem.find("100.64.1.21") != std::string::npos);
}

TEST_CASE("behind the last lease there is nothing, which is no error") {
	const auto none = read_kea_page(R"({ "arguments": { "count": 0, "leases": [  ] }, "result": 3, "text": "0 IPv4 lease(s) found." })", Family::ipv4,
	                                LeaseName::hw_address);
	REQUIRE(none.has_value());
	CHECK(none->count == 0);
	CHECK(!none->last);
}

TEST_CASE("an answer that is no page is an error that says what Kea said") {
	const auto refused = read_kea_page(R"({ "result": 2, "text": "'lease4-get-page' command not supported." })", Family::ipv4, LeaseName::hw_address);
	REQUIRE(!refused.has_value());
	CHECK(refused.error().text.find("not supported") != std::string::npos);
	CHECK(refused.error().text.find("libdhcp_lease_cmds.so") != std::string::npos);
	for (const std::string_view text : {"", "[]", "{}", R"({"result":"0"})", R"({"result":0})", R"({"result":0,"arguments":{"leases":7}})",
	                                    R"({"result":1,"text":"no"})", R"({"result":0,"arguments":{"leases":[)", "nonsense"})
		CHECK_MESSAGE(!read_kea_page(text, Family::ipv4, LeaseName::hw_address).has_value(), text);
	CHECK(!read_kea_page(page_of(std::string(40, '[') + std::string(40, ']')), Family::ipv4, LeaseName::hw_address).has_value());
}

TEST_CASE("the configuration of a Kea tells its family") {
	CHECK(read_kea_family(R"({ "arguments": { "Dhcp4": { "comment": "no \"Dhcp6\"" } }, "result": 0 })").value() == Family::ipv4);
	CHECK(read_kea_family(R"({ "arguments": { "Dhcp6": { "note": "Dhcp4" } }, "result": 0 })").value() == Family::ipv6);
	CHECK(!read_kea_family(R"({ "arguments": { "Control-agent": {} }, "result": 0 })").has_value());
	CHECK(!read_kea_family("").has_value());
}

TEST_CASE("pages are asked for by the address before them") {
	CHECK(kea_page_command(Family::ipv4, std::nullopt, 500) == R"({"command":"lease4-get-page","arguments":{"from":"start","limit":500}})");
	CHECK(kea_page_command(Family::ipv6, Address::parse("2001:db8::1").value(), 2) ==
	      R"({"command":"lease6-get-page","arguments":{"from":"2001:db8::1","limit":2}})");
}
