// SPDX-License-Identifier: GPL-2.0-or-later
//
// Takes in whoever connects to a listening socket, some in each turn of the loop, and lives through a moment without
// descriptors or memory.
#pragma once

#include "edge/loop.h"
#include "edge/unix_socket.h"

#include <functional>

namespace gate25 {

class Acceptor {
public:
	struct Options {
		int most_per_turn = 64; // then the others have their turn
		std::function<void(Descriptor)> take_in;
		// There was no descriptor for a newcomer: whether there is one now.
		std::function<bool()> make_room = [] { return false; };
	};
	Acceptor(Loop& loop, UnixSocket socket, Options options)
	    : loop_(loop), socket_(std::move(socket)), options_(std::move(options)) {}
	[[nodiscard]] Result<void> start();
	// Takes nobody in any more, and removes the socket.
	void stop();

private:
	void accept_some();
	void pause();

	Loop& loop_;
	UnixSocket socket_;
	Options options_;
	Watch incoming_;
	Timer later_;
};

} // namespace gate25
