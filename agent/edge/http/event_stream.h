// SPDX-License-Identifier: GPL-2.0-or-later
//
// A client that follows events (text/event-stream, WHATWG HTML section 9.2). It takes over the descriptor
// of its session and lives until the peer goes, is too slow, or whoever sends the events lets go of it.
#pragma once

#include "edge/http/service.h"
#include "edge/unix_socket.h"

#include <memory>

namespace gate25 {

// `is_chunked` is false for HTTP/1.0, where the end of the connection ends the stream. Null: the descriptor is
// of no use.
std::shared_ptr<EventClient> follow_events(const std::shared_ptr<HttpService>& service, Descriptor fd,
                                           std::uint32_t uid, bool is_chunked);

} // namespace gate25
