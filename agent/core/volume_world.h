// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the counting of mail needs of the world: core/world.h for volume.
#pragma once

#include "core/opening.h"
#include "core/volume_entry.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gate25 {

// What the kernel is told about the first packet of a connection.
enum class QueueVerdict : std::uint8_t { accept, refuse };

// The name behind a user's key.
struct VolumeUser {
	VolumeKey key;
	std::string name;
};

struct VolumeStoreHealth {
	std::string problem;     // last error, empty when the last write succeeded
	std::string warning;     // a damaged file was moved aside, or the like
	std::uint64_t bytes = 0; // of the file
	std::optional<UnixTime> oldest; // record
	std::uint64_t forgotten = 0; // records that had to go for the bound in size
};

struct RecordQuery {
	std::uint32_t from = 0;    // hours since 1970, included
	std::uint32_t to = 0xffffffff; // included
	std::optional<VolumeKey> key;
	std::optional<Activity> activity;
};

// A file of its own beside the store of decisions, written by a thread of its own and without an fsync for
// each write: what it holds may be lost for some seconds by a power cut and harms nobody, and no decision waits for it.
class VolumeStore {
public:
	virtual ~VolumeStore() = default;
	// At start only; blocks. Entries that are over are left out.
	[[nodiscard]] virtual Result<void> load(VolumeTime now, const std::function<void(const VolumeEntry&)>& entry,
	                                        const std::function<void(VolumeUser)>& user) = 0;
	// A random number that is kept as long as the entries; after load().
	virtual std::uint64_t secret() const = 0;
	// Entries replace older ones of the same key and activity; `done` on the loop's thread, in the order of the calls.
	virtual void save(std::vector<VolumeEntry> entries, std::vector<VolumeUser> users,
	                  std::function<void(Result<void>)> done) = 0;
	// Of an hour that is over; more than one call for the same hour is usual, and a record that comes twice replaces.
	virtual void record(std::vector<VolumeRecord> records, std::function<void(Result<void>)> done) = 0;
	// `visit` is called for each on the store's thread, hour by hour, `conclude` there after the last; then `done` on the loop's.
	virtual void records(RecordQuery query, std::function<void(const VolumeRecord&)> visit,
	                     std::function<void(Result<void>)> done, std::function<void()> conclude = {}) = 0;
	// Names of users by key, for records whose entries are gone.
	virtual void users(std::function<void(Result<std::vector<VolumeUser>>)> done) = 0;
	// Records older than this go, and the oldest until the file is no bigger than `most_bytes`.
	virtual void prune(std::uint32_t oldest_hour, std::uint64_t most_bytes) = 0;
	virtual VolumeStoreHealth health() const = 0;
};

// Of the queues that the kernel asks, and of the groups that it logs to.
struct WatchHealth {
	bool is_open = false;
	std::string problem;
	std::uint64_t packets = 0;
	std::uint64_t unreadable = 0; // no first packet of a TCP connection
	std::uint64_t lost = 0;       // the socket's buffer was full (ENOBUFS), or the sequence has a gap
	// Of queues.
	// nullopt: only root may know, and what passes with fail = "open" is not among them.
	std::optional<std::uint64_t> waiting;
	std::optional<std::uint64_t> full; // packets that found the queue full: dropped, or let through with fail = "open"
};

} // namespace gate25
