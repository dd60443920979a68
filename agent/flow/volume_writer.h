// SPDX-License-Identifier: GPL-2.0-or-later
//
// Brings what was counted into the store of volume, a piece at a time: each half minute the sums that changed, and
// of each hour that is over what it was. What the store does not take is tried again.
#pragma once

#include "core/volume_book.h"
#include "core/volume_world.h"

#include <memory>
#include <string>
#include <vector>

namespace gate25 {

struct WriterHealth {
	std::string problem; // empty: the last write succeeded
	std::uint64_t entries = 0, records = 0; // written since the start
	std::uint64_t lost_records = 0; // the store took none for so long that they filled the room for them
};

class VolumeWriter {
public:
	VolumeWriter(VolumeBook& book, VolumeStore& store) : book_(book), store_(store) {}
	// Where hours go that ended while something was counted.
	std::vector<VolumeRecord>& finished() { return finished_; }
	void add_user(VolumeUser user) { users_.push_back(std::move(user)); }
	void tick(VolumeTime now);
	void finish(VolumeTime now, std::function<void()> done);
	// Everything, without waiting for what becomes of it.
	void hand_over(VolumeTime now);
	const WriterHealth& health() const { return health_; }

private:
	void sweep(VolumeTime now, std::size_t entries);
	void sweep_all(VolumeTime now);
	void write();
	void has_written(const Result<void>& written);
	void bound_records();

	VolumeBook& book_;
	VolumeStore& store_;
	WriterHealth health_;
	// Waiting, and with the store.
	std::vector<VolumeRecord> finished_, records_;
	std::vector<VolumeEntry> dirty_, entries_;
	std::vector<VolumeUser> users_, names_;
	unsigned under_way_ = 0;
	bool has_failed_ = false;
	VolumeTime next_round_ = 0, next_try_ = 0, last_tick_ = 0;
	std::size_t table_ = 0; // that is swept
	std::function<void()> finished_all_;
	std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

} // namespace gate25
