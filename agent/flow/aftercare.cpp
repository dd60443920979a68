// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/aftercare.h"

#include "flow/agent.h"

#include <fmt/format.h>
#include <set>

namespace gate25 {

namespace {

constexpr Milliseconds look_every{5000}, watch_for{std::chrono::hours{24}};
// By then nothing of before the release is left in the sum of a minute (core/sliding_sum.h: 7/6 of the window).
constexpr Milliseconds settled_after{70'000};
constexpr std::size_t most_watched = 10'000;

} // namespace

std::optional<RecentAttempts> Aftercare::attempts(const Prefix& party) const {
	Volume& volume = agent_.volume();
	if (!volume.is_enabled()) return std::nullopt;
	RecentAttempts sum;
	std::set<Prefix> counted; // two prefixes of his may lie in one that is counted
	for (const Prefix& place : agent_.coverage().places(party)) {
		const Prefix subscriber = subscriber_of(agent_.policy().config().network, place.address());
		if (!counted.insert(subscriber).second) continue;
		const VolumeEntry* entry = volume.book()->find(VolumeKey::of(subscriber), Activity::attempts);
		if (entry == nullptr) continue;
		const VolumeValues values = entry->values(volume.now());
		sum.minute += values.of(Quantity::attempts, Window::minute);
		sum.hour += values.of(Quantity::attempts, Window::hour);
		sum.day += values.of(Quantity::attempts, Window::day);
	}
	return sum;
}

void Aftercare::watch(const Quarantine& ended) {
	if (ended.is_monitored || !agent_.volume().is_enabled()) return;
	if (watched_.size() >= most_watched) watched_.pop_front();
	watched_.push_back({ended, agent_.now().boot});
}

// true: there is nothing more to see.
bool Aftercare::look_after(Watched& watched) {
	const Milliseconds passed = agent_.now().boot - watched.since;
	const Prefix& party = watched.quarantine.prefix;
	if (passed > watch_for || agent_.book().quarantine_standing(party)) return true;
	if (passed < settled_after) return false;
	const auto seen = attempts(party);
	if (!seen || seen->minute == 0) return false;
	agent_.change<bool>(
		[quarantine = watched.quarantine, count = seen->minute](Transaction& transaction, const Desk& desk) -> Result<bool> {
			desk.misbehaves(transaction, quarantine, count);
			return true;
		},
		[](const Result<bool>&) {});
	agent_.announce("misbehaving", agent_.name_of(party),
	                fmt::format("goes on after the release of quarantine {}: {} refused connections to port 25 in a minute",
	                            watched.quarantine.id, seen->minute));
	return true;
}

void Aftercare::tick() {
	const Milliseconds now = agent_.now().boot;
	if (now < next_look_) return;
	next_look_ = now + look_every;
	std::erase_if(watched_, [this](Watched& watched) { return look_after(watched); });
}

} // namespace gate25
