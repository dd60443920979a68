// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/clock.h"

#include <ctime>

namespace gate25 {

Now SystemClock::now() const {
	timespec boot{};
	::clock_gettime(CLOCK_BOOTTIME, &boot); // cannot fail since Linux 2.6.39
	const auto since_boot = std::chrono::seconds(boot.tv_sec) + std::chrono::nanoseconds(boot.tv_nsec);
	return Now{std::chrono::floor<Seconds>(std::chrono::system_clock::now()),
	           std::chrono::floor<Milliseconds>(since_boot)};
}

} // namespace gate25
