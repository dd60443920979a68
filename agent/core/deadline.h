// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a deadline that was stored means after a restart.
#pragma once

#include "core/time.h"

namespace gate25 {

// Within the same boot the boot clock decides, whatever the wall clock did meanwhile. After another boot
// only the wall clock is left, and it may be wrong: nothing then lasts longer than it was meant to last in
// all (`stored.wall - from`), counted from now, so an RTC that fell back to 1970 makes no quarantine
// endless. What is over has no time left; its `wall` stays, it tells people when it ended.
Deadline restored_deadline(const Deadline& stored, bool is_same_boot, UnixTime from, const Now& now);

} // namespace gate25
