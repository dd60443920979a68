// SPDX-License-Identifier: GPL-2.0-or-later
//
// Time enters as an argument; only edge/clock reads it. Two clocks at once: the wall clock is what people
// read and what is stored, the boot clock (CLOCK_BOOTTIME, runs during suspend, never jumps) is what
// remaining times are computed with, so a clock that jumps neither frees nor jails anybody.
#pragma once

#include "core/result.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace gate25 {

using Seconds = std::chrono::seconds;
using Milliseconds = std::chrono::milliseconds;
using UnixTime = std::chrono::sys_seconds;

struct Now {
	UnixTime wall{};
	Milliseconds boot{}; // since boot
};

// When something ends. `wall` is for people, `boot` decides within this boot.
struct Deadline {
	UnixTime wall{};
	Milliseconds boot{};
	friend auto operator<=>(const Deadline&, const Deadline&) = default;
};

// Rounded up to whole seconds; zero or less: over.
Seconds remaining(const Deadline& deadline, const Now& now);
Deadline deadline_after(const Now& now, Seconds duration);

// The longest finite duration gate25 accepts. Longer is said as "manual".
inline constexpr Seconds longest_duration{std::chrono::hours{24 * 3650}};

// "30s", "15m", "24h", "7d", "2w", also "1d12h". Whole seconds from 1s to longest_duration; "manual" is
// nullopt: until somebody ends it. Everything else (0, negative, 500ms, 2^64) is an error that quotes it.
[[nodiscard]] Result<std::optional<Seconds>> parse_duration(std::string_view text);
// The same without "manual".
[[nodiscard]] Result<Seconds> parse_finite_duration(std::string_view text);
// Text that parse_duration() reads back, days the largest unit: "1d12h", "90d"; "manual" for nullopt, "0s" when over.
std::string duration_text(std::optional<Seconds> duration);

// RFC 3339, UTC: "2026-11-21T23:43:33Z". parse_time() takes any offset and a fraction, which it drops.
std::string time_text(UnixTime time);
[[nodiscard]] Result<UnixTime> parse_time(std::string_view text);

} // namespace gate25
