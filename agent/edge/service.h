// SPDX-License-Identifier: GPL-2.0-or-later
//
// The service manager: readiness, watchdog, log. Without systemd (or started by hand) all of it is quiet
// and the log goes to standard error.
#pragma once

#include "core/log.h"
#include "core/time.h"

#include <optional>
#include <string>

namespace gate25 {

void service_is_ready(const std::string& status);
void service_is_reloading();
void service_is_stopping();
void service_is_alive();
// How often service_is_alive() is expected; nullopt: never.
std::optional<Milliseconds> watchdog_interval();

// With "<4>" in front, as sd-daemon(3) wants it, when the journal reads; otherwise as people want it.
void write_log(LogLevel level, const std::string& text);

} // namespace gate25
