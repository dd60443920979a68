// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/http/connection_table.h"

#include <algorithm>
#include <tuple>

namespace gate25 {
namespace {

using Phase = Connection::Phase;

// A reply is written at once unless its reader is slow, so one that takes longer than this is not missed.
constexpr std::chrono::seconds slow_reader{1};

bool may_close(const Connection& connection) {
	if (connection.phase == Phase::idle || connection.phase == Phase::reading) return true;
	return connection.phase == Phase::writing && std::chrono::steady_clock::now() - connection.since > slow_reader;
}

} // namespace

bool ConnectionTable::make_place(std::uint32_t uid) {
	while (!quota_.fits(uid, 1)) {
		const bool own_only = !quota_.fits_share(uid, 1);
		Connection* victim = easiest_to_miss([&](const Connection& other) {
			if (own_only) return other.uid == uid;
			return uid == 0 || other.uid != 0;
		});
		if (victim == nullptr) return false;
		++closed_for_others_;
		victim->close();
	}
	return true;
}

bool ConnectionTable::close_one() {
	Connection* victim = easiest_to_miss([](const Connection&) { return true; });
	if (victim == nullptr) return false;
	++closed_for_others_;
	victim->close();
	return true;
}

Connection* ConnectionTable::easiest_to_miss(const std::function<bool(const Connection&)>& is_candidate) const {
	Connection* found = nullptr;
	for (Connection* each : connections_) {
		if (!may_close(*each) || !is_candidate(*each)) continue;
		if (found == nullptr || std::tie(each->phase, each->since) < std::tie(found->phase, found->since))
			found = each;
	}
	return found;
}

void ConnectionTable::add(Connection& connection) {
	connections_.push_back(&connection);
	quota_.take(connection.uid, 1);
}

void ConnectionTable::remove(Connection& connection) {
	const auto place = std::find(connections_.begin(), connections_.end(), &connection);
	if (place == connections_.end()) return;
	*place = connections_.back();
	connections_.pop_back();
	quota_.give(connection.uid, 1);
	if (connections_.empty() && on_empty) on_empty();
}

void ConnectionTable::finish_all() {
	const auto all = connections_; // finish() may remove
	for (Connection* each : all) each->finish();
}

void ConnectionTable::close_all() {
	while (!connections_.empty()) connections_.back()->close();
}

std::size_t ConnectionTable::count(Connection::Phase phase) const {
	return static_cast<std::size_t>(std::count_if(connections_.begin(), connections_.end(),
	                                              [&](const Connection* each) { return each->phase == phase; }));
}

} // namespace gate25
