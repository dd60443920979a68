// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/line_socket.h"

#include "edge/line_connection.h"
#include "edge/peer.h"

#include <algorithm>
#include <utility>

namespace gate25 {
namespace {

constexpr int accepted_per_turn = 16;

} // namespace

Result<std::unique_ptr<LineSocket>> LineSocket::open(Loop& loop, LineSocketOptions options) {
	auto socket = UnixSocket::listen({options.path, options.group, options.is_for_everyone});
	if (!socket) return fail(socket.error());
	std::unique_ptr<LineSocket> made(new LineSocket(loop, std::move(*socket), std::move(options)));
	if (auto started = made->acceptor_.start(); !started) return fail(started.error());
	return made;
}

LineSocket::LineSocket(Loop& loop, UnixSocket socket, LineSocketOptions options)
    : loop_(loop), options_(std::move(options)),
      acceptor_(loop, std::move(socket), {accepted_per_turn, [this](Descriptor fd) { take_in(std::move(fd)); }}),
      places_({options_.limits.max_connections, options_.limits.max_per_uid, options_.limits.root_connections}) {}

LineSocket::~LineSocket() {
	done_ = nullptr;
	while (!connections_.empty()) (*connections_.begin())->close();
}

// Nobody is closed for a newcomer: a writer may rightly be silent for days.
void LineSocket::take_in(Descriptor fd) {
	auto peer = peer_of(fd.get());
	if (!peer) return;
	if (!places_.fits(peer->uid, 1)) {
		++status_.refused;
		return;
	}
	peer->user = user_name(peer->uid);
	if (options_.authorize && !options_.authorize(*peer, SocketKind::alert)) {
		++status_.denied;
		return;
	}
	++status_.accepted;
	places_.take(peer->uid, 1);
	const auto connection = std::make_shared<LineConnection>(*this, std::move(fd), std::move(*peer));
	connections_.insert(connection);
	connection->proceed();
}

void LineSocket::remove(const std::shared_ptr<LineConnection>& connection) {
	places_.give(connection->uid(), 1);
	connections_.erase(connection);
	if (is_stopping_ && connections_.empty()) end_stop();
}

void LineSocket::stop(std::function<void()> done) {
	done_ = std::move(done);
	is_stopping_ = true;
	acceptor_.stop();
	if (connections_.empty()) return end_stop();
	later_ = loop_.after(options_.limits.stop_deadline, [this] {
		while (!connections_.empty()) (*connections_.begin())->close();
	});
	const auto all = connections_; // finish() may remove
	for (const auto& connection : all) connection->finish();
}

// Posted: the caller may destroy us in it, and we may be within a call of a connection.
void LineSocket::end_stop() {
	later_.cancel();
	if (auto done = std::exchange(done_, nullptr)) loop_.post(std::move(done));
}

LineSocketStatus LineSocket::status() const {
	LineSocketStatus now = status_;
	now.connections = connections_.size();
	now.busy = static_cast<std::size_t>(std::count_if(connections_.begin(), connections_.end(),
	                                                  [](const auto& connection) { return connection->is_busy(); }));
	return now;
}

} // namespace gate25
