// SPDX-License-Identifier: GPL-2.0-or-later
//
// Packets of RADIUS accounting: what another program made, what is broken, what is forged.
#include "radius_packets.h"
#include "wire/radius_attributes.h"

#include <doctest/doctest.h>

using namespace gate25;
using namespace gate25::test;

namespace {

constexpr const char* secret = "testing123";
// Of FreeRADIUS' radclient, with that secret.
const RadiusBytes foreign_start = from_hex(
    "04cc008406908abed1b1634c978d1028d0c2b8aa0107616c6963652806000000012c0473310406c000020a0806644001026114004020010db8100001000000000000"
    "0000007b14003820010db8100001000000000000000000a81220010db810000100000000000000000237066afd86c0290600000003210401021906433130302103"
    "03");
const RadiusBytes foreign_with_hmac = from_hex(
    "04bd00431ecbe54d4f28d1804b6143554d5d15580107616c6963652806000000012c0473310406c000020a0806644001025012b766cc32d375dae5055d9e8c1c5b"
    "9996");
const RadiusBytes foreign_status = from_hex("0c0d002683032505487c5f5c05fed370412a2b845012a6831ec9205aa9a10a84e13017d935b0");

RadiusPacket packet_of(const RadiusBytes& bytes) {
	const auto read = read_radius(bytes);
	REQUIRE_MESSAGE(read, (read ? "" : read.error().text));
	return *read;
}

Result<RadiusAccount> account_of(const RadiusRequest& request, RadiusName name = RadiusName::user_name) {
	const RadiusBytes bytes = request.signed_with(secret);
	return read_radius_account(packet_of(bytes), name);
}

RadiusRequest start() { return RadiusRequest().status(1).session("s1").user("alice"); }

std::string prefixes_of(const RadiusRequest& request) {
	const auto account = account_of(request);
	if (!account) return account.error().text;
	std::string out;
	for (const Prefix& each : account->prefixes) out += each.text() + " ";
	return out;
}

} // namespace

TEST_CASE("radius: packets of another program are authentic, and with any byte changed they are not") {
	for (const RadiusBytes& good : {foreign_start, foreign_with_hmac, foreign_status}) {
		CHECK(is_authentic(packet_of(good), secret));
		CHECK(!is_authentic(packet_of(good), "testing124"));
		CHECK(!is_authentic(packet_of(good), ""));
		for (std::size_t i = 0; i < good.size(); ++i) {
			RadiusBytes changed = good;
			changed[i] ^= 0x10;
			const auto read = read_radius(changed);
			CHECK((!read || !is_authentic(*read, secret)));
		}
	}
}

TEST_CASE("radius: a message authenticator that is there must be right, alone and whole; a question about life has one") {
	CHECK(is_authentic(packet_of(start().signed_with(secret, true)), secret));
	CHECK(is_authentic(packet_of(start().signed_with(secret, false)), secret));
	// The authenticator of the packet is right in all of these.
	CHECK(!is_authentic(packet_of(start().add(80, RadiusBytes(16)).signed_with(secret)), secret));
	CHECK(!is_authentic(packet_of(start().add(80, RadiusBytes(15)).signed_with(secret)), secret));
	CHECK(!is_authentic(packet_of(start().add(80, RadiusBytes(16)).signed_with(secret, true)), secret));
	CHECK(!is_authentic(packet_of(RadiusRequest(1, 12).signed_with(secret)), secret));
	CHECK(is_authentic(packet_of(RadiusRequest(1, 12).signed_with(secret, true)), secret));
}

TEST_CASE("radius: what does not fit together is no packet, and padding behind it is nothing") {
	RadiusBytes padded = foreign_start;
	padded.resize(padded.size() + 7, 0xff);
	CHECK(packet_of(padded).bytes.size() == foreign_start.size());
	CHECK(is_authentic(packet_of(padded), secret));
	for (std::size_t size = 0; size < foreign_start.size(); ++size)
		CHECK(!read_radius(std::span(foreign_start).first(size)));
	const auto changed = [](std::size_t at, std::uint8_t value) {
		RadiusBytes bytes = foreign_start;
		bytes[at] = value;
		return read_radius(bytes).has_value();
	};
	CHECK(!changed(0, 1));  // Access-Request
	CHECK(!changed(0, 5));  // an answer
	CHECK(!changed(2, 0x10)); // longer than 4096
	CHECK(!changed(3, 19)); // shorter than a header
	CHECK(!changed(21, 0)); // an attribute without end
	CHECK(!changed(21, 1));
	CHECK(!changed(foreign_start.size() - 2, 4)); // one that ends behind the packet
}

TEST_CASE("radius: an answer is for its request, with what proxies have put there, in order") {
	const RadiusPacket request = packet_of(foreign_start);
	const auto answer = spell_radius_answer(request, secret);
	REQUIRE(answer.size() == 20 + 4 + 3);
	CHECK(answer[0] == 5);
	CHECK(answer[1] == 0xcc);
	CHECK(answer[3] == answer.size());
	CHECK(RadiusBytes(answer.begin() + 20, answer.end()) == from_hex("21040102210303"));
	RadiusBytes proof(answer.begin(), answer.begin() + 4);
	proof.insert(proof.end(), foreign_start.begin() + 4, foreign_start.begin() + 20);
	proof.insert(proof.end(), answer.begin() + 20, answer.end());
	for (const char c : std::string_view(secret)) proof.push_back(static_cast<std::uint8_t>(c));
	md5_ctx md5;
	RadiusBytes digest(16);
	md5_init(&md5);
	md5_update(&md5, proof.size(), proof.data());
	md5_digest(&md5, 16, digest.data());
	CHECK(RadiusBytes(answer.begin() + 4, answer.begin() + 20) == digest);
	CHECK(spell_radius_answer(request, secret) == answer);
}

TEST_CASE("radius: an account of another program is read") {
	const auto account = read_radius_account(packet_of(foreign_start), RadiusName::user_name);
	REQUIRE(account);
	CHECK(account->status == RadiusStatus::start);
	CHECK(account->subscriber == "alice");
	CHECK(account->session == "s1");
	CHECK(account->event == UnixTime{Seconds{1795000000}});
	CHECK(account->delay == Seconds{3});
	REQUIRE(account->prefixes.size() == 4);
	CHECK(account->prefixes[0].text() == "100.64.1.2");
	CHECK(account->prefixes[1].text() == "2001:db8:1000:100::/64");
	CHECK(account->prefixes[2].text() == "2001:db8:1000:100::/56");
	CHECK(account->prefixes[3].text() == "2001:db8:1000:100::2");
	CHECK(read_radius_account(packet_of(foreign_start), RadiusName::class_)->subscriber == "C100");
	CHECK(read_radius_account(packet_of(foreign_start), RadiusName::calling_station_id)->subscriber.empty());
}

TEST_CASE("radius: prefixes are read as they are given, however short they are written") {
	CHECK(prefixes_of(start().prefix(97, "2001:db8:1:2::", 64, 8)) == "2001:db8:1:2::/64 ");
	CHECK(prefixes_of(start().prefix(123, "2001:db8::", 48, 4)) == "2001:db8::/48 ");
	CHECK(prefixes_of(start().prefix(123, "2001:db8::1", 64, 16)) == "2001:db8::/64 ");
	CHECK(prefixes_of(start().prefix(123, "2001:db8::1", 128, 16)) == "2001:db8::1 ");
	CHECK(prefixes_of(start().address(8, "100.64.1.2").address(8, "100.64.1.3").address(8, "100.64.1.2")) == "100.64.1.2 100.64.1.3 ");
	for (const char* choice : {"255.255.255.255", "255.255.255.254", "0.0.0.0"}) CHECK(prefixes_of(start().address(8, choice)).empty());
	CHECK(prefixes_of(start().address(168, "::")).empty());
	for (const RadiusRequest& bad :
	     {start().prefix(97, "2001:db8::", 129, 16), start().prefix(97, "2001:db8::", 0, 16), start().add(97, {0}), start().add(97, RadiusBytes(19)),
	      start().add(123, from_hex("006000000000000000000000ffff01020304")), start().add(8, {1, 2, 3}), start().add(168, RadiusBytes(15))})
		CHECK_MESSAGE(prefixes_of(bad).starts_with("no record of accounting: its attribute "), prefixes_of(bad));
}

TEST_CASE("radius: a name is text, and where it may be any bytes in hexadecimal") {
	const auto named = [](std::uint8_t type, RadiusName name, const RadiusBytes& value) {
		const auto account = account_of(RadiusRequest().status(1).session("s").add(type, value), name);
		return account ? account->subscriber : "error";
	};
	CHECK(named(25, RadiusName::class_, from_hex("00ff10")) == "0x00ff10");
	CHECK(named(89, RadiusName::chargeable_user_identity, from_hex("ff")) == "0xff");
	CHECK(named(89, RadiusName::chargeable_user_identity, from_hex("00")).empty());
	CHECK(named(31, RadiusName::calling_station_id, {'0', '0', '-', '1', 'a'}) == "00-1a");
	CHECK(named(1, RadiusName::user_name, from_hex("c3bc")) == "\xc3\xbc");
	CHECK(named(1, RadiusName::user_name, from_hex("ff")) == "error");
	CHECK(named(1, RadiusName::user_name, {'a', '\n'}) == "error");
	CHECK(named(25, RadiusName::class_, RadiusBytes(126, 0xff)) == "error");
	CHECK(named(25, RadiusName::class_, RadiusBytes(125, 0xff)).size() == 252);
	CHECK(named(1, RadiusName::class_, {'a'}).empty());
}

TEST_CASE("radius: a record says what happened in which session; what else is missing is no error here") {
	CHECK(!account_of(RadiusRequest().session("s").user("a")));
	for (const std::uint32_t status : {1U, 2U, 3U}) {
		CHECK(!account_of(RadiusRequest().status(status).user("a")));
		CHECK(account_of(RadiusRequest().status(status).session("s")));
	}
	for (const std::uint32_t status : {7U, 8U, 9U, 15U}) CHECK(account_of(RadiusRequest().status(status)));
	CHECK(!account_of(RadiusRequest().status(7).add(55, {1, 2, 3})));
	CHECK(!account_of(RadiusRequest().status(7).add(41, {1, 2, 3, 4, 5})));
	CHECK(!account_of(RadiusRequest().add(40, {1})));
}

TEST_CASE("radius: access servers are told apart by all that names them") {
	const auto server = [](const RadiusRequest& request) { return account_of(request)->access_server; };
	const std::string one = server(start().address(4, "192.0.2.10"));
	CHECK(server(start()).empty());
	CHECK(one == server(start().address(4, "192.0.2.10")));
	CHECK(one != server(start().address(4, "192.0.2.11")));
	CHECK(one != server(start().address(4, "192.0.2.10").text(32, "bras")));
	CHECK(server(start().text(32, "bras").address(4, "192.0.2.10")) == server(start().address(4, "192.0.2.10").text(32, "bras")));
	CHECK(server(start().text(32, std::string("\xc0\x00\x02\x0a", 4))) != one);
	CHECK(server(start().address(95, "2001:db8::1")) != server(start().address(95, "2001:db8::2")));
	CHECK(!account_of(start().add(4, {1, 2, 3})));
	CHECK(!account_of(start().add(95, RadiusBytes(4))));
}
