// SPDX-License-Identifier: GPL-2.0-or-later
//
// The entries of all who are active, for one activity: some 198 bytes for each. Nothing is ever moved as a whole, so
// no call takes longer than another but for_each().
#pragma once

#include "core/volume_entry.h"

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace gate25 {

class VolumeTable {
public:
	// At most so many: then the one that was idle for the longest of some goes.
	VolumeTable(Activity activity, std::size_t most);
	const VolumeEntry* find(const VolumeKey& key) const;
	// Has the memory of these entries fetched, of all at once: it is far away when a million are active, and one after the
	// other each would be waited for.
	void fetch(std::span<const VolumeKey> keys) const;
	// A new one when there is none. Valid until the next call. What somebody else's entry or an hour that is over leaves
	// behind goes to `finished`.
	VolumeEntry& at(const VolumeKey& key, VolumeTime now, std::vector<VolumeRecord>& finished);
	void put(const VolumeEntry& entry); // as it was stored
	void for_each(const std::function<void(const VolumeEntry&)>& visit) const;
	std::size_t size() const { return size_; }
	std::uint64_t evicted() const { return evicted_; }
	// Goes on with the next so many entries: forgets those that are over, ends the hours of those that were idle, and
	// copies to `dirty` what differs from what was stored. True: this was the last of a round.
	bool sweep(VolumeTime now, std::size_t entries, std::vector<VolumeRecord>& finished, std::vector<VolumeEntry>& dirty);

private:
	static constexpr std::size_t block_entries = 4096;
	static constexpr std::uint32_t none = 0; // in index_: the number of the entry and one
	struct Free {
		void operator()(std::uint32_t* index) const noexcept;
	};
	VolumeEntry& entry(std::size_t number) { return blocks_[number / block_entries][number % block_entries]; }
	const VolumeEntry& entry(std::size_t number) const { return blocks_[number / block_entries][number % block_entries]; }
	std::size_t slot_of(const VolumeKey& key) const;
	VolumeEntry& append(const VolumeEntry& entry);
	void remove(std::size_t number);
	void evict(std::vector<VolumeRecord>& finished);

	Activity activity_;
	std::size_t most_;
	std::size_t mask_;
	std::unique_ptr<std::uint32_t[], Free> index_; // open addressing; as big as it can ever be, but untouched pages cost nothing
	std::vector<std::unique_ptr<VolumeEntry[]>> blocks_;
	std::size_t size_ = 0;
	std::size_t cursor_ = 0;
	std::uint64_t dice_ = 0x25;
	std::uint64_t evicted_ = 0;
};

// All activities.
class VolumeBook {
public:
	explicit VolumeBook(std::size_t most_each);
	const VolumeEntry* find(const VolumeKey& key, Activity activity) const { return table(activity).find(key); }
	void for_each(Activity activity, const std::function<void(const VolumeEntry&)>& visit) const { table(activity).for_each(visit); }
	VolumeTable& table(Activity activity) { return tables_[static_cast<std::size_t>(activity)]; }
	const VolumeTable& table(Activity activity) const { return tables_[static_cast<std::size_t>(activity)]; }

private:
	std::array<VolumeTable, all_activities.size()> tables_;
};

} // namespace gate25
