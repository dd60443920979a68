// SPDX-License-Identifier: GPL-2.0-or-later
//
// From the command line to the exit status. main.cpp gives it the real world, a test a made one.
#pragma once

#include "cli/api.h"
#include "cli/screen.h"
#include "core/time.h"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gate25::cli {

struct Setup {
	// Connects at the first call, not before.
	std::function<std::unique_ptr<Api>(const std::string& socket)> connect;
	std::optional<std::string> socket_in_environment; // GATE25_SOCKET
	UnixTime now{};
};

// `line` is without the name of the program.
int run(std::span<const std::string_view> line, Screen& screen, const Setup& setup);

} // namespace gate25::cli
