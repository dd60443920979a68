// SPDX-License-Identifier: GPL-2.0-or-later
//
// One writer of a LineSocket: read a while, hand over, wait until that is taken, and so on.
#pragma once

#include "edge/line_buffer.h"
#include "edge/line_socket.h"

#include <memory>

namespace gate25 {

class LineConnection : public std::enable_shared_from_this<LineConnection> {
public:
	LineConnection(LineSocket& socket, Descriptor fd, Peer peer);
	// One turn: never more than one chunk, then the others have theirs.
	void proceed();
	// Ends when all that was written is taken.
	void finish();
	void close(); // at once; the LineSocket knows it no more
	bool is_busy() const { return is_busy_; }
	std::uint32_t uid() const { return peer_.uid; }

private:
	void watch();
	void again();
	void read();
	void hand_over();
	void taken(const Result<void>& result);

	LineSocket* socket_; // nullptr: closed
	Descriptor fd_;
	Peer peer_;
	LineBuffer buffer_;
	Watch readable_;
	bool is_watching_ = false;
	bool is_busy_ = false;         // lines are being taken
	bool is_handing_over_ = false; // the handler is running
	bool is_dry_ = false;          // there was nothing more to read
	bool is_ended_ = false;        // and there will not be
	bool is_finishing_ = false;
};

} // namespace gate25
