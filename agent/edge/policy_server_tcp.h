// SPDX-License-Identifier: GPL-2.0-or-later
//
// A TCP port on which the policy service listens.
#pragma once

#include "core/config.h"
#include "edge/loop.h"
#include "edge/unix_socket.h"

#include <functional>
#include <memory>

namespace gate25 {

class PolicyTcpListener {
public:
	using TakeIn = std::function<void(Descriptor, const Address&)>;
	// An address that the router does not have yet, or not now (VRRP), is listened on all the same.
	[[nodiscard]] static Result<std::unique_ptr<PolicyTcpListener>> open(Loop& loop, const PolicyEndpoint& endpoint, TakeIn take_in,
	                                                                     std::function<bool()> make_room);
	std::uint16_t port() const; // the one that the kernel chose for port 0

private:
	PolicyTcpListener(Loop& loop, Descriptor fd, TakeIn take_in, std::function<bool()> make_room)
	    : loop_(loop), fd_(std::move(fd)), take_in_(std::move(take_in)), make_room_(std::move(make_room)) {}
	[[nodiscard]] Result<void> start();
	void accept_some();
	void pause();

	Loop& loop_;
	Descriptor fd_;
	TakeIn take_in_;
	std::function<bool()> make_room_;
	Watch incoming_;
	Timer later_;
};

// "192.0.2.1:10025", "[2001:db8::1]:10025"
std::string endpoint_text(const PolicyEndpoint& endpoint);

} // namespace gate25
