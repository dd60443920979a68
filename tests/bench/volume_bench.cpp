// SPDX-License-Identifier: GPL-2.0-or-later
//
// volume_bench SUBSCRIBERS: the agent's sums, without packets. So many subscribers, half of each family, become active; then
// each makes a second connection, in an order that no cache knows. Prints bytes of memory for each, and nanoseconds of CPU for
// the first connection of a subscriber and for a further one.
#include "counting.h"
#include "stopwatch.h"
#include "subscriber.h"

#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <string>
#include <unistd.h>

using namespace gate25;

namespace {

double resident_bytes() {
	std::ifstream file("/proc/self/statm");
	std::uint64_t all = 0, resident = 0;
	file >> all >> resident;
	return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double ns_for_each(bench::Counting& counting, std::uint32_t subscribers, std::uint32_t sequence) {
	const Address servers[]{Address::parse("198.51.100.25").value(), Address::parse("2001:db8:f00::25").value()};
	const auto begun = bench::thread_ns();
	std::uint32_t n = 0;
	for (std::uint32_t i = 0; i < subscribers; ++i) {
		n = (n + 7'368'787) % subscribers; // a prime: each comes once
		const bool is_v4 = n % 2 == 0;
		counting.count({is_v4 ? bench::subscriber4(n) : bench::subscriber6(n, 2), servers[is_v4 ? 0 : 1], 40000, 25, sequence});
	}
	return static_cast<double>(bench::thread_ns() - begun) / subscribers;
}

} // namespace

int main(int argc, char** argv) {
	const auto subscribers = static_cast<std::uint32_t>(argc == 2 ? std::strtoul(argv[1], nullptr, 10) : 0);
	if (subscribers == 0) {
		fmt::print(stderr, "usage: volume_bench SUBSCRIBERS\n");
		return 2;
	}
	bench::Counting counting;
	const double before = resident_bytes();
	const double first = ns_for_each(counting, subscribers, 1);
	const double bytes = resident_bytes() - before;
	const double further = ns_for_each(counting, subscribers, 2);
	const auto size = counting.book().table(Activity::connections).size();
	fmt::print("{{\"active\":{},\"bytes\":{:.1f},\"mib\":{:.1f},\"first_ns\":{:.1f},\"further_ns\":{:.1f}}}\n", size,
	           bytes / subscribers, bytes / (1024 * 1024), first, further);
}
