// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/address.h"

#include <doctest/doctest.h>

#include <arpa/inet.h>

#include <random>
#include <unordered_set>
#include <vector>

using namespace gate25;

namespace {

struct Row {
	std::string_view given;
	std::string_view expected; // the canonical text, or a part of the error
};

std::string address(std::string_view text) {
	const auto parsed = Address::parse(text);
	return parsed ? parsed->text() : "error: " + parsed.error().text;
}

std::string prefix(std::string_view text) {
	const auto parsed = Prefix::parse(text);
	return parsed ? parsed->text() : "error: " + parsed.error().text;
}

Address a(std::string_view text) {
	return Address::parse(text).value();
}
Prefix p(std::string_view text) {
	return Prefix::parse(text).value();
}

} // namespace

TEST_CASE("an address is printed in its one canonical spelling (RFC 5952)") {
	const std::vector<Row> rows{
	    {"0.0.0.0", "0.0.0.0"},
	    {"255.255.255.255", "255.255.255.255"},
	    {"192.0.2.7", "192.0.2.7"},
	    {"::", "::"},
	    {"::1", "::1"},
	    {"1::", "1::"},
	    {"0:0:0:0:0:0:0:0", "::"},
	    {"2001:db8::1", "2001:db8::1"},
	    // 4.1 leading zeros go
	    {"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
	    // 4.2.1 as short as possible
	    {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
	    // 4.2.2 a single group of zeros stays
	    {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
	    {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
	    // 4.2.3 the longest run, of equals the first
	    {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
	    {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
	    {"1:0:0:2:3:4:0:0", "1::2:3:4:0:0"},
	    {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
	    // 4.3 lower case
	    {"2001:DB8::ABCD:EF", "2001:db8::abcd:ef"},
	    // a dotted tail is read, but only mapped addresses are IPv4
	    {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
	    {"::192.0.2.33", "::c000:221"},
	    {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
	};
	for (const Row& row : rows) {
		CAPTURE(row.given);
		CHECK(address(row.given) == row.expected);
		CHECK(address(address(row.given)) == row.expected);
	}
}

TEST_CASE("a mapped IPv6 address is the IPv4 address, however it is spelt") {
	const std::vector<std::string_view> spellings{
	    "::ffff:192.0.2.7",         "::FFFF:192.0.2.7",   "::ffff:c000:207",
	    "0:0:0:0:0:ffff:192.0.2.7", "0::ffff:c000:0207",  "0000:0000:0000:0000:0000:ffff:c000:0207",
	    "::0:ffff:192.0.2.7",       "0:0::ffff:c000:207",
	};
	for (const std::string_view spelling : spellings) {
		CAPTURE(spelling);
		CHECK(address(spelling) == "192.0.2.7");
		CHECK(prefix(std::string(spelling) + "/128") == "192.0.2.7");
		CHECK(a(spelling) == a("192.0.2.7"));
	}
	const std::array<std::uint8_t, 16> bytes{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7};
	CHECK(Address::from_bytes(bytes) == a("192.0.2.7"));
	CHECK(prefix("::ffff:192.0.2.0/120") == "192.0.2.0/24");
	CHECK(prefix("::ffff:0:0/96") == "0.0.0.0/0");
	// Not mapped: IPv4-compatible, translated, NAT64.
	for (const std::string_view other : {"::192.0.2.7", "::ffff:0:192.0.2.7", "64:ff9b::192.0.2.7"})
		CHECK(a(other).family() == Family::ipv6);
}

TEST_CASE("what is not an address is refused with the reason and the text") {
	const std::vector<Row> rows{
	    {"", "it is empty"},
	    {"192.0.2", "four numbers"},
	    {"192.0.2.7.1", "four numbers"},
	    {"3221225991", "four numbers"},
	    {"0xc0000207", "four numbers"},
	    {"relay.example", "four numbers"},
	    {"192.0.2.256", "0 to 255"},
	    {"192.0.2.-1", "0 to 255"},
	    {"192.0.2.+1", "0 to 255"},
	    {"192.0..7", "0 to 255"},
	    {".192.0.2", "0 to 255"},
	    {"192.0.2.0x7", "0 to 255"},
	    {"192.0.2.4294967303", "0 to 255"},
	    {"010.0.0.1", "leading zero"},
	    {"10.0.0.01", "leading zero"},
	    {"10.0.00.1", "leading zero"},
	    {" 192.0.2.7", "no space"},
	    {"192.0.2.7 ", "no space"},
	    {"192.0.2.7\n", "no space"},
	    {"fe80::1%eth0", "zone"},
	    {"fe80::1%", "zone"},
	    {"[2001:db8::1]", "brackets"},
	    {"192.0.2.0/24", "a prefix cannot stand here"},
	    {":", "empty group"},
	    {":::", "empty group"},
	    {"1:::2", "empty group"},
	    {"1::2::3", "empty group"},
	    {":1:2:3:4:5:6:7", "empty group"},
	    {"1:2:3:4:5:6:7:", "empty group"},
	    {"1:2:3:4:5:6:7", "eight groups"},
	    {"1:2:3:4:5:6:7:8:9", "eight groups"},
	    {"1:2:3:4::5:6:7:8", "eight groups"},
	    {"1:2:3:4:5:6:7:1.2.3.4", "eight groups"},
	    {"1:2:3:4:5:6::1.2.3.4", "eight groups"},
	    {"12345::", "four hexadecimal digits"},
	    {"00001::", "four hexadecimal digits"},
	    {"2001:db8::g", "only hexadecimal digits"},
	    {"2001:db8::-1", "only hexadecimal digits"},
	    {"1.2.3.4::", "four hexadecimal digits"},
	    {"::1.2.3.4:5", "four hexadecimal digits"},
	    {"::ffff:192.0.2.256", "0 to 255"},
	    {"::ffff:192.0.02.7", "leading zero"},
	    {"::ffff:192.0.2", "four numbers"},
	    {"::\xd0\xb0", "only hexadecimal digits"},
	};
	for (const Row& row : rows) {
		CAPTURE(row.given);
		const auto parsed = Address::parse(row.given);
		REQUIRE(!parsed);
		CHECK(parsed.error().kind == ErrorKind::bad_input);
		CHECK(parsed.error().text.starts_with("expected an IPv4 or IPv6 address, got \""));
		CHECK(parsed.error().text.find(row.expected) != std::string::npos);
		if (row.given.find('/') == std::string_view::npos) CHECK(!Prefix::parse(row.given));
	}
	CHECK(address(std::string_view("192.0.2.7\0", 10)).find("\\x00") != std::string::npos);
	CHECK(address(std::string(1 << 20, '1')).size() < 200);
}

TEST_CASE("a prefix has no host bits and its length fits the family") {
	const std::vector<Row> good{
	    {"192.0.2.7", "192.0.2.7"},
	    {"192.0.2.7/32", "192.0.2.7"},
	    {"192.0.2.0/24", "192.0.2.0/24"},
	    {"0.0.0.0/0", "0.0.0.0/0"},
	    {"128.0.0.0/1", "128.0.0.0/1"},
	    {"::/0", "::/0"},
	    {"2001:db8::/32", "2001:db8::/32"},
	    {"2001:0db8:0::1/128", "2001:db8::1"},
	    {"2001:db8:1000::/36", "2001:db8:1000::/36"},
	};
	for (const Row& row : good) CHECK(prefix(row.given) == row.expected);
	const std::vector<Row> bad{
	    {"192.0.2.0/33", "0 to 32"},
	    {"2001:db8::/129", "0 to 128"},
	    {"192.0.2.0/", "0 to 32"},
	    {"192.0.2.0/-1", "0 to 32"},
	    {"192.0.2.0/+24", "0 to 32"},
	    {"192.0.2.0/024", "0 to 32"},
	    {"192.0.2.0/00", "0 to 32"},
	    {"192.0.2.0/24/24", "0 to 32"},
	    {"192.0.2.0/ 24", "0 to 32"},
	    {"192.0.2.0/255.255.255.0", "0 to 32"},
	    {"192.0.2.0/4294967320", "0 to 32"},
	    {"/24", "it is empty"},
	    {"192.0.2.7/24", "192.0.2.0/24 is the prefix, 192.0.2.7 the address"},
	    {"192.0.2.0/0", "0.0.0.0/0 is the prefix"},
	    {"100.64.0.1/10", "100.64.0.0/10 is the prefix"},
	    {"2001:db8::1/64", "2001:db8::/64 is the prefix"},
	    {"fe80::1%eth0/64", "zone"},
	    {"fe80::/64%eth0", "0 to 128"},
	    {"::ffff:0:0/95", "at least 96"},
	    {"::ffff:192.0.2.0/24", "at least 96"},
	    {"::ffff:192.0.2.7/120", "192.0.2.0/24 is the prefix"},
	    {"::ffff:192.0.2.0/129", "0 to 128"},
	    {"010.0.0.0/8", "leading zero"},
	};
	for (const Row& row : bad) {
		CAPTURE(row.given);
		const std::string answer = prefix(row.given);
		CHECK(answer.starts_with("error: expected an address or a prefix, got \""));
		CHECK(answer.find(row.expected) != std::string::npos);
	}
}

TEST_CASE("masks and last addresses hold for every length") {
	const Address four = a("203.0.113.77");
	const Address six = a("2001:db8:1234:5678:9abc:def0:1234:5678");
	for (const Address& address : {four, six})
		for (unsigned length = 0; length <= address_bits(address.family()); ++length) {
			const Address first = address.masked(length);
			const Address last = address.last(length);
			for (unsigned bit = 0; bit < address_bits(address.family()); ++bit) {
				REQUIRE(first.bit(bit) == (bit < length && address.bit(bit)));
				REQUIRE(last.bit(bit) == (bit >= length || address.bit(bit)));
			}
		}
	CHECK(four.masked(24).text() == "203.0.113.0");
	CHECK(six.last(56).text() == "2001:db8:1234:56ff:ffff:ffff:ffff:ffff");
	CHECK(a("::").masked(0) == a("::"));
}

TEST_CASE("the next address carries, and wraps within its family") {
	CHECK(a("192.0.2.255").next() == a("192.0.3.0"));
	CHECK(a("255.255.255.255").next() == a("0.0.0.0"));
	CHECK(a("2001:db8::ffff:ffff").next() == a("2001:db8::1:0:0"));
	CHECK(a("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").next() == a("::"));
}

TEST_CASE("prefixes contain and overlap within their family only") {
	CHECK(p("100.64.0.0/10").contains(a("100.127.255.255")));
	CHECK(!p("100.64.0.0/10").contains(a("100.128.0.0")));
	CHECK(!p("0.0.0.0/0").contains(a("::")));
	CHECK(!p("::/0").contains(a("192.0.2.7")));
	CHECK(p("::/0").contains(p("2001:db8::/32")));
	CHECK(p("192.0.2.0/24").contains(p("192.0.2.0/24")));
	CHECK(!p("192.0.2.0/25").contains(p("192.0.2.0/24")));
	CHECK(p("192.0.2.0/25").overlaps(p("192.0.2.0/24")));
	CHECK(!p("192.0.2.0/25").overlaps(p("192.0.2.128/25")));
	CHECK(p("192.0.2.0/24").last() == a("192.0.2.255"));
	CHECK(Prefix::of(a("192.0.2.7"), 24) == p("192.0.2.0/24"));
	CHECK(Prefix::host(a("::1")).is_host());
}

TEST_CASE("neighbouring addresses and prefixes have different hashes") {
	std::unordered_set<std::size_t> seen;
	Address four = a("100.64.0.0");
	Address six = a("2001:db8::");
	for (int i = 0; i < 10000; ++i, four = four.next(), six = six.next()) {
		seen.insert(std::hash<Address>{}(four));
		seen.insert(std::hash<Address>{}(six));
		seen.insert(std::hash<Prefix>{}(Prefix::host(six)));
	}
	CHECK(seen.size() == 30000);
}

TEST_CASE("the parser agrees with inet_pton on what an address is, and which") {
	std::mt19937 random(25);
	const std::string_view alphabet = "0012fF::::....9";
	unsigned accepted = 0;
	for (int i = 0; i < 300000; ++i) {
		std::string text = i % 3 == 0 ? "" : i % 3 == 1 ? "2001:db8::" : "::ffff:19";
		for (auto n = random() % 14; n > 0; --n) text += alphabet[random() % alphabet.size()];
		std::array<std::uint8_t, 16> bytes{};
		const bool is_ipv6 = text.find(':') != std::string::npos;
		const bool is_good = inet_pton(is_ipv6 ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) == 1;
		const auto parsed = Address::parse(text);
		CAPTURE(text);
		REQUIRE(parsed.has_value() == is_good);
		if (!is_good) continue;
		++accepted;
		REQUIRE(*parsed == Address::from_bytes(std::span(bytes).first(is_ipv6 ? 16 : 4)));
		REQUIRE(a(parsed->text()) == *parsed);
	}
	CHECK(accepted > 20000);
}
