// SPDX-License-Identifier: GPL-2.0-or-later
//
// What all connections of one socket share: who may come, who answers, and how much anybody may cost.
#pragma once

#include "core/time.h"
#include "edge/http/connection_table.h"
#include "edge/http/quota.h"
#include "wire/http.h"

#include <cstddef>
#include <functional>

namespace gate25 {

class Loop;

struct HttpLimits {
	std::size_t max_connections = 1024;
	std::size_t max_per_uid = 256;     // root is exempt
	std::size_t root_connections = 64; // of the total, kept for root
	std::size_t header_limit = 16 * 1024;
	std::size_t body_limit = 10 << 20; // the largest report (wire/report.h)
	std::size_t bodies_total = 24 << 20; // requests in memory at once
	std::size_t bodies_per_uid = 12 << 20;
	std::size_t bodies_root = 12 << 20;   // of the total, kept for root
	std::size_t unread_total = 128 << 20; // replies that wait for their readers; above it no new work
	std::size_t unread_per_uid = 16 << 20;
	std::size_t follower_queue = 256 * 1024;
	Milliseconds request_deadline{10'000}; // from the first byte to the last; also for the first byte
	Milliseconds idle_deadline{30'000};    // between two requests
	Milliseconds write_deadline{10'000};
	std::size_t slowest_reader = 1 << 20; // bytes in a second; a long reply gets that much longer
	Milliseconds linger_deadline{1'000};  // for the peer to read what was said before the end
	Milliseconds heartbeat{15'000};
	Milliseconds stop_deadline{2'000};
};

struct HttpCounters {
	std::uint64_t accepted = 0;
	std::uint64_t requests = 0;
	std::uint64_t denied = 0;  // refused by `authorize`
	std::uint64_t refused = 0; // no place, or no memory
	std::uint64_t broken = 0;  // malformed, oversized
	std::uint64_t timed_out = 0;
	std::uint64_t dropped_followers = 0; // too slow
};

// Asked once for each connection, before its first request is looked at. The owner logs.
using Authorize = std::function<Result<void>(const Peer&, SocketKind)>;

struct HttpService {
	HttpService(Loop& l, SocketKind k, Authorize a, HttpHandler h, HttpLimits of)
	    : loop(l), kind(k), authorize(std::move(a)), handler(std::move(h)), limits(of),
	      connections({of.max_connections, of.max_per_uid, of.root_connections}),
	      bodies({of.bodies_total, of.bodies_per_uid, of.bodies_root}),
	      unread({of.unread_total, of.unread_per_uid, of.unread_per_uid}) {}

	Loop& loop;
	const SocketKind kind;
	const Authorize authorize;
	const HttpHandler handler;
	const HttpLimits limits;
	ConnectionTable connections;
	Quota bodies;
	Quota unread;
	HttpCounters counters;
	bool is_stopping = false;
};

// {"schema":1,"error":{"code":...,"message":...}}
HttpResponse http_error(unsigned status, const std::string& message);

} // namespace gate25
