// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/policy_server.h"

#include "edge/peer.h"
#include "edge/policy_server_connection.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace gate25 {

Result<std::unique_ptr<PolicyServer>> PolicyServer::open(Loop& loop, PolicyServerOptions options) {
	std::unique_ptr<PolicyServer> made(new PolicyServer(loop, std::move(options)));
	if (auto started = made->start(); !started) return fail(started.error());
	return made;
}

Result<void> PolicyServer::start() {
	const auto make_room = [this] { return close_one(nullptr); };
	if (!options_.path.empty()) {
		auto socket = UnixSocket::listen({options_.path, options_.group, options_.is_for_everyone});
		if (!socket) return fail(socket.error());
		Acceptor::Options accepting;
		accepting.take_in = [this](Descriptor fd) { take_in_user(std::move(fd)); };
		accepting.make_room = make_room;
		acceptor_ = std::make_unique<Acceptor>(loop_, std::move(*socket), std::move(accepting));
		if (auto started = acceptor_->start(); !started) return fail(started.error());
	}
	for (const PolicyEndpoint& endpoint : options_.listen) {
		auto opened = PolicyTcpListener::open(
		    loop_, endpoint, [this](Descriptor fd, const Address& address) { take_in_address(std::move(fd), address); }, make_room);
		if (!opened) return fail(opened.error());
		listeners_.push_back(std::move(*opened));
	}
	looking_ = loop_.every(options_.limits.look_every, [this] { close_the_late(); });
	return {};
}

PolicyServer::~PolicyServer() {
	while (!connections_.empty()) (*connections_.begin())->close();
}

void PolicyServer::take_in_user(Descriptor fd) {
	auto peer = peer_of(fd.get());
	if (!peer) return;
	peer->user = user_name(peer->uid);
	if (options_.authorize && !options_.authorize(*peer)) {
		++status_.denied;
		return;
	}
	take_in(std::move(fd), fmt::format("uid {}", peer->uid));
}

void PolicyServer::take_in_address(Descriptor fd, const Address& address) {
	const auto holds = [&](const Prefix& prefix) { return prefix.contains(address); };
	if (std::any_of(options_.clients.begin(), options_.clients.end(), holds)) return take_in(std::move(fd), address.text());
	++status_.strangers;
	if (options_.on_stranger) options_.on_stranger(address.text());
}

void PolicyServer::take_in(Descriptor fd, const std::string& who) {
	if (!make_place(who)) return;
	++status_.accepted;
	++peers_[who];
	const auto connection = std::make_shared<PolicyConnection>(*this, std::move(fd), who);
	connections_.insert(connection);
	connection->wait_for_more();
}

bool PolicyServer::make_place(const std::string& who) {
	const auto peer = peers_.find(who);
	if (peer != peers_.end() && peer->second >= options_.limits.max_per_peer && !close_one(&who)) return false;
	return connections_.size() < options_.limits.max_connections || close_one(nullptr);
}

// The one of `who` (nullptr: of all) from which nothing was heard for the longest time; idle ones first.
bool PolicyServer::close_one(const std::string* who) {
	std::shared_ptr<PolicyConnection> found;
	const auto order = [](const PolicyConnection& one) { return std::pair(!one.is_idle(), one.since()); };
	for (const auto& one : connections_)
		if ((who == nullptr || one->who() == *who) && (!found || order(*one) < order(*found))) found = one;
	if (!found) return false;
	++status_.closed_for_others;
	found->close();
	return true;
}

void PolicyServer::remove(const std::shared_ptr<PolicyConnection>& connection) {
	const auto peer = peers_.find(connection->who());
	if (peer != peers_.end() && --peer->second == 0) peers_.erase(peer);
	connections_.erase(connection);
}

void PolicyServer::close_the_late() {
	const auto now = std::chrono::steady_clock::now();
	const auto all = connections_; // close() removes
	for (const auto& one : all) {
		if (!one->is_late(now)) continue;
		++status_.timed_out;
		one->close();
	}
}

void PolicyServer::stop(std::function<void()> done) {
	looking_.cancel();
	if (acceptor_) acceptor_->stop();
	listeners_.clear();
	while (!connections_.empty()) (*connections_.begin())->close();
	loop_.post(std::move(done)); // the caller may destroy us in it
}

std::vector<PolicyEndpoint> PolicyServer::listening() const {
	std::vector<PolicyEndpoint> endpoints = options_.listen;
	for (std::size_t i = 0; i < endpoints.size() && i < listeners_.size(); ++i) endpoints[i].port = listeners_[i]->port();
	return endpoints;
}

PolicyServerStatus PolicyServer::status() const {
	PolicyServerStatus now = status_;
	now.connections = connections_.size();
	return now;
}

} // namespace gate25
