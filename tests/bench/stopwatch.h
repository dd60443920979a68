// SPDX-License-Identifier: GPL-2.0-or-later
//
// Wall time for what waits, this thread's CPU time for what works: other programs on the machine do not change the
// latter. In softirqs that a system call sets off the kernel works on the caller's account.
#pragma once

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <vector>

namespace bench {

inline std::int64_t clock_ns(clockid_t clock) {
	timespec now{};
	clock_gettime(clock, &now);
	return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}
inline std::int64_t wall_ns() { return clock_ns(CLOCK_MONOTONIC); }
inline std::int64_t thread_ns() { return clock_ns(CLOCK_THREAD_CPUTIME_ID); }

// The value below which this part of them lies; 0 of none.
inline double quantile(std::vector<double> values, double part) {
	if (values.empty()) return 0;
	const auto at = static_cast<std::size_t>(part * static_cast<double>(values.size() - 1));
	std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
	return values[at];
}

} // namespace bench
