// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/http_server.h"

#include "edge/http/session.h"
#include "edge/peer.h"

#include <fmt/core.h>

#include <algorithm>
#include <sys/resource.h>
#include <sys/socket.h>
#include <utility>

namespace gate25 {
namespace {

// Two sockets and some files: a common soft limit of 1024 is less than what one socket may take.
void raise_descriptor_limit(std::size_t connections) {
	rlimit limit{};
	if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
	const rlim_t wanted = 2 * connections + 512;
	if (limit.rlim_cur >= wanted) return;
	limit.rlim_cur = std::min(wanted, limit.rlim_max);
	::setrlimit(RLIMIT_NOFILE, &limit); // if it fails, the acceptor lives with it
}

// One try: whoever finds no place does not get a queue as well.
void turn_away(const Descriptor& fd) {
	const std::string body = http_error(503, "too many connections are open: try again").body;
	const std::string reply = fmt::format("HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
	                                      "Retry-After: 1\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}",
	                                      body.size(), body);
	::send(fd.get(), reply.data(), reply.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

} // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::open(Loop& loop, HttpServerOptions options) {
	auto socket = UnixSocket::listen({options.path, options.group, options.is_for_everyone});
	if (!socket) return fail(socket.error());
	raise_descriptor_limit(options.limits.max_connections);
	std::unique_ptr<HttpServer> server(new HttpServer(loop, std::move(*socket), std::move(options)));
	if (auto started = server->acceptor_.start(); !started) return fail(started.error());
	return server;
}

HttpServer::HttpServer(Loop& loop, UnixSocket socket, HttpServerOptions options)
    : loop_(loop),
      service_(std::make_shared<HttpService>(loop, options.kind, std::move(options.authorize),
                                             std::move(options.handler), options.limits)),
      acceptor_(loop, std::move(socket), {64, [this](Descriptor fd) { take_in(std::move(fd)); },
                                          [this] { return service_->connections.close_one(); }}) {}

HttpServer::~HttpServer() {
	service_->is_stopping = true;
	service_->connections.on_empty = nullptr;
	service_->connections.close_all();
}

void HttpServer::take_in(Descriptor fd) {
	auto peer = peer_of(fd.get());
	if (!peer) return;
	if (!service_->connections.make_place(peer->uid)) {
		++service_->counters.refused;
		return turn_away(fd);
	}
	++service_->counters.accepted;
	start_session(service_, std::move(fd), std::move(*peer));
}

void HttpServer::stop(std::function<void()> done) {
	done_ = std::move(done);
	acceptor_.stop();
	service_->is_stopping = true;
	service_->connections.finish_all();
	if (service_->connections.size() == 0) return on_stopped();
	service_->connections.on_empty = [this] { on_stopped(); };
	later_ = loop_.after(service_->limits.stop_deadline, [this] { service_->connections.close_all(); });
}

// Posted: the caller may destroy the server in it, and we may be within a call of one of its connections.
void HttpServer::on_stopped() {
	service_->connections.on_empty = nullptr;
	if (auto done = std::exchange(done_, nullptr)) loop_.post(std::move(done));
}

HttpStatus HttpServer::status() const {
	return HttpStatus{service_->counters, service_->connections.size(),
	                  service_->connections.count(Connection::Phase::following),
	                  service_->connections.closed_for_others()};
}

} // namespace gate25
