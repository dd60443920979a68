// SPDX-License-Identifier: GPL-2.0-or-later
//
// Counts what subscribers try and send, holds it against the limits, and says what follows: a verdict, an alert,
// or, in monitor mode, only a number. What was counted is written down by the store of volume, which may lag behind.
#pragma once

#include "core/config.h"
#include "core/recent_openings.h"
#include "core/volume_book.h"
#include "core/volume_world.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace gate25 {

class Agent;

enum class Verdict25 : std::uint8_t { accept, refuse };

// Since the start.
struct VolumeCounters {
	std::uint64_t attempts = 0;    // new ones, of subscribers
	std::uint64_t connections = 0; // let through, and refused
	std::uint64_t repeated = 0;    // first packets that came again
	std::uint64_t foreign = 0;     // not of a subscriber
	std::uint64_t refused = 0;     // by a limit
	std::uint64_t would_refuse = 0; // in monitor mode
	std::uint64_t alerts = 0;
	std::uint64_t would_alert = 0;
	std::uint64_t records = 0; // written
	std::uint64_t lost_records = 0; // the store did not take them, and there were too many to wait
};

// The limits of the configuration for one activity, ready to be asked.
class VolumeLimits {
public:
	explicit VolumeLimits(const VolumeRules& rules);
	const std::vector<const VolumeLimit*>& of(Activity activity) const { return by_activity_[static_cast<std::size_t>(activity)]; }

private:
	std::vector<VolumeLimit> limits_;
	std::array<std::vector<const VolumeLimit*>, all_activities.size()> by_activity_;
};

class Volume {
public:
	using OpenStore = std::function<Result<std::unique_ptr<VolumeStore>>()>;
	Volume(Agent& agent, OpenStore open_store);
	// At start and after a reload: begins or ends counting. Opening the store blocks.
	void configure();
	bool is_enabled() const { return book_ != nullptr; }

	// What the kernel logged: refused connections to port 25, and those that were let through.
	void take_attempts(std::span<const Opening> openings);
	void take_connections(std::span<const Opening> openings);
	// What it asks.
	Verdict25 decide(const Opening& opening);

	// Several times a second: writes down, forgets.
	void tick();
	// Writes down everything, then calls back.
	void finish(std::function<void()> done);

	// Of an agent that counts.
	const VolumeBook& book() const { return *book_; }
	VolumeStore& store() { return *store_; }
	VolumeTime now() const;
	const std::string* user_name(const VolumeKey& key) const;
	const VolumeCounters& counters() const { return counters_; }
	// What is wrong; empty: nothing.
	std::string problem() const;

private:
	Agent& agent_;
	OpenStore open_store_;
	std::unique_ptr<VolumeStore> store_;
	std::unique_ptr<VolumeBook> book_;
	std::unordered_map<VolumeKey, std::string> users_;
	RecentOpenings recent_;
	VolumeCounters counters_;
};

} // namespace gate25
