// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/radius_times.h"

#include <algorithm>

namespace gate25 {
namespace {

// Packets are late by some seconds and clocks drift; within this two stamps show the same clock.
constexpr Seconds same_clock{300};
// A wrong clock stays wrong; a server that sends what it kept during an outage is through with it sooner.
constexpr Milliseconds settled_after{600'000};
// What no stamp has confirmed for so long is no longer how the clock goes: somebody has set it.
constexpr Milliseconds forgotten_after{3'600'000};

} // namespace

ServerClock::Dated ServerClock::date(std::optional<UnixTime> stamp, Seconds delay, const Now& now) {
	if (!stamp) {
		const bool is_odd = delay > most_behind;
		return {is_odd ? now.wall : now.wall - delay, is_odd};
	}
	const Seconds behind = now.wall - *stamp;
	learn(behind - std::min(delay, most_behind), now.boot);
	if (std::chrono::abs(behind) <= most_ahead) return {std::min(*stamp, now.wall), false};
	const bool is_odd = behind < -most_ahead || behind > most_behind;
	const bool is_settled = is_known() && *confirmed_ - since_ >= settled_after;
	return {std::min(now.wall, is_odd || is_settled ? *stamp + behind_ : *stamp), is_odd};
}

void ServerClock::learn(Seconds behind, Milliseconds now) {
	if (std::chrono::abs(behind) <= most_ahead) behind = Seconds{0}; // it is right
	const bool agrees = is_known() && std::chrono::abs(behind - behind_) <= same_clock;
	if (agrees && (behind.count() == 0) == (behind_.count() == 0)) {
		behind_ = std::min(behind_, behind); // the one that was least late
		confirmed_ = now;
	} else if (behind.count() == 0 || !is_known() || now - *confirmed_ > forgotten_after) {
		behind_ = behind;
		since_ = now;
		confirmed_ = now;
	}
}

Now SteadyWall::of(const Now& now) {
	const Milliseconds offset = now.wall.time_since_epoch() - now.boot;
	const bool is_set_back = offset_ && offset < *offset_ - most_ahead;
	if (is_set_back && !set_back_) set_back_ = now.boot;
	if (is_set_back && now.boot - *set_back_ <= forgotten_after) return {UnixTime{std::chrono::floor<Seconds>(*offset_ + now.boot)}, now.boot};
	set_back_.reset();
	offset_ = offset;
	return now;
}

} // namespace gate25
