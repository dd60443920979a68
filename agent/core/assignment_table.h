// SPDX-License-Identifier: GPL-2.0-or-later
//
// Assignments packed into slots of a cache line each, which never move: found by prefix, by session and by subscriber. No
// rules here, those are the book's (core/assignment_book.h): several slots may be of one prefix.
#pragma once

#include "core/assignment.h"
#include "core/prefetch.h"
#include "core/subscriber_pool.h"
#include "core/tag_index.h"

#include <array>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

namespace gate25 {

// A prefix in numbers: the address to its 64th bit and the rest of it, which few have.
struct PackedPrefix {
	static constexpr std::uint8_t ipv6_shape = 64; // 64 to 192 are lengths of IPv6, 0 to 32 those of IPv4
	std::uint64_t upper = 0;
	std::uint64_t lower = 0;
	std::uint8_t shape = 0;
	static PackedPrefix of(const Prefix& prefix);
	Prefix prefix() const;
	Family family() const { return shape < ipv6_shape ? Family::ipv4 : Family::ipv6; }
	std::uint64_t hash() const;
	friend bool operator==(const PackedPrefix&, const PackedPrefix&) = default;
};

// Seconds since 1970, enough until the year 2106; what lies outside is moved to the end.
using PackedTime = std::uint32_t;
inline constexpr PackedTime no_time = 0xffffffff;
PackedTime packed(UnixTime time);
PackedTime packed(const std::optional<UnixTime>& time); // nullopt: no_time
inline UnixTime unpacked(PackedTime time) { return UnixTime(Seconds(time)); }

struct alignas(64) AssignmentSlot {
	using Number = std::uint32_t; // 0: none
	std::uint64_t upper = 0;
	std::uint64_t session = 0;
	ServerHash server = 0;
	PackedTime from = 0, seen = 0, until = no_time;
	std::uint32_t lower = 0; // place of the rest of the address; 0: it is zero
	SubscriberPool::Number who = SubscriberPool::none;
	Number next_of = 0, previous_of = 0; // of the same subscriber
	PortRange ports;
	std::uint8_t shape = free;
	SourceRank source = 0;
	static constexpr std::uint8_t free = 0xff;
	Family family() const { return shape < PackedPrefix::ipv6_shape ? Family::ipv4 : Family::ipv6; }
};
static_assert(sizeof(AssignmentSlot) == 64);

class AssignmentTable {
public:
	using Number = AssignmentSlot::Number;
	static constexpr Number none = 0;

	AssignmentTable();
	AssignmentTable(const AssignmentTable&) = delete;
	AssignmentTable& operator=(const AssignmentTable&) = delete;

	SubscriberPool& names() { return names_; }
	const SubscriberPool& names() const { return names_; }
	// Links, prefix and place of `slot` are set here.
	Number add(const PackedPrefix& prefix, const AssignmentSlot& slot);
	// The subscriber's name stays.
	void remove(Number number);
	AssignmentSlot& at(Number number) { return blocks_[(number - 1) / block_slots][(number - 1) % block_slots]; }
	const AssignmentSlot& at(Number number) const { return blocks_[(number - 1) / block_slots][(number - 1) % block_slots]; }
	PackedPrefix prefix_of(const AssignmentSlot& slot) const;
	Assignment assignment(const AssignmentSlot& slot) const;

	// `visit(number, slot)` must not add or remove.
	template <class Visit> void each_at(const PackedPrefix& prefix, Visit&& visit) const {
		by_prefix_.each(prefix.hash(), [&](Number number) {
			if (is_at(at(number), prefix)) visit(number, at(number));
			return false;
		});
	}
	template <class Visit> void each_in(SessionHash session, SourceRank source, Visit&& visit) const {
		by_session_.each(hash_of(session), [&](Number number) {
			if (at(number).session == session && at(number).source == source) visit(number, at(number));
			return false;
		});
	}
	template <class Visit> void each_of(SubscriberPool::Number who, Visit&& visit) const {
		for (Number number = names_.mark(who); number != none; number = at(number).next_of) visit(number, at(number));
	}
	template <class Visit> void each(Visit&& visit) const {
		for (Number number = 1; number <= slots_; ++number)
			if (at(number).shape != AssignmentSlot::free) visit(number, at(number));
	}
	// Some of all: from `place` on, 0 is the beginning, so many places at most and until `visit` returns false. Where to go on, or 0.
	template <class Visit> Number each_from(Number place, std::size_t places, Visit&& visit) const {
		const std::size_t last = std::min(std::max<std::size_t>(place, 1) + places, std::size_t{slots_} + 1);
		for (Number number = std::max<Number>(place, 1); number < last; ++number)
			if (at(number).shape != AssignmentSlot::free && !visit(number, at(number))) return number + 1;
		return last > slots_ ? none : static_cast<Number>(last);
	}
	// So that each_at() and each_in() wait less: first these for all that is looked for, then fetch_found().
	void fetch(const PackedPrefix& prefix) const { by_prefix_.fetch(prefix.hash()); }
	void fetch(SessionHash session) const { by_session_.fetch(hash_of(session)); }
	void fetch_found(const PackedPrefix& prefix) const { by_prefix_.fetch_found(prefixes_, prefix.hash()); }

	// How many prefixes of this family and length there are.
	std::uint32_t of_length(Family family, unsigned length) const { return by_shape_[length + (family == Family::ipv6 ? 64 : 0)]; }
	std::uint32_t of_source(SourceRank source) const { return by_source_[source]; }
	std::uint32_t of_server(ServerHash server, SourceRank source) const;
	std::size_t size() const { return size_; }
	static constexpr std::size_t most = (std::size_t{1} << 26U) - 1;
	std::size_t memory() const;

private:
	static constexpr std::size_t block_slots = 1024;
	struct ByPrefix {
		const AssignmentTable& table;
		void fetch(Number number) const { prefetch(&table.at(number)); }
		std::uint64_t hash(Number number) const { return table.prefix_of(table.at(number)).hash(); }
	};
	struct BySession {
		const AssignmentTable& table;
		void fetch(Number number) const { prefetch(&table.at(number)); }
		std::uint64_t hash(Number number) const { return hash_of(table.at(number).session); }
	};
	static std::uint64_t hash_of(SessionHash session);
	static std::uint64_t server_key(ServerHash server, SourceRank source) { return std::uint64_t{server} << 8U | source; }
	bool is_at(const AssignmentSlot& slot, const PackedPrefix& prefix) const {
		return slot.upper == prefix.upper && slot.shape == prefix.shape && lower_of(slot) == prefix.lower;
	}
	std::uint64_t lower_of(const AssignmentSlot& slot) const { return slot.lower == 0 ? 0 : lower_[slot.lower]; }
	Number free_slot();
	std::uint32_t keep_lower(std::uint64_t lower);
	void drop_lower(std::uint32_t place);
	void link(Number number);
	void unlink(Number number);
	void count(const AssignmentSlot& slot, std::uint32_t by);

	SubscriberPool names_;
	std::vector<std::unique_ptr<AssignmentSlot[]>> blocks_;
	Number slots_ = 0;           // used once
	Number free_ = none;         // chained by next_of
	std::deque<std::uint64_t> lower_{0};
	std::uint32_t free_lower_ = 0; // chained by their values
	ByPrefix prefixes_{*this};
	BySession sessions_{*this};
	TagIndex<ByPrefix> by_prefix_;
	TagIndex<BySession> by_session_;
	std::array<std::uint32_t, 193> by_shape_{};
	std::array<std::uint32_t, 256> by_source_{};
	std::unordered_map<std::uint64_t, std::uint32_t> by_server_;
	std::size_t size_ = 0;
};

} // namespace gate25
