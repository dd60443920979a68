// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/volume_blob.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <random>

using namespace gate25;

namespace {

VolumeKey key(std::string_view prefix) { return VolumeKey::of(Prefix::parse(prefix).value()); }

VolumeRecord record_of(const VolumeKey& key, std::uint32_t events = 1) {
	VolumeRecord record{489'000, key, Activity::connections, events, 0, {}};
	record.peaks.first = {1, 2, 3};
	record.peaks.second = {1, 1, 1};
	return record;
}

void sort(std::vector<VolumeRecord>& records) {
	std::ranges::sort(records, [](const VolumeRecord& a, const VolumeRecord& b) { return is_before(a.key, b.key); });
}

void check_round(const std::vector<VolumeRecord>& records) {
	const auto blob = pack_records(records);
	const auto back = unpack_records(489'000, Activity::connections, blob);
	REQUIRE_MESSAGE(back.has_value(), (back ? "" : back.error().text));
	CHECK(*back == records);
}

std::string refusal(std::string_view blob) {
	const auto read = unpack_records(489'000, Activity::connections, blob);
	return read ? "taken" : read.error().text;
}

class Dice {
public:
	explicit Dice(unsigned seed) : engine_(seed) {}
	std::uint32_t below(std::uint32_t end) { return std::uniform_int_distribution<std::uint32_t>(0, end - 1)(engine_); }
	// Small ones mostly, as traffic is.
	std::uint32_t amount() { return below(8) == 0 ? below(2) == 0 ? below(0xffffffff) : below(70'000) : below(20); }
	std::uint16_t peak() { return static_cast<std::uint16_t>(std::min<std::uint32_t>(amount(), 0xffff)); }
	VolumeKey key() {
		std::array<std::uint8_t, 16> bytes{};
		for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(below(256));
		switch (below(4)) {
		case 0: return VolumeKey::of(Prefix::of(Address::ipv4(0x64400000 + below(5000)), 32));
		case 1: return VolumeKey::of(Prefix::of(Address::ipv4(below(0xffffffff)), below(33)));
		case 2: return VolumeKey::of(Prefix::of(Address::from_bytes(bytes), below(129)));
		default: return VolumeKey::of_user(std::to_string(below(1000)) + "@example.org");
		}
	}

private:
	std::mt19937 engine_;
};

} // namespace

TEST_SUITE("volume blob") {
	TEST_CASE("the ends of all ranges come back") {
		std::vector<VolumeRecord> records;
		for (const char* text : {"0.0.0.0/0", "0.0.0.0", "255.255.255.255", "100.64.0.0/10", "::/0", "::", "2001:db8::/56",
		                         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ff00::/56"})
			records.push_back(record_of(key(text)));
		records.push_back(record_of(VolumeKey::of_user("anna")));
		records.push_back(record_of(VolumeKey::of_user("bert")));
		records[1].events = records[1].refused = 0xffffffff;
		records[1].peaks.first = {0xffff, 0, 0xffff};
		records[1].peaks.second = {0, 0xffff, 0};
		sort(records);
		check_round(records);
	}
	TEST_CASE("random records come back") {
		Dice dice(25);
		for (unsigned round = 0; round < 300; ++round) {
			std::vector<VolumeRecord> records;
			const std::uint32_t count = 1 + dice.below(round % 10 == 0 ? 4096 : 40);
			for (std::uint32_t i = 0; i < count; ++i) {
				VolumeRecord record{489'000, dice.key(), Activity::connections, dice.amount(), dice.amount(), {}};
				for (auto* peaks : {&record.peaks.first, &record.peaks.second})
					for (auto& peak : *peaks) peak = dice.peak();
				records.push_back(record);
			}
			sort(records);
			const auto same = std::ranges::unique(records, {}, &VolumeRecord::key);
			records.erase(same.begin(), same.end());
			check_round(records);
		}
	}
	TEST_CASE("a record of IPv4 takes no more than sixteen bytes, one of IPv6 little more") {
		Dice dice(7);
		std::vector<VolumeRecord> ipv4, ipv6;
		for (std::uint32_t i = 0; i < 4096; ++i) {
			// One of four addresses of 100.64.0.0/18 was active; two or three digits a day.
			VolumeRecord record = record_of(VolumeKey::of(Prefix::host(Address::ipv4(0x64400000 + 4 * i + dice.below(4)))), 1 + dice.below(50));
			record.peaks.first = {static_cast<std::uint16_t>(dice.below(10)), static_cast<std::uint16_t>(10 + dice.below(40)),
			                      static_cast<std::uint16_t>(60 + dice.below(900))};
			record.peaks.second = record.peaks.first;
			ipv4.push_back(record);
			std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0d, 0xb8, 0x10};
			bytes[5] = static_cast<std::uint8_t>(i >> 4U);
			bytes[6] = static_cast<std::uint8_t>(i << 4U | dice.below(16));
			record.key = VolumeKey::of(Prefix::of(Address::from_bytes(bytes), 56));
			ipv6.push_back(record);
		}
		const double per_ipv4 = static_cast<double>(pack_records(ipv4).size()) / 4096;
		const double per_ipv6 = static_cast<double>(pack_records(ipv6).size()) / 4096;
		MESSAGE("bytes for a record: " << per_ipv4 << " of IPv4, " << per_ipv6 << " of IPv6");
		CHECK(per_ipv4 <= 16);
		CHECK(per_ipv6 <= 20);
		check_round(ipv4);
		check_round(ipv6);
	}
	TEST_CASE("whatever else the bytes are, they are refused") {
		using namespace std::string_literals;
		CHECK(refusal(""s) == "a blob of records is damaged: it ends too early");
		CHECK(refusal("\1"s) == "a blob of records is damaged: it is empty");
		CHECK(refusal("\2\x20\1\1\1\0\0\0\0\0\0\0"s) == "a blob of records is damaged: its version is not 1");
		CHECK(refusal("\1\x20\1\1\1\0\0\0\0\0\0\0"s) == "taken");
		CHECK(refusal("\1\x20\0"s) == "a blob of records is damaged: the number of its records is wrong");
		CHECK(refusal("\1\x21\1\1\1\0\0\0\0\0\0\0"s) == "a blob of records is damaged: there is no such kind of key");
		CHECK(refusal("\1\x20\1\x81\0\1\0\0\0\0\0\0\0"s) == "a blob of records is damaged: a number has too many bytes");
		CHECK(refusal("\1\x20\1\xff\xff\xff\xff\x1f\1\0\0\0\0\0\0\0"s) == "a blob of records is damaged: a number is too big");
		CHECK(refusal("\1\0\2\0\1\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0"s) ==
		      "a blob of records is damaged: there are more keys than there can be");
		CHECK(refusal("\1\x20\1\1\1\0\0\1\0\0\0\0"s) == "a blob of records is damaged: a peak is out of range");
		CHECK(refusal("\1\x20\1\1\1\0\0\0\0\0\0\0\x20\1\1\1\0\0\0\0\0\0\0"s) ==
		      "a blob of records is damaged: the kinds do not rise");
		CHECK(refusal("\1\x20\1\1\1\0\1\xfe\xff\xff\xff\xf\0\0\0\0"s) == "a blob of records is damaged: a number is too big");
		// ::ffff:0:0/96 is IPv4, so nobody's key.
		CHECK(refusal("\1\xc0\1\x80\x80\x80\x80\xf0\xff\x3f\1\0\0\0\0\0\0\0"s) == "a blob of records is damaged: a key is none");
	}
	TEST_CASE("no beginning of a blob is one, and nothing may follow it") {
		std::vector<VolumeRecord> records{record_of(key("100.64.0.1")), record_of(key("2001:db8:1000::/56")),
		                                  record_of(VolumeKey::of_user("anna"))};
		sort(records);
		const auto blob = pack_records(records);
		const auto first = pack_records(std::span(records).first(1)), second = pack_records(std::span(records).first(2));
		for (std::size_t length = 0; length < blob.size(); ++length) {
			CAPTURE(length);
			// After a whole group it is a blob, with fewer records.
			const bool is_whole = length == first.size() || length == second.size();
			CHECK((refusal(std::string_view(blob).substr(0, length)) == "taken") == is_whole);
		}
		CHECK(refusal(blob + '\0') != "taken");
	}
	TEST_CASE("a damaged byte is an error or other records, never a crash") {
		Dice dice(3);
		std::vector<VolumeRecord> records;
		for (unsigned i = 0; i < 50; ++i) records.push_back(record_of(dice.key(), dice.amount()));
		sort(records);
		const auto same = std::ranges::unique(records, {}, &VolumeRecord::key);
		records.erase(same.begin(), same.end());
		const auto blob = pack_records(records);
		for (std::size_t i = 0; i < blob.size(); ++i) {
			for (unsigned bit = 0; bit < 8; ++bit) {
				std::string damaged = blob;
				damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
				const auto read = unpack_records(489'000, Activity::connections, damaged);
				if (read) CHECK(pack_records(*read) == damaged);
			}
		}
	}
}
