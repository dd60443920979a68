// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the agent remembers for judging the next alert: of each subscriber what was said of him and when he was let
// out, and which reports were seen. A copy of what follows from the store's rows.
#pragma once

#include "core/judge.h"
#include "core/subscriber_key.h"
#include "core/waiting_notices.h"
#include "core/world.h"

#include <array>
#include <deque>
#include <map>
#include <unordered_map>
#include <vector>

namespace gate25 {

// All that is remembered of one subscriber.
struct Dossier {
	Tally tally;
	std::optional<UnixTime> released; // when somebody last let him out
	std::vector<Incident> incidents;  // oldest first; those that led to nothing yet
	friend bool operator==(const Dossier&, const Dossier&) = default;
};

class Dossiers {
public:
	// nullptr: nothing was ever said of him.
	const Dossier* find(const Prefix& subscriber) const;
	Dossier& of(const Prefix& subscriber) { return dossiers_[subscriber]; }
	// nullopt: forget him.
	void put(const Prefix& subscriber, std::optional<Dossier> dossier);
	void add_incident(const Prefix& subscriber, const Incident& incident);
	std::size_t size() const { return dossiers_.size(); }

private:
	std::unordered_map<Prefix, Dossier> dossiers_;
};

// Reports by report_key(). Bounded: the oldest are forgotten first. The unproven and the proven do not share the bound,
// so nobody can flood away what reporters have sent.
class SeenReports {
public:
	// The alert that had this key at or after `since`; 0: none.
	std::uint64_t find(std::uint64_t key, UnixTime since) const;
	void add(std::uint64_t key, std::uint64_t alert, UnixTime received);
	void remove(std::uint64_t key);
	std::size_t size() const { return books_[0].seen.size() + books_[1].seen.size(); }
	static constexpr std::size_t most = 500'000; // of each; both: some 60 MB

private:
	struct Entry {
		std::uint64_t alert = 0;
		UnixTime received{};
	};
	struct Book {
		std::unordered_map<std::uint64_t, Entry> seen;
		std::deque<std::pair<std::uint64_t, std::uint64_t>> order; // key and alert
	};
	const Book& book_of(std::uint64_t key) const { return books_[key & 1U]; }
	Book& book_of(std::uint64_t key) { return books_[key & 1U]; }
	std::array<Book, 2> books_;
};

// Reports that a person or a key must decide, without their bytes.
class Inbox {
public:
	static constexpr std::size_t most_reports = 10'000;
	static constexpr std::uint64_t most_bytes = std::uint64_t{256} << 20U;
	bool has_room_for(std::uint64_t bytes) const { return held_.size() < most_reports && bytes_ + bytes <= most_bytes; }
	const HeldReport* find(std::uint64_t id) const;
	// One that is closed is in it no more.
	void put(HeldReport held);
	void erase(std::uint64_t id);
	const std::map<std::uint64_t, HeldReport>& held() const { return held_; } // by number
	std::size_t count(HeldState state) const;

private:
	std::map<std::uint64_t, HeldReport> held_;
	std::uint64_t bytes_ = 0;
};

// Those who have a row in the store, by key.
class SubscriberRows {
public:
	const Subscriber* find(const Prefix& key) const;
	void put(Subscriber subscriber);
	void erase(const Prefix& key) { rows_.erase(key); }
	std::size_t size() const { return rows_.size(); }

private:
	std::unordered_map<Prefix, Subscriber> rows_;
};

struct Memory {
	SubscriberRows subscribers;
	Dossiers dossiers;
	SeenReports seen;
	Inbox inbox;
	WaitingNotices notices;
	// Of a row that the store hands over at start.
	void remember(const AlertRow& row);
};

} // namespace gate25
