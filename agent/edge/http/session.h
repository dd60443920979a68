// SPDX-License-Identifier: GPL-2.0-or-later
//
// One connection: requests are read, given to the handler and answered one after the other (RFC 9112).
#pragma once

#include "edge/http/service.h"
#include "edge/unix_socket.h"

#include <memory>

namespace gate25 {

// Lives on by itself until the peer goes, a deadline is over, or the table closes it.
void start_session(const std::shared_ptr<HttpService>& service, Descriptor fd, Peer peer);

} // namespace gate25
