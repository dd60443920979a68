// SPDX-License-Identifier: GPL-2.0-or-later
//
// A unix stream socket to which programs write lines, Suricata first of all. What is read is handed over as whole
// lines, and nothing more is read from that writer until they are taken: meanwhile they are collected in the
// kernel, so one turn takes one line on a quiet day and hundreds in a storm. A writer that is faster for long finds
// its socket full and drops by itself. A flood, garbage or a line without an end cost bounded memory and nobody else.
#pragma once

#include "edge/acceptor.h"
#include "edge/http/quota.h"
#include "edge/http/service.h"
#include "edge/loop.h"
#include "wire/lines.h"

#include <cstddef>
#include <memory>
#include <set>

namespace gate25 {

struct LineLimits {
	std::size_t max_connections = 16;
	std::size_t max_per_uid = 8;      // root is exempt
	std::size_t root_connections = 4; // of the total, kept for root
	std::size_t longest_line = std::size_t{1} << 20U;
	std::size_t chunk = std::size_t{256} << 10U; // handed over at once
	Milliseconds stop_deadline{2'000};
};

struct LineSocketOptions {
	std::string path;
	std::string group; // may connect besides the agent's own user; empty: nobody else
	bool is_for_everyone = false; // everybody may connect, `authorize` decides
	Authorize authorize;          // asked once for each connection, as for the alert socket
	LineHandler handler;
	LineLimits limits{};
};

struct LineSocketStatus {
	std::size_t connections = 0;
	std::size_t busy = 0; // of these: their lines are being taken
	std::uint64_t accepted = 0;
	std::uint64_t denied = 0;  // by `authorize`
	std::uint64_t refused = 0; // no place
	std::uint64_t bytes = 0;
	std::uint64_t too_long = 0; // lines
};

class LineConnection;

class LineSocket {
public:
	// Reads from the first run of the loop on, which must outlive the socket.
	[[nodiscard]] static Result<std::unique_ptr<LineSocket>> open(Loop& loop, LineSocketOptions options);
	~LineSocket(); // closes everything at once
	LineSocket(const LineSocket&) = delete;
	LineSocket& operator=(const LineSocket&) = delete;

	// Takes nobody in any more and removes the socket. What was written until now is read and taken
	// (limits.stop_deadline), then `done` is called, from the loop.
	void stop(std::function<void()> done);
	LineSocketStatus status() const;

private:
	friend class LineConnection;
	LineSocket(Loop& loop, UnixSocket socket, LineSocketOptions options);
	void take_in(Descriptor fd);
	void remove(const std::shared_ptr<LineConnection>& connection);
	void end_stop();

	Loop& loop_;
	LineSocketOptions options_;
	Acceptor acceptor_;
	Quota places_;
	LineSocketStatus status_;
	std::set<std::shared_ptr<LineConnection>> connections_;
	Timer later_;
	bool is_stopping_ = false;
	std::function<void()> done_;
};

} // namespace gate25
