// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/aftercare.h"

#include "flow/agent.h"
#include "flow/way_out.h"

#include <fmt/format.h>

namespace gate25 {

namespace {

constexpr Milliseconds look_every{5000}, watch_for{std::chrono::hours{24}};
// What was on its way when he was let out is no fresh attempt.
constexpr Seconds settled_after{60};
constexpr std::size_t most_watched = 10'000;

} // namespace

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
	const auto seen = attempts_of(agent_, person_of(agent_, party));
	const bool is_fresh = seen && seen->since_last && *seen->since_last + settled_after <= passed;
	if (!is_fresh) return false;
	agent_.change<bool>(
		[quarantine = watched.quarantine, count = seen->ten_minutes](Transaction& transaction, const Desk& desk) -> Result<bool> {
			desk.misbehaves(transaction, quarantine, count);
			return true;
		},
		[](const Result<bool>&) {});
	agent_.announce("misbehaving", agent_.name_of(party),
	                fmt::format("goes on after the release of quarantine {}: {} refused connections to port 25 in ten minutes",
	                            watched.quarantine.id, seen->ten_minutes));
	return true;
}

void Aftercare::tick() {
	const Milliseconds now = agent_.now().boot;
	if (now < next_look_) return;
	next_look_ = now + look_every;
	std::erase_if(watched_, [this](Watched& watched) { return look_after(watched); });
}

} // namespace gate25
