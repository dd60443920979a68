// SPDX-License-Identifier: GPL-2.0-or-later
//
// HTTP/1.1 on one unix socket: takes connections in and keeps them within limits. What a peer does, or
// fails to do, costs neither the agent nor another peer anything (http/service.h has the limits).
#pragma once

#include "core/result.h"
#include "edge/acceptor.h"
#include "edge/http/service.h"
#include "edge/loop.h"

#include <memory>
#include <string>

namespace gate25 {

struct HttpServerOptions {
	std::string path;
	SocketKind kind = SocketKind::control;
	std::string group; // may connect besides the agent's own user; empty: nobody else
	bool is_for_everyone = false; // everybody may connect, `authorize` decides
	Authorize authorize;
	HttpHandler handler;
	HttpLimits limits{};
};

struct HttpStatus {
	HttpCounters counters;
	std::size_t connections = 0;
	std::size_t followers = 0;
	std::size_t closed_for_others = 0;
};

class HttpServer {
public:
	// Answers from the first run of the loop on, which must outlive the server.
	[[nodiscard]] static Result<std::unique_ptr<HttpServer>> open(Loop& loop, HttpServerOptions options);
	~HttpServer(); // closes everything at once
	HttpServer(const HttpServer&) = delete;
	HttpServer& operator=(const HttpServer&) = delete;

	// Takes nobody in any more, removes the socket, lets running replies end (limits.stop_deadline), then
	// closes the rest and calls `done`, from the loop.
	void stop(std::function<void()> done);
	HttpStatus status() const;

private:
	HttpServer(Loop& loop, UnixSocket socket, HttpServerOptions options);
	void take_in(Descriptor fd);
	void on_stopped();

	Loop& loop_;
	std::shared_ptr<HttpService> service_;
	Acceptor acceptor_;
	Timer later_;
	std::function<void()> done_;
};

} // namespace gate25
