// SPDX-License-Identifier: GPL-2.0-or-later
//
// An open volume store with its loop, each call answered before the next.
#pragma once

#include "edge/store/volume_file.h"
#include "store_fixture.h"
#include "volume_dice.h"

#include <algorithm>

namespace gate25::test {

inline constexpr VolumeTime volume_noon = 1795305600;
inline constexpr std::uint32_t noon_hour = volume_noon / 3600;

inline VolumeKey volume_key(std::string_view prefix_text) { return VolumeKey::of(prefix(prefix_text)); }

inline VolumeEntry volume_entry(const VolumeKey& key, Activity activity, VolumeTime at, unsigned events = 1) {
	VolumeEntry entry(key, activity, at);
	for (unsigned i = 0; i < events; ++i) {
		if (activity == Activity::mail) entry.add_mail(1, 3, at);
		else entry.add_destination(i * 0x9e3779b9U, at);
	}
	return entry;
}

inline VolumeRecord volume_record(std::uint32_t hour, const VolumeKey& key, Activity activity = Activity::connections,
                                  std::uint32_t events = 1) {
	VolumeRecord record{hour, key, activity, events, 0, {}};
	record.peaks.first = {1, 2, static_cast<std::uint16_t>(events)};
	return record;
}

inline VolumeKey numbered_key(std::uint32_t number) { return VolumeKey::of(Prefix::host(Address::ipv4(0x64400000 + number))); }

struct OpenVolume {
	explicit OpenVolume(const std::string& directory) : file(std::make_unique<VolumeFile>(directory, loop.post())) {}

	template <class Ask> Result<void> wait(const Ask& ask) {
		std::optional<Result<void>> answer;
		ask([&](Result<void> result) { answer = std::move(result); });
		loop.run_until([&] { return answer.has_value(); });
		return *answer;
	}
	Result<void> save(std::vector<VolumeEntry> entries, std::vector<VolumeUser> users = {}) {
		return wait([&](auto done) { file->save(std::move(entries), std::move(users), std::move(done)); });
	}
	Result<void> record(std::vector<VolumeRecord> records) {
		return wait([&](auto done) { file->record(std::move(records), std::move(done)); });
	}
	std::vector<VolumeRecord> records(const RecordQuery& query = {}) {
		std::vector<VolumeRecord> found;
		const auto done = wait([&](auto answer) {
			file->records(query, [&found](const VolumeRecord& one) { found.push_back(one); }, std::move(answer));
		});
		REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().text));
		return found;
	}
	std::vector<VolumeUser> users() {
		std::optional<Result<std::vector<VolumeUser>>> answer;
		file->users([&](Result<std::vector<VolumeUser>> result) { answer = std::move(result); });
		loop.run_until([&] { return answer.has_value(); });
		REQUIRE(answer->has_value());
		return std::move(**answer);
	}
	struct Loaded {
		std::vector<VolumeEntry> entries;
		std::vector<VolumeUser> users;
		const VolumeEntry* find(const VolumeKey& key, Activity activity) const {
			for (const VolumeEntry& one : entries)
				if (one.key() == key && one.activity() == activity) return &one;
			return nullptr;
		}
	};
	Loaded load(VolumeTime now = volume_noon) {
		Loaded loaded;
		const auto done = file->load(now, [&](const VolumeEntry& one) { loaded.entries.push_back(one); },
		                             [&](VolumeUser one) { loaded.users.push_back(std::move(one)); });
		REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().text));
		return loaded;
	}
	// Asks on until it is so; each question gives the thread a turn.
	template <class Condition> void until(Condition condition) {
		const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
		while (!condition()) {
			REQUIRE(std::chrono::steady_clock::now() < end);
			users();
		}
	}

	TestLoop loop;
	std::unique_ptr<VolumeFile> file; // ends before the loop
};

inline std::string volume_path(const TemporaryDirectory& directory) { return directory.path() + "/volume.db"; }

} // namespace gate25::test
