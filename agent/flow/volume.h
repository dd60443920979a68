// SPDX-License-Identifier: GPL-2.0-or-later
//
// Counts what subscribers try and send, holds it against the limits, and says what follows: a verdict, an alert,
// or, in monitor mode, only a number. Nothing here waits: what was counted is written down behind (flow/volume_writer.h).
#pragma once

#include "core/alert.h"
#include "core/recent_openings.h"
#include "core/volume_limits.h"
#include "flow/volume_writer.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

namespace gate25 {

class Agent;

// Since the start.
struct VolumeCounters {
	std::uint64_t attempts = 0;    // refused connections to port 25, of subscribers
	std::uint64_t connections = 0; // that were let through
	std::uint64_t refused = 0;     // of all kinds, by a limit
	std::uint64_t would_refuse = 0; // in monitor mode
	std::uint64_t alerts = 0;
	std::uint64_t would_alert = 0;
	std::uint64_t repeated = 0;    // first packets that came again and count once
	std::uint64_t foreign = 0;     // of nobody's subscriber
};

// Who shows what there is to count, as main has opened it.
struct VolumeSources {
	std::string verdicts = "none"; // "queue", "meters", "external": who enforces limits on connections
	WatchHealth attempts, connections, queues;
	std::string policy_problem, notice_problem; // why nobody answers there; empty: nothing is wrong
	std::size_t policy_connections = 0, notice_connections = 0;
	std::uint64_t notices = 0, notices_refused = 0;
};

class Volume {
public:
	using OpenStore = std::function<Result<std::unique_ptr<VolumeStore>>()>;
	Volume(Agent& agent, OpenStore open_store);
	// At start and after a reload: begins or ends counting. Reads the store when it begins, which blocks.
	void configure();
	bool is_enabled() const { return book_ != nullptr; }

	// What the kernel logged: refused connections to port 25, and those that were let through.
	void take_attempts(std::span<const Opening> openings);
	void take_connections(std::span<const Opening> openings);
	// What it asks. Those of one read go to prepare() first.
	void prepare(std::span<const Opening> openings) const { fetch(openings, Activity::connections); }
	QueueVerdict decide(const Opening& opening);

	// The sums of somebody, for the next event; only while is_enabled().
	VolumeEntry& entry(const VolumeKey& key, Activity activity, VolumeTime now);
	void remember_user(const VolumeKey& key, const std::string& name);
	// What exceeded limits ask for besides a refusal. Without an address of a subscriber there is nobody to accuse.
	void raise(VolumeEntry& entry, const Exceeded& exceeded, const std::optional<Address>& address, VolumeTime now);

	// Several times a second.
	void tick();
	// Writes everything down, then calls back.
	void finish(std::function<void()> done);

	// Of an agent that counts; nullptr otherwise.
	const VolumeBook* book() const { return book_.get(); }
	VolumeStore* store() { return store_.get(); }
	const VolumeLimits& limits() const { return limits_; }
	std::function<VolumeSources()> sources = [] { return VolumeSources(); };
	// Follows the wall clock of the start, but never jumps.
	VolumeTime now() const;
	const std::string* user_name(const VolumeKey& key) const;
	const VolumeCounters& counters() const { return counters_; }
	const WriterHealth* writer_health() const { return writer_ ? &writer_->health() : nullptr; }
	// Why nothing is counted or written down though it should; empty: nothing is wrong.
	std::string problem() const;

private:
	void begin();
	void end();
	void prune();
	// Has the memory that they need fetched, of all at once, so that each need not be waited for.
	void fetch(std::span<const Opening> openings, Activity activity) const;
	VolumeEntry* entry_of(const Opening& opening, Activity activity, VolumeTime now);
	void send_alert(const Alert& alert, const VolumeKey& key, Activity activity);

	Agent& agent_;
	OpenStore open_store_;
	std::unique_ptr<VolumeStore> store_;
	std::unique_ptr<VolumeBook> book_;
	std::unique_ptr<VolumeWriter> writer_;
	std::size_t most_active_ = 0;
	VolumeLimits limits_{{}};
	std::unordered_map<VolumeKey, std::string> users_;
	std::uint64_t secret_; // of this run, or of the store
	RecentOpenings recent_attempts_, recent_connections_;
	VolumeCounters counters_;
	std::string store_problem_;
	bool is_told_of_meters_ = false;
	VolumeTime next_prune_ = 0;
	std::optional<std::int64_t> clock_base_; // wall seconds at boot, when counting began
	std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

} // namespace gate25
