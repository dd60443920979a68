// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is counted of a subscriber's mail, over which times, and the words for it. The names are those of
// gate25.toml(5), of `gate25 volume` and of `gate25 whatif`.
#pragma once

#include "core/result.h"
#include "core/time.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gate25 {

// Each has a first quantity, the events, and a second one.
enum class Activity : std::uint8_t {
	attempts,    // connections to port 25 that were refused, and to how many addresses
	connections, // connections to port 25 that were let through, and to how many addresses
	mail         // messages through the provider's relay, and their recipients
};
inline constexpr std::array<Activity, 3> all_activities{Activity::attempts, Activity::connections, Activity::mail};
std::string_view activity_text(Activity activity);

enum class Quantity : std::uint8_t { attempts, attempted_destinations, connections, destinations, messages, recipients };
inline constexpr std::array<Quantity, 6> all_quantities{Quantity::attempts,     Quantity::attempted_destinations,
                                                        Quantity::connections,  Quantity::destinations,
                                                        Quantity::messages,     Quantity::recipients};
std::string_view quantity_text(Quantity quantity); // "attempted-destinations"
[[nodiscard]] Result<Quantity> parse_quantity(std::string_view text);
constexpr Activity activity_of(Quantity quantity) { return static_cast<Activity>(static_cast<unsigned>(quantity) / 2); }
constexpr bool is_second(Quantity quantity) { return static_cast<unsigned>(quantity) % 2 == 1; }
constexpr Quantity quantity_of(Activity activity, bool second) {
	return static_cast<Quantity>(static_cast<unsigned>(activity) * 2 + (second ? 1 : 0));
}

enum class Window : std::uint8_t { minute, hour, day };
inline constexpr std::array<Window, 3> all_windows{Window::minute, Window::hour, Window::day};
std::string_view window_text(Window window); // "hour"
[[nodiscard]] Result<Window> parse_window(std::string_view text);
constexpr Seconds window_length(Window window) {
	return window == Window::minute ? Seconds{60} : window == Window::hour ? Seconds{3600} : Seconds{86400};
}

// "connections 30/hour": no more than 30 within any hour.
struct Limit {
	Quantity quantity = Quantity::connections;
	std::uint32_t most = 0; // 1 to most_limit
	Window per = Window::hour;
	std::string text() const;
	friend bool operator==(const Limit&, const Limit&) = default;
};
inline constexpr std::uint32_t most_limit = 60'000;
// Errors quote the text and show the form.
[[nodiscard]] Result<Limit> parse_limit(std::string_view text);

} // namespace gate25
