// SPDX-License-Identifier: GPL-2.0-or-later
//
// Turns what a source of leases shows into claims: only what is new, and what is there no more. gate25-leases(7) tells the
// rules:
// * A lease stands for itself: a client may hold several. It ends when the source says so, or no longer has it.
// * Only a whole picture, of which every line could be read, ends what is not in it.
// * What could not be read, or has no name, changes nothing: what stood there stands.
// * The first picture after a start is compared with what stood before.
#pragma once

#include "core/assignment_world.h"
#include "core/lease.h"
#include "core/lease_table.h"
#include "core/log.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gate25 {

// What a source writes down when the same prefix stands there twice.
enum class Twice : std::uint8_t {
	last_counts, // a journal
	conflict     // a list: the first counts, and the other is bad
};

class LeaseSync {
public:
	struct World {
		ClaimTaker& taker;
		std::function<UnixTime()> now;
		std::function<void(std::function<void()>)> later; // from the loop, after others had their turn
		Log log = [](LogLevel, const std::string&) {};
	};
	LeaseSync(World world, std::string name, SourceRank rank, Twice twice);
	LeaseSync(const LeaseSync&) = delete;
	LeaseSync& operator=(const LeaseSync&) = delete;

	// One at a time: the next one when `taken` was called. Never more than some milliseconds at once.
	void take(LeasePiece piece, LeasesTaken taken);
	// After a reload. What could not be claimed before may be possible now, so the next picture is claimed anew.
	void configure(SourceRank rank);
	std::size_t size() const { return said_.size(); }

private:
	void adopt();
	void begin_picture();
	void add_to_picture(Lease&& lease);
	void end_picture();
	void work();
	bool work_on_news();
	bool work_on_missing();
	void claim(const LeaseKey& key, Lease&& lease);
	void end(const LeaseKey& key, LeaseEntry& entry, std::optional<UnixTime> at);
	void flush();
	void finish();
	void complain(const std::string& problem);
	bool is_contradicted(const Lease& lease, const LeaseEntry* entry, const Lease* told) const;
	bool is_known(const LeaseEntry& entry, const Lease& lease) const;
	UnixTime moment(const std::optional<UnixTime>& at);
	SourceCounters& counters() { return world_.taker.counters(rank_); }

	World world_;
	std::string name_;
	SourceRank rank_;
	Twice twice_;
	LeaseTable said_;
	LeaseMap<Lease> news_; // of the picture that is being shown
	std::size_t next_news_ = LeaseTable::shard_count; // where they are to be told
	std::vector<AssignmentClaim> claims_;                    // to be brought
	std::size_t waiting_ = 0;                                // claims that are not durable yet
	std::uint32_t picture_ = 0;
	std::uint64_t bad_ = 0; // of this picture
	std::string bad_problem_;
	bool is_adopted_ = false;
	bool is_painting_ = false; // between the begin and the end of a picture
	std::size_t next_shard_ = LeaseTable::shard_count; // whose entries are not in this picture: looked at one after the other
	bool is_waiting_ = false; // for room
	LeasesTaken taken_;
	std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

} // namespace gate25
