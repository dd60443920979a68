// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/aftercare.h"

#include "flow/agent.h"
#include "flow/way_out.h"

#include <algorithm>
#include <fmt/format.h>

namespace gate25 {

namespace {

constexpr Milliseconds look_every{5000}, watch_for{std::chrono::hours{24}};
// What was on its way when he was let out is no fresh attempt.
constexpr Seconds settled_after{60};
// The sum of ten minutes has parts of what is up to twenty minutes old.
constexpr Milliseconds sum_is_fresh_after{std::chrono::minutes{20}};
constexpr std::size_t most_watched = 10'000;

} // namespace

void Aftercare::watch(const Quarantine& ended) {
	if (ended.is_monitored || !agent_.volume().is_enabled()) return;
	if (watched_.size() >= most_watched) watched_.pop_front();
	const auto before = attempts_of(agent_, person_of(agent_, ended.prefix));
	watched_.push_back({ended, agent_.now().boot, before ? before->ten_minutes : 0});
}

// true: there is nothing more to see.
bool Aftercare::look_after(Watched& watched) {
	const Milliseconds passed = agent_.now().boot - watched.since;
	const Prefix& party = watched.quarantine.prefix;
	if (passed > watch_for || agent_.book().quarantine_standing(party)) return true;
	const auto seen = attempts_of(agent_, person_of(agent_, party));
	const bool is_fresh = seen && seen->since_last && *seen->since_last + settled_after <= passed;
	if (!is_fresh) return false;
	// At least so many of them are his own since then.
	const std::uint64_t before = passed < sum_is_fresh_after ? watched.before : 0;
	const std::uint64_t count = std::max<std::uint64_t>(1, seen->ten_minutes - std::min<std::uint64_t>(before, seen->ten_minutes));
	agent_.change<bool>(
		[quarantine = watched.quarantine, count](Transaction& transaction, const Desk& desk) -> Result<bool> {
			desk.misbehaves(transaction, quarantine, count);
			return true;
		},
		[](const Result<bool>&) {});
	agent_.announce("misbehaving", agent_.name_of(party),
	                fmt::format("goes on after the release of quarantine {}: {} refused connections to port 25 in ten minutes",
	                            watched.quarantine.id, count));
	return true;
}

void Aftercare::forget(const Prefix& key) {
	std::erase_if(watched_, [&](const Watched& watched) { return watched.quarantine.prefix == key; });
}

void Aftercare::tick() {
	const Milliseconds now = agent_.now().boot;
	if (now < next_look_) return;
	next_look_ = now + look_every;
	std::erase_if(watched_, [this](Watched& watched) { return look_after(watched); });
}

} // namespace gate25
