// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/lease_sync.h"

#include "core/subscriber_key.h"

#include <fmt/format.h>
#include <utility>

namespace gate25 {
namespace {

constexpr std::size_t claims_at_once = 250; // some milliseconds with all that follows from them
constexpr std::size_t looks_at_once = 16'000;
constexpr std::size_t most_waiting = 4 * claims_at_once;
constexpr Seconds tolerance{300}; // by which another machine's clock may be ahead

// As hard to meet as his key: clients choose their names.
std::uint64_t name_hash(std::string_view subscriber) {
	return subscriber_bits(subscriber_key(subscriber));
}

SessionHash session_of(const LeaseKey& key, const std::string& subscriber) {
	return subscriber_bits(subscriber_key(fmt::format("{} {} {}", key.prefix.text(), key.ports.text(), subscriber)));
}

} // namespace

LeaseSync::LeaseSync(World world, std::string name, SourceRank rank, Twice twice)
    : world_(std::move(world)), name_(std::move(name)), rank_(rank), twice_(twice) {}

void LeaseSync::configure(SourceRank rank) {
	rank_ = rank;
	is_adopted_ = false;
}

// What stands by the word of this source: after a start it comes from the store.
void LeaseSync::adopt() {
	if (std::exchange(is_adopted_, true)) return;
	said_.clear();
	world_.taker.each_of(rank_, [this](const Assignment& assignment) {
		LeaseEntry& entry = said_.at({assignment.prefix, assignment.ports});
		entry.subscriber = name_hash(assignment.subscriber);
		entry.at = ShortTime(assignment.seen);
		entry.until = ShortTime(assignment.until);
	});
}

void LeaseSync::take(LeasePiece piece, LeasesTaken taken) {
	taken_ = std::move(taken);
	const bool is_problem = !piece.begins && !piece.is_whole && piece.leases.empty() && !piece.problem.empty();
	if (is_problem && piece.bad == 0) {
		is_painting_ = false;
		news_.clear();
		complain(piece.problem);
		return finish();
	}
	if (piece.begins) begin_picture();
	counters().malformed += piece.bad;
	bad_ += piece.bad;
	if (bad_problem_.empty()) bad_problem_ = piece.problem;
	for (Lease& lease : piece.leases) {
		if (is_painting_) add_to_picture(std::move(lease));
		else if (is_adopted_) claim({lease.prefix, lease.ports}, std::move(lease));
	}
	if (piece.is_whole) return end_picture();
	if (is_painting_) return finish();
	if (piece.bad > 0) world_.log(LogLevel::warning, fmt::format("source {}: {}; it changes nothing", name_, piece.problem));
	world_.taker.heard(rank_);
	work();
}

void LeaseSync::begin_picture() {
	adopt();
	is_painting_ = true;
	news_.clear();
	++picture_;
	bad_ = 0;
	bad_problem_.clear();
}

bool LeaseSync::is_known(const LeaseEntry& entry, const Lease& lease) const {
	if (entry.subscriber != name_hash(lease.subscriber) || entry.until != ShortTime(lease.until)) return false;
	// One that comes from the future was claimed with the time of its arrival.
	return !lease.at || entry.at == ShortTime(lease.at) || (entry.at.time() && *lease.at > world_.now() + tolerance);
}

// Whether this picture had the same prefix for somebody else before.
bool LeaseSync::is_contradicted(const Lease& lease, const LeaseEntry* entry, const Lease* told) const {
	if (lease.state != Lease::State::held) return false;
	if (told != nullptr) return told->subscriber != lease.subscriber;
	return entry != nullptr && entry->picture == picture_ && entry->subscriber != name_hash(lease.subscriber);
}

void LeaseSync::add_to_picture(Lease&& lease) {
	const LeaseKey key{lease.prefix, lease.ports};
	LeaseEntry* entry = said_.find(key);
	Lease* told = news_.find(key);
	if (twice_ == Twice::conflict && is_contradicted(lease, entry, told)) {
		++bad_, ++counters().malformed;
		if (bad_problem_.empty()) bad_problem_ = fmt::format("{} stands there twice, the second time for {}", lease.prefix.text(), lease.subscriber);
		return;
	}
	if (entry != nullptr) entry->picture = picture_;
	if (lease.state == Lease::State::nameless) {
		++counters().malformed;
		return;
	}
	const bool is_old = lease.state == Lease::State::free ? entry == nullptr : entry != nullptr && is_known(*entry, lease);
	if (is_old) {
		if (told != nullptr) news_.erase(key);
		return;
	}
	(told != nullptr ? *told : news_.at(key)) = std::move(lease);
}

void LeaseSync::end_picture() {
	is_painting_ = false;
	next_news_ = 0;
	next_shard_ = bad_ == 0 ? 0 : LeaseTable::shard_count;
	if (bad_ == 0) counters().problem.clear();
	else complain(fmt::format("{}; nothing ends until that is put right", bad_problem_));
	world_.taker.heard(rank_);
	work();
}

// A turn of what a picture leads to: first what is new, so that whoever moves is never without an address.
void LeaseSync::work() {
	if (waiting_ >= most_waiting) {
		is_waiting_ = true;
		return;
	}
	const bool is_left = work_on_news() || work_on_missing();
	flush();
	if (!is_left) return finish();
	world_.later([this, alive = std::weak_ptr(alive_)] {
		if (!alive.expired()) work();
	});
}

bool LeaseSync::work_on_news() {
	for (; next_news_ < LeaseTable::shard_count; ++next_news_) {
		auto& shard = news_.shard(next_news_);
		while (!shard.empty()) {
			if (claims_.size() >= claims_at_once) return true; // the rest of this shard in the next turn
			auto node = shard.extract(shard.begin());
			claim(node.key(), std::move(node.mapped()));
		}
		shard = {};
	}
	return false;
}

bool LeaseSync::work_on_missing() {
	std::size_t looks = 0;
	for (; next_shard_ < LeaseTable::shard_count && looks < looks_at_once; ++next_shard_) {
		auto& shard = said_.shard(next_shard_);
		looks += shard.size();
		for (auto each = shard.begin(); each != shard.end();) {
			if (claims_.size() >= claims_at_once) return true; // the rest of this shard in the next turn
			if (each->second.picture == picture_) {
				++each;
				continue;
			}
			end(each->first, each->second, std::nullopt);
			each = shard.erase(each);
		}
	}
	return next_shard_ < LeaseTable::shard_count;
}

UnixTime LeaseSync::moment(const std::optional<UnixTime>& at) {
	const UnixTime now = world_.now();
	if (!at) return now;
	if (*at <= now + tolerance) return *at;
	++counters().odd_times;
	return now;
}

void LeaseSync::claim(const LeaseKey& key, Lease&& lease) {
	LeaseEntry* known = said_.find(key);
	if (lease.state == Lease::State::nameless) {
		++counters().malformed;
		return;
	}
	if (lease.state == Lease::State::free) {
		if (known == nullptr) return;
		end(key, *known, lease.at);
		said_.erase(key);
		return;
	}
	if (known != nullptr && is_known(*known, lease)) return;
	const UnixTime at = moment(lease.at);
	// Another client has the address now: the former lease is over, which is no conflict.
	if (known != nullptr && known->subscriber != name_hash(lease.subscriber)) end(key, *known, at);
	AssignmentClaim& claim = claims_.emplace_back();
	claim.source = rank_;
	claim.prefixes = {key.prefix};
	claim.ports = key.ports;
	claim.at = at;
	claim.until = lease.until;
	// What a list names again holds again, also with the `from` of before: it has no sessions that could be over.
	claim.session = twice_ == Twice::conflict ? 0 : session_of(key, lease.subscriber);
	LeaseEntry& entry = said_.at(key);
	entry.subscriber = name_hash(lease.subscriber);
	entry.at = ShortTime(at);
	entry.until = ShortTime(lease.until);
	entry.picture = picture_;
	claim.subscriber = std::move(lease.subscriber);
}

// Not before it was seen last: a server that renews and then removes a lease may say both in one second.
void LeaseSync::end(const LeaseKey& key, LeaseEntry& entry, std::optional<UnixTime> at) {
	AssignmentClaim& claim = claims_.emplace_back();
	claim.kind = AssignmentClaim::Kind::end;
	claim.source = rank_;
	claim.prefixes = {key.prefix};
	claim.ports = key.ports;
	claim.at = std::max(moment(at), entry.at.time().value_or(UnixTime{}));
}

void LeaseSync::flush() {
	if (claims_.empty()) return;
	const std::size_t count = claims_.size();
	waiting_ += count;
	world_.taker.take(std::exchange(claims_, {}), [this, count, alive = std::weak_ptr(alive_)](const Result<void>&) {
		if (alive.expired()) return;
		waiting_ -= count;
		if (waiting_ >= most_waiting || !std::exchange(is_waiting_, false)) return;
		world_.later([this, alive] {
			if (!alive.expired()) work();
		});
	});
}

void LeaseSync::finish() {
	if (const LeasesTaken taken = std::exchange(taken_, nullptr)) taken();
}

void LeaseSync::complain(const std::string& problem) {
	if (problem == counters().problem) return;
	counters().problem = problem;
	world_.log(LogLevel::warning, fmt::format("source {}: {}", name_, problem));
}

} // namespace gate25
