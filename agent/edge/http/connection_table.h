// SPDX-License-Identifier: GPL-2.0-or-later
//
// All connections of one socket, and who has to go when there is no place for a new one: the one from
// which nothing was heard for the longest time. So ten thousand silent clients do not keep a working one
// out, and a user who opens too many closes his own.
#pragma once

#include "edge/http/quota.h"

#include <chrono>
#include <functional>
#include <vector>

namespace gate25 {

class Connection {
public:
	using Time = std::chrono::steady_clock::time_point;
	enum class Phase {
		idle,      // nothing of a request has arrived
		reading,   // a part of a request has arrived
		writing,   // a reply is on the way
		following, // a stream of events
		working    // the request is with the handler
	};

	explicit Connection(std::uint32_t user) : uid(user) {}
	Connection(const Connection&) = delete;
	Connection& operator=(const Connection&) = delete;
	virtual ~Connection() = default;
	virtual void close() = 0;  // at once; takes itself from the table
	virtual void finish() = 0; // as soon as the running reply is sent

	void enter(Phase next) {
		phase = next;
		since = std::chrono::steady_clock::now();
	}

	const std::uint32_t uid;
	Phase phase = Phase::idle;
	Time since = std::chrono::steady_clock::now();
};

class ConnectionTable {
public:
	explicit ConnectionTable(Quota::Limits limits) : quota_(limits) {}

	// Closes a connection if that is needed to take in one more of this user. False: there is no place.
	bool make_place(std::uint32_t uid);
	// Closes the connection of any user that is the easiest to miss. False: all are at work.
	bool close_one();
	void add(Connection& connection);
	void remove(Connection& connection); // once or more often
	void finish_all();
	void close_all();
	std::size_t size() const { return connections_.size(); }
	std::size_t count(Connection::Phase phase) const;
	std::size_t closed_for_others() const { return closed_for_others_; }
	// Called when the last one has gone.
	std::function<void()> on_empty;

private:
	Connection* easiest_to_miss(const std::function<bool(const Connection&)>& is_candidate) const;

	Quota quota_;
	std::vector<Connection*> connections_;
	std::size_t closed_for_others_ = 0;
};

} // namespace gate25
