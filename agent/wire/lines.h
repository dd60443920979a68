// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lines that a program writes to us for as long as it lives, as plain values: edge/line_socket reads them, flow
// takes them, and neither sees the other.
#pragma once

#include "core/result.h"
#include "wire/http.h"

#include <cstdint>
#include <functional>
#include <string>

namespace gate25 {

struct LineChunk {
	std::string lines;          // whole ones, each with its newline; empty when there is only too_long to tell
	std::uint64_t too_long = 0; // lines before these that were skipped
	Peer peer;
};

// Called once, at once or later, from the loop's thread: the next lines may come. An error ends the connection.
using LinesTaken = std::function<void(Result<void>)>;
using LineHandler = std::function<void(LineChunk, LinesTaken)>;

} // namespace gate25
