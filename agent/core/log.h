// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where sentences for the operator go. core, wire and edge return errors; flow and main log them, once.
#pragma once

#include <functional>
#include <string>

namespace gate25 {

// The numbers of syslog(3).
enum class LogLevel : int { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };
using Log = std::function<void(LogLevel, const std::string&)>;

} // namespace gate25
