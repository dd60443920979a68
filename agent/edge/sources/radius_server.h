// SPDX-License-Identifier: GPL-2.0-or-later
//
// The UDP sockets of RADIUS accounting. What waits is read many at a time and handed over together, so that its claims
// share one durable write; answers go out the same way, from the address that was asked. Nothing is kept here: what finds
// no room in a socket is lost, and access servers ask again.
#pragma once

#include "core/config_subscribers.h"
#include "edge/loop.h"
#include "edge/unix_socket.h"
#include "wire/radius.h"

#include <functional>
#include <memory>
#include <vector>

namespace gate25 {

struct RadiusServerOptions {
	std::vector<UdpEndpoint> listen; // also 0.0.0.0 and [::]
	// Datagrams are valid during the call. RadiusPath::listener is the place in `listen`.
	std::function<void(std::span<const RadiusDatagram>)> take;
};

struct RadiusServerStatus {
	std::uint64_t received = 0;
	std::uint64_t too_long = 0; // longer than a packet may be: not handed over
	std::uint64_t sent = 0;
	std::uint64_t unsent = 0;   // the kernel did not take the answer: it is given to the repeated question
};

class RadiusServer {
public:
	// Listens from the first run of the loop on, which must outlive it. An address that the router does not have yet is
	// listened on all the same.
	[[nodiscard]] static Result<std::unique_ptr<RadiusServer>> open(Loop& loop, RadiusServerOptions options);
	~RadiusServer();
	RadiusServer(const RadiusServer&) = delete;
	RadiusServer& operator=(const RadiusServer&) = delete;

	void send(const std::vector<RadiusAnswer>& answers);
	const RadiusServerStatus& status() const { return status_; }
	std::vector<UdpEndpoint> listening() const; // with the ports that the kernel chose for 0

	static constexpr std::size_t at_once = 64; // datagrams of a turn

private:
	struct Listener {
		Descriptor fd;
		Watch incoming;
	};
	struct Room;
	RadiusServer(Loop& loop, RadiusServerOptions options);
	[[nodiscard]] Result<void> start();
	void receive(std::uint32_t listener);
	void send_some(std::uint32_t listener, std::span<const RadiusAnswer* const> answers);

	Loop& loop_;
	RadiusServerOptions options_;
	std::vector<Listener> listeners_;
	std::unique_ptr<Room> room_;
	RadiusServerStatus status_;
};

} // namespace gate25
