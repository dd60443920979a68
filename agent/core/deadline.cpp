// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/deadline.h"

#include <algorithm>

namespace gate25 {

namespace {

// Rounding to whole seconds may move `wall` by one; people should read the same time after each restart.
constexpr Seconds rounding{2};

Deadline within_this_boot(const Deadline& stored, const Now& now) {
	if (stored.boot <= now.boot) return stored;
	const UnixTime expected = now.wall + remaining(stored, now);
	const bool is_wall_right = expected - stored.wall <= rounding && stored.wall - expected <= rounding;
	return is_wall_right ? stored : Deadline{expected, stored.boot};
}

} // namespace

Deadline restored_deadline(const Deadline& stored, bool is_same_boot, UnixTime from, const Now& now) {
	if (is_same_boot) return within_this_boot(stored, now);
	const Seconds whole = stored.wall - from;
	const Seconds left = std::min(stored.wall - now.wall, whole);
	if (left <= Seconds{0}) return {stored.wall, now.boot};
	return deadline_after(now, left);
}

} // namespace gate25
