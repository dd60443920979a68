// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where a connection that a rule redirected to us was meant to go, as connection tracking remembers it.
#pragma once

#include <cstdint>
#include <optional>

namespace gate25 {

// The port; nullopt: the connection is not tracked. One that was not redirected tells our own port.
std::optional<std::uint16_t> dialled_port(int fd);

} // namespace gate25
