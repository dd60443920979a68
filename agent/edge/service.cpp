// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/service.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <unistd.h>

#if GATE25_WITH_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

namespace gate25 {
namespace {

void tell(const std::string& state) {
#if GATE25_WITH_SYSTEMD
	sd_notify(0, state.c_str());
#else
	(void)state;
#endif
}

const char* level_word(LogLevel level) {
	switch (level) {
	case LogLevel::error: return "error: ";
	case LogLevel::warning: return "warning: ";
	default: return "";
	}
}

// A name or a reason may come from a stranger; one log line stays one line.
std::string one_line(std::string text) {
	std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
	return text;
}

} // namespace

void service_is_ready(const std::string& status) { tell("READY=1\nSTATUS=" + status); }
void service_is_reloading() { tell("STATUS=reloading"); }
void service_is_stopping() { tell("STOPPING=1"); }
void service_is_alive() { tell("WATCHDOG=1"); }

std::optional<Milliseconds> watchdog_interval() {
#if GATE25_WITH_SYSTEMD
	std::uint64_t microseconds = 0;
	// Twice as often as asked, as sd_watchdog_enabled(3) recommends.
	if (sd_watchdog_enabled(0, &microseconds) > 0) return Milliseconds(microseconds / 2000);
#endif
	return std::nullopt;
}

void write_log(LogLevel level, const std::string& text) {
	static const bool is_journal = std::getenv("JOURNAL_STREAM") != nullptr;
	const std::string line = is_journal ? fmt::format("<{}>{}\n", static_cast<int>(level), one_line(text))
	                                    : fmt::format("gate25d: {}{}\n", level_word(level), one_line(text));
	// One write for one line, so that lines of two processes do not mix; nothing is done about a full disk.
	[[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

} // namespace gate25
