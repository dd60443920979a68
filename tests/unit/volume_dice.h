// SPDX-License-Identifier: GPL-2.0-or-later
//
// Records as a small network would leave them, thrown with a seed.
#pragma once

#include "core/volume_record.h"

#include <random>
#include <set>
#include <string>
#include <vector>

namespace gate25::test {

class VolumeDice {
public:
	explicit VolumeDice(unsigned seed) : engine_(seed) {}
	std::uint32_t below(std::uint32_t end) { return std::uniform_int_distribution<std::uint32_t>(0, end - 1)(engine_); }
	std::uint16_t peak(std::uint32_t most) { return static_cast<std::uint16_t>(below(4) == 0 ? below(most + 1) : below(most / 4 + 1)); }
	VolumeKey key(std::uint32_t people) {
		const std::uint32_t who = below(people);
		if (who % 5 == 4) return VolumeKey::of_user("user" + std::to_string(who));
		if (who % 5 == 3) {
			const std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0d, 0xb8, 0x10, 0x00, static_cast<std::uint8_t>(who)};
			return VolumeKey::of(Prefix::of(Address::from_bytes(bytes), 56));
		}
		return VolumeKey::of(Prefix::host(Address::ipv4(0x64400000 + who)));
	}
	VolumeRecord record(std::uint32_t hour, std::uint32_t people, std::uint32_t most) {
		VolumeRecord record{hour, key(people), all_activities[below(3)], 1 + below(most), below(4) == 0 ? below(3) : 0, {}};
		for (auto* peaks : {&record.peaks.first, &record.peaks.second})
			for (auto& one : *peaks) one = peak(most);
		return record;
	}
	// By rising hours; nobody has two of one activity in an hour.
	std::vector<VolumeRecord> records(std::uint32_t from, std::uint32_t hours, std::uint32_t people, std::uint32_t most) {
		std::vector<VolumeRecord> all;
		for (std::uint32_t hour = from; hour < from + hours; ++hour) {
			std::set<std::pair<VolumeKey, Activity>> seen;
			for (std::uint32_t i = below(2 * people); i > 0; --i) {
				const auto one = record(hour, people, most);
				if (seen.insert({one.key, one.activity}).second) all.push_back(one);
			}
		}
		return all;
	}

private:
	std::mt19937 engine_;
};

} // namespace gate25::test
